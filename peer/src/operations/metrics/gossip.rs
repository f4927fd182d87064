use super::families::{Families, raise};
use prometheus::{HistogramVec, IntCounter, IntGaugeVec};

/// Fabric: gossip/metrics/metrics.go. What follows from leader election and block pushing is not here, for there is none.
#[derive(Clone, Debug)]
pub struct GossipMetrics {
    messages_sent: IntCounter,
    messages_received: IntCounter,
    /// Messages that a slow peer did not get.
    overflows: IntCounter,
    /// Label `channel`; this peer not counted.
    pub peers_known: IntGaugeVec,
    /// Label `channel`; seconds, as in the following.
    pub privdata_list_missing: HistogramVec,
    pub privdata_fetch: HistogramVec,
    pub privdata_purge: HistogramVec,
    pub privdata_reconciliation: HistogramVec,
    pub privdata_pull: HistogramVec,
    pub privdata_retrieve: HistogramVec,
}

impl GossipMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        let privdata = |name: &str, what: &str| {
            let name = format!("gossip_privdata_{name}_duration");
            families.durations(
                &name,
                &format!("Time it takes {what} (in seconds)"),
                &["channel"],
            )
        };
        Self {
            messages_sent: families.counter("gossip_comm_messages_sent", "Number of messages sent"),
            messages_received: families.counter(
                "gossip_comm_messages_received",
                "Number of messages received",
            ),
            overflows: families.counter(
                "gossip_comm_overflow_count",
                "Number of outgoing queue buffer overflows",
            ),
            peers_known: families.gauges(
                "gossip_membership_total_peers_known",
                "Total known peers",
                &["channel"],
            ),
            privdata_list_missing: privdata("list_missing", "to list the missing private data"),
            privdata_fetch: privdata("fetch", "to fetch missing private data from peers"),
            privdata_purge: privdata("purge", "to purge private data"),
            privdata_reconciliation: privdata("reconciliation", "for reconciliation to complete"),
            privdata_pull: privdata("pull", "to pull a missing private data element"),
            privdata_retrieve: privdata(
                "retrieve",
                "to retrieve missing private data elements from the ledger",
            ),
        }
    }

    /// Messages sent, received and dropped until now.
    pub(crate) fn traffic(&self, sent: u64, received: u64, overflows: u64) {
        raise(&self.messages_sent, sent);
        raise(&self.messages_received, received);
        raise(&self.overflows, overflows);
    }
}
