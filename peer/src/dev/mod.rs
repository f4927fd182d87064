//! `selvedge dev`: a whole network in one process.

use anyhow::Result;

use crate::cli::DevArgs;

pub(crate) fn run(_args: DevArgs) -> Result<()> {
    anyhow::bail!("not yet")
}
