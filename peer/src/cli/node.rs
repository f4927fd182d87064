//! `node start`.

use anyhow::{Result, bail};

use super::args::Node;
use super::core_config::CoreConfig;

pub(super) fn run(_config: CoreConfig, command: Node) -> Result<()> {
    match command {
        Node::Start => bail!("not yet"),
    }
}
