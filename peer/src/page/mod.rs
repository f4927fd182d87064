//! A page to look at: blocks as they come, why transactions failed, definitions, state, and what chaincode logs.
//!
//! Served in `selvedge dev`, to whoever sits at the machine, and beside the operations endpoint of a node that is told to.
//! It only reads, and of the ledger it shows what every peer of the channel has: public state and hashes, no private data.

mod assets;
mod block;
mod conflict;
mod definitions;
mod error;
mod guard;
mod logs;
mod router;
mod state;
mod text;
mod transaction;
mod watch;

pub(crate) use conflict::ConflictView;
pub(crate) use logs::{LogLines, LogTap};
pub(crate) use router::{Audience, below, router};
pub(crate) use watch::Page;
