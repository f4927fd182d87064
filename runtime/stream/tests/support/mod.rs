//! Both ends of a stream under test: a peer that serves, and chaincode of the test's own making.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "every test file uses its part"
)]
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

pub mod host;
pub mod peer;
pub mod shim;

pub use host::{Shared, TestHost};
pub use peer::{Executed, Peer, execute, execute_within};
pub use shim::{Shim, message};
