//! The peer: services, endorsement, lifecycle, validation, the embedded orderer, the command line.
//!
//! Everything below this crate takes its clock, its environment and its randomness as values; this crate reads them.

pub mod audit;
pub mod bench;
pub mod cli;
pub mod client;
pub mod dev;
pub mod discovery;
pub mod endorser;
pub mod gateway;
pub mod legacy;
pub mod lifecycle;
pub mod logging;
pub mod node;
pub mod operations;
pub mod orderer;
mod page;
pub mod scc;
mod scratch;
pub mod validation;
mod wire;
