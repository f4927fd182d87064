//! The embedded orderer: one node that puts messages in order, for development and tests.
//!
//! It cuts, signs and serves blocks as Fabric's orderers do, so that any peer takes them; there is no consensus in it.
//! Production uses Fabric's own orderers.

mod admission;
mod chain;
mod cutter;
mod error;
mod registrar;
mod running;
mod service;
mod store;
mod writer;

pub use chain::Chain;
pub use error::{OrdererError, Refusal};
pub use registrar::{Orderer, OrdererParts};
pub use running::RunningOrderer;
pub use service::AtomicBroadcastService;
pub use store::StoreError;
pub use writer::last_config;
