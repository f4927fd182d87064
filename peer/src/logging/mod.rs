//! The peer's log: structured lines on standard error, and which of them are written.
//!
//! Fabric: vendor/github.com/hyperledger/fabric-lib-go/common/flogging.

mod filter;
mod names;
mod spec;
mod start;

pub use spec::{LogLevel, LogSpec, LogSpecError};
pub(crate) use start::start_logging_beside;
pub use start::{LogControl, LogCounts, LogFormat, start_logging};
