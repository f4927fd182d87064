//! What is done to the ledgers of a peer that does not run.
//!
//! Fabric: core/ledger/kvledger/{reset,rollback,rebuild_dbs,pause_resume,unjoin_channel,upgrade_dbs}.go,
//! internal/peer/node.

mod commands;
mod heights;
mod lock;
mod status;

pub(super) use commands::remove;
pub use commands::{Offline, OfflineError};
pub(super) use heights::PreResetHeights;
pub(super) use lock::LedgerLock;
pub use lock::LockError;
pub(super) use status::{ChannelStatus, Statuses};
