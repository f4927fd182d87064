//! Tests chaincode on the peer's own ledger and runtime, in one process.
//!
//! A [`Network`] is a channel whose blocks the test cuts. What simulates, records, validates and stores is what a peer
//! uses: there is no mock. Signatures and endorsement policies are the peer's business and are not checked here.
//!
//! ```
//! use selvedge_testkit::Network;
//!
//! let network = Network::new();
//! let ann = network.client("Org1MSP", "ann");
//! let assets = network.deploy("basic", asset_transfer::CHAINCODE);
//! assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
//!
//! // Two transfers that saw the same asset, in one block: the second loses.
//! let to_bob = assets.call(&ann, "TransferAsset", ("a1", "bob"));
//! let to_cy = assets.call(&ann, "TransferAsset", ("a1", "cy"));
//! let verdicts = network.commit([&to_bob, &to_cy]);
//! assert!(verdicts[0].is_valid());
//! assert_eq!(
//!     verdicts[1].to_string(),
//!     "MVCC_READ_CONFLICT: basic/a1 was read at 1.0 and is at 2.0 now, written by transaction 0 of this block"
//! );
//! ```
//!
//! What goes wrong around a test (no temporary directory, a contract that does not compile) panics: in a test, a panic is
//! the report.

#![warn(missing_docs)]

mod backend;
mod block;
mod call;
mod client;
mod collections;
mod compile;
mod deployed;
mod envelope;
mod must;
mod network;
mod outside;
mod rwset;
mod verdict;

pub use backend::{Backend, on_every_runtime};
pub use call::{Event, LogLine, Simulated};
pub use client::Client;
pub use compile::component;
pub use deployed::Deployed;
pub use network::Network;
pub use selvedge_ledger::StateDatabase;
pub use verdict::Verdict;
