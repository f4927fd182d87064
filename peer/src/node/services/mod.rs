//! The peer's gRPC services: thin, one file each. What they decide is decided elsewhere.

mod deliver;
mod discovery;
mod endorser;
mod gateway;
mod health;
mod snapshot;

pub(super) use deliver::DeliverService;
pub(super) use discovery::DiscoveryService;
pub(super) use endorser::EndorserService;
pub(crate) use endorser::run_endorser;
pub(super) use gateway::GatewayService;
pub(super) use health::HealthService;
pub(super) use snapshot::SnapshotService;
