//! An auditor: judges a chain of blocks again from nothing and compares with what the blocks say.
//!
//! Every block goes through the validation and the commit that a peer puts it through, into a ledger of its own that is
//! thrown away; nothing recorded is believed. Recorded verdicts and commit hashes are compared where there are any:
//! blocks that come from an orderer have none.
//!
//! Blocks are read one at a time, so that memory does not grow with the chain.

mod auditor;
mod chain;
mod difference;
mod error;
mod folder;
mod judging;
mod report;
mod run;
mod source;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod transactions;

pub use auditor::AuditOptions;
pub use error::AuditError;
pub use folder::Folder;
pub use report::{
    BegunWith, BlockReport, Check, CommitHash, Count, Difference, Kind, Record, Summary,
    TransactionReport, Verdict,
};
pub use run::audit;
pub use source::{Found, Source};
pub use store::Store;
