//! What a peer counts, under Fabric's names where Fabric counts it too.
//!
//! One file a family. Fabric: docs/source/metrics_reference.rst and the `metrics.go` beside what it measures.

mod chaincode;
mod deliver;
mod endorser;
mod families;
mod gossip;
mod grpc;
mod ledger;
mod process;
mod runtime;
#[cfg(test)]
mod tests;

pub use chaincode::ChaincodeMetrics;
pub use deliver::DeliverMetrics;
pub(crate) use deliver::DeliverRequest;
pub(crate) use endorser::Called;
pub use endorser::EndorserMetrics;
pub use gossip::GossipMetrics;
pub use grpc::{GrpcMetrics, Requests};
pub use ledger::LedgerMetrics;
pub(crate) use ledger::{BlockTimes, Counted, UNKNOWN};
pub use runtime::RuntimeMetrics;

use super::version::{FABRIC_RELEASE, VERSION};
use crate::logging::LogCounts;
use families::Families;
use parking_lot::RwLock;
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Registry, TextEncoder};
use std::fmt;
use std::sync::Arc;

type Refresh = Arc<dyn Fn(&Metrics) + Send + Sync>;

/// The counters of one peer. Reporting is cheap and cannot fail.
pub struct Metrics {
    registry: Registry,
    refreshing: RwLock<Vec<Refresh>>,
    pub endorser: EndorserMetrics,
    pub ledger: LedgerMetrics,
    pub deliver: DeliverMetrics,
    pub gossip: GossipMetrics,
    pub grpc: GrpcMetrics,
    pub chaincode: ChaincodeMetrics,
    pub runtime: RuntimeMetrics,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let families = Families(&registry);
        let version = families.gauges(
            "fabric_version",
            "The active version of Fabric.",
            &["version"],
        );
        version.with_label_values(&[FABRIC_RELEASE]).set(1);
        let build = families.gauges(
            "selvedge_build_info",
            "The version of this program.",
            &["version"],
        );
        build.with_label_values(&[VERSION]).set(1);
        families.register(process::Process::default());
        Self {
            endorser: EndorserMetrics::new(&families),
            ledger: LedgerMetrics::new(&families),
            deliver: DeliverMetrics::new(&families),
            gossip: GossipMetrics::new(&families),
            grpc: GrpcMetrics::new(&families),
            chaincode: ChaincodeMetrics::new(&families),
            runtime: RuntimeMetrics::new(&families),
            refreshing: RwLock::default(),
            registry,
        }
    }
}

impl Metrics {
    /// Adds what somebody else counts: whoever collects is asked at every scrape.
    ///
    /// # Errors
    /// When a name is taken or is none.
    pub fn register(&self, collector: impl Collector + 'static) -> prometheus::Result<()> {
        self.registry.register(Box::new(collector))
    }

    /// Adds the lines of the process's log. A second log is not counted.
    pub(super) fn count_log(&self, counts: &LogCounts) {
        for family in counts.families() {
            if let Err(error) = self.register(family) {
                tracing::debug!(%error, "the log is counted already");
            }
        }
    }

    /// Has `refresh` run before every scrape, for what is asked rather than reported.
    pub fn before_scrape(&self, refresh: impl Fn(&Metrics) + Send + Sync + 'static) {
        self.refreshing.write().push(Arc::new(refresh));
    }

    /// Everything, as it is now.
    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        let refreshing = self.refreshing.read().clone();
        for refresh in refreshing {
            refresh(self);
        }
        self.registry.gather()
    }

    /// Everything, in Prometheus' text form.
    ///
    /// # Errors
    /// When two families that were added go by one name.
    pub fn text(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.gather())
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
