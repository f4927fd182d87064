//! Chaincode that is a program on this machine, started with what Fabric's containers find in their environment.
//!
//! For development, tests and whoever trusts the program: it runs with the rights of the peer.

mod environment;
mod launcher;
mod output;
mod running;

pub use launcher::{ADDRESS, ProcessLauncher};
