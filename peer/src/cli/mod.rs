//! The command line of `selvedge`.
//!
//! `args` and `flags` define it, one module per verb acts, `output` prints. Fabric: internal/peer, cmd/peer.

mod args;
mod core_config;
mod flags;
mod go_duration;

pub use args::Cli;
pub use core_config::{ConfigError, CoreConfig};
