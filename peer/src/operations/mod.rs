//! What an operator asks a running peer: is it well, what is it, what does it count, what does it log.
//!
//! [`Operations`] is what the parts of one peer report to; [`OperationsServer`] answers over HTTP. Fabric: core/operations,
//! common/fabhttp.

mod health;
mod log_spec;
mod metrics;
mod server;
mod statsd;
#[cfg(test)]
mod tests;
mod version;

pub use health::{AlreadyRegistered, FailedCheck, Health, HealthChecker};
pub(crate) use metrics::{BlockTimes, Called, Counted, DeliverRequest, UNKNOWN};
pub use metrics::{
    ChaincodeMetrics, DeliverMetrics, EndorserMetrics, GossipMetrics, GrpcMetrics, LedgerMetrics,
    Metrics, Requests, RuntimeMetrics,
};
pub use server::{OperationsError, OperationsOptions, OperationsServer, OperationsTls};
pub use statsd::{Statsd, StatsdNetwork, StatsdOptions};
pub use version::{FABRIC_RELEASE, VERSION};

/// Where the parts of one peer report. Two peers in one process have one each.
#[derive(Debug, Default)]
pub struct Operations {
    metrics: Metrics,
    health: Health,
}

impl Operations {
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub fn health(&self) -> &Health {
        &self.health
    }
}
