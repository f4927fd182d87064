//! Tests chaincode on the peer's own ledger and runtime, in one process.
//!
//! A [`Network`] is a channel whose blocks the test cuts. What simulates, records, validates and stores is what a peer
//! uses: there is no mock. [`Network::with_organisations`] gives every organisation a peer and private data of its own,
//! compares what they simulate and asks for the endorsements that policies want; nothing is signed, which would only take
//! time. Transactions that step into one of Fabric's traps ([`TrapKind`]) cannot be committed unless the test allows it.
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

mod assertions;
mod backend;
mod block;
mod client;
mod collections;
mod commit;
mod compare;
mod compile;
mod costs;
mod definition;
mod deployed;
mod envelope;
mod environment;
mod failure;
mod hunt;
mod judge;
mod matrix;
mod must;
mod network;
mod organisation;
mod outside;
mod peer;
mod peers;
mod race;
mod report;
mod request;
mod runtimes;
mod rwset;
mod schedule;
mod simulated;
mod stream;
mod strict;
mod verdict;
mod watch;

pub use backend::Backend;
pub use client::Client;
pub use collections::Collection;
pub use compile::component;
pub use costs::CostLock;
pub use deployed::Deployed;
pub use expect_test::expect;
pub use failure::FailurePoint;
pub use matrix::ConflictMatrix;
pub use network::Network;
pub use race::{Outcome, Race};
pub use request::Request;
pub use runtimes::{EveryRuntime, on_every_runtime};
pub use schedule::Schedules;
pub use selvedge_ledger::StateDatabase;
pub use selvedge_sdk_macros::test;
pub use simulated::{Event, LogLine, Simulated};
pub use verdict::Verdict;
pub use watch::{Cost, HostCall, Trap, TrapKind};
