//! From a block with preliminary codes to one atomic write.

mod commit_hash;
mod committed;
mod expiry;
mod merged;
mod mvcc;
mod ops;
mod phantom;
mod plan;
mod prepare;
mod private;
mod purge;
mod state;
mod updates;
mod validate;
mod write;

pub use committed::{
    BlockAndCodes, Committed, Conflict, ConflictSubject, StateUpdate, TxPrivateData,
};
pub(crate) use expiry::Expiry;
pub(crate) use plan::{Plan, Stored, plan};
pub(crate) use purge::rows_of as purge_index_rows;
