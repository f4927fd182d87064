use selvedge_protos::protos::{ChaincodeMessage, chaincode_message::Type};
use selvedge_runtime::{ChaincodeMetrics, Request};
use std::sync::Arc;
use std::time::Instant;

/// Counts the requests of one chaincode. Fabric: core/chaincode/handler.go HandleTransaction.
#[derive(Clone)]
pub(super) struct Meter {
    pub(super) chaincode_id: Arc<str>,
    pub(super) metrics: Arc<dyn ChaincodeMetrics>,
}

impl Meter {
    /// Has a request answered, and counts it.
    pub(super) fn measure(
        &self,
        kind: Type,
        channel: &str,
        answer: impl FnOnce() -> ChaincodeMessage,
    ) -> ChaincodeMessage {
        let request = Request {
            kind: kind.as_str_name(),
            channel,
            chaincode: &self.chaincode_id,
        };
        self.metrics.request_received(request);
        let started = Instant::now();
        let reply = answer();
        let success = reply.r#type() != Type::Error;
        self.metrics
            .request_completed(request, success, started.elapsed());
        reply
    }

    pub(super) fn timed_out(&self) {
        self.metrics.execute_timed_out(&self.chaincode_id);
    }
}
