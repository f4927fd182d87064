//! Scenarios on a whole network: organisations' peers and an orderer in this process, clients over gRPC and TLS, chaincode
//! through the real lifecycle. One binary and, where a test does not restart or break it, one network.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod agreement;
#[cfg(target_os = "linux")] // memory and descriptors are read from /proc
mod attacks;
mod batches;
mod conflicts;
mod deployment;
mod disk;
mod gateway;
mod harness;
mod hostile;
mod hostile_programs;
mod hostile_streams;
mod initialization;
mod interop;
mod launches;
mod legacy;
mod operations;
mod packages;
mod private_data;
mod program;
mod proposals;
mod replay;
mod restart;
mod rich;
mod same_bytes;
mod service_tls;
mod surface;
mod upgrade;

// Guests as WAT, shared with the runtime's own tests.
#[path = "../../../runtime/tests/support/guest.rs"]
mod guest;
