//! [`selvedge_interface::Host`] on a simulator.
//!
//! Errors are Fabric's causes in Fabric's form, and scans pull as many rows as a Go peer would, so that every runtime
//! leaves the same read set (Fabric: core/chaincode/handler.go, query_response_generator.go).

mod adapter;
mod cursors;
mod init;
mod outside;
mod private;

pub use adapter::TransactionHost;
pub use init::{INIT_MARKER, InitDemand, InitError, pass_init_gate};
pub use outside::{Access, HostOptions, Outside};
