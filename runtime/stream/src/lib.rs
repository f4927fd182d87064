//! Chaincode over Fabric's chat stream: the peer's end of the stream, and what starts and stops the other end.
//!
//! * [`ChaincodeSupport`] is the peer's end: it knows which chaincode is registered, launches what is not, and makes a
//!   [`selvedge_runtime::Chaincode`] of anything that has a [`launch::Launcher`].
//! * [`launch`] is the contract with whatever runs the other end: a process, a container, a service that is dialled.
//! * [`ccaas`] and [`process`] are the launchers that need nothing but this crate; [`docker`] needs an engine, and
//!   [`external`] the operator's programs.

pub mod ccaas;
mod chat;
mod dial;
pub mod docker;
pub mod external;
pub mod launch;
pub mod process;
mod requests;
mod server;
mod support;

pub use support::{Batching, ChaincodeSupport, SupportOptions};
