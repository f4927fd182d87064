//! What the benchmarks share beside `selvedge_peer::bench`: a network of two organisations whose blocks are cut by hand,
//! and invocations on its ledger.
//!
//! Nothing here is simplified: identities, definitions and blocks are what a peer sees. What is left out is named where
//! it is: blocks come without an orderer's signature.

mod endorsing;
pub mod gateway;
mod invocation;
mod network;
pub mod outside;

pub use endorsing::{Endorsing, Prepared};
pub use invocation::{OPERATIONS, Operation, Outcome, Stage};
pub use network::{CHANNEL, Definition, KEYS, Member, Network, ONE, TWO};
