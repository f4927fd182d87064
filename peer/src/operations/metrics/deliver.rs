use super::families::Families;
use prometheus::{IntCounter, IntCounterVec};

/// Fabric: common/deliver/metrics.go.
#[derive(Clone, Debug)]
pub struct DeliverMetrics {
    opened: IntCounter,
    closed: IntCounter,
    requests: IntCounterVec,
    completed: IntCounterVec,
    blocks: IntCounterVec,
}

/// One request for blocks. Fabric's labels: `filtered` and `data_type`.
#[derive(Clone, Debug)]
pub(crate) struct DeliverRequest {
    pub channel: String,
    pub filtered: bool,
    /// `block`, `filtered_block` or `block_and_pvtdata`.
    pub data_type: &'static str,
}

/// An open stream; closed when dropped.
#[derive(Debug)]
pub(crate) struct OpenStream(IntCounter);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.inc();
    }
}

impl DeliverMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        const REQUEST: &[&str] = &["channel", "filtered", "data_type"];
        Self {
            opened: families.counter(
                "deliver_streams_opened",
                "The number of GRPC streams that have been opened for the deliver service.",
            ),
            closed: families.counter(
                "deliver_streams_closed",
                "The number of GRPC streams that have been closed for the deliver service.",
            ),
            requests: families.counters(
                "deliver_requests_received",
                "The number of deliver requests that have been received.",
                REQUEST,
            ),
            completed: families.counters(
                "deliver_requests_completed",
                "The number of deliver requests that have been completed.",
                &["channel", "filtered", "data_type", "success"],
            ),
            blocks: families.counters(
                "deliver_blocks_sent",
                "The number of blocks sent by the deliver service.",
                REQUEST,
            ),
        }
    }

    pub(crate) fn open(&self) -> OpenStream {
        self.opened.inc();
        OpenStream(self.closed.clone())
    }

    pub(crate) fn received(&self, request: &DeliverRequest) {
        self.requests.with_label_values(&request.labels()).inc();
    }

    pub(crate) fn completed(&self, request: &DeliverRequest, success: bool) {
        let [channel, filtered, data_type] = request.labels();
        let success = if success { "true" } else { "false" };
        let labels = [channel, filtered, data_type, success];
        self.completed.with_label_values(&labels).inc();
    }

    pub(crate) fn sent(&self, request: &DeliverRequest) {
        self.blocks.with_label_values(&request.labels()).inc();
    }
}

impl DeliverRequest {
    fn labels(&self) -> [&str; 3] {
        let filtered = if self.filtered { "true" } else { "false" };
        [&self.channel, filtered, self.data_type]
    }
}
