//! One stream with one chaincode: registering, and the transactions that share it.
//!
//! Fabric: core/chaincode/handler.go.

mod created;
mod exchange;
mod handler;
mod inbound;
mod messages;
mod meter;
mod session;

pub(crate) use created::{Gate, not_expected};
pub(crate) use exchange::Ending;
pub(crate) use handler::{BeginError, Handler, message};
pub(crate) use inbound::Later;
pub(crate) use session::Session;
