//! What the benchmarks share: a network of two organisations in this process, invocations on its ledger, and a way to
//! measure things side by side.
//!
//! Nothing here is simplified: identities, definitions, blocks and TLS are what a peer sees. What is left out is named
//! where it is: blocks come without an orderer's signature.

mod endorsing;
mod invocation;
mod live;
mod measure;
pub mod memory;
mod network;
pub mod outside;
mod serving;

pub use endorsing::{Endorsing, Prepared};
pub use invocation::{OPERATIONS, Operation, Outcome, Stage};
pub use live::Live;
pub use measure::{Case, Figure, Meter, median, side_by_side};
pub use network::{CHANNEL, Definition, KEYS, Member, Network, ONE, TWO};
pub use serving::{Cost, Load, Server};
