use super::families::Families;
use prometheus::{HistogramVec, IntCounterVec};
use selvedge_runtime::Request;
use std::time::Duration;

/// Fabric: core/chaincode/metrics.go, core/container/dockercontroller/metrics.go.
#[derive(Clone, Debug)]
pub struct ChaincodeMetrics {
    /// Labels `chaincode`, `success`; seconds.
    pub launch_duration: HistogramVec,
    /// Label `chaincode`.
    pub launch_failures: IntCounterVec,
    /// Label `chaincode`.
    pub launch_timeouts: IntCounterVec,
    /// Label `chaincode`.
    pub execute_timeouts: IntCounterVec,
    /// Labels `type`, `channel`, `chaincode`.
    pub shim_requests_received: IntCounterVec,
    /// Labels `type`, `channel`, `chaincode`, `success`.
    pub shim_requests_completed: IntCounterVec,
    /// Labels `type`, `channel`, `chaincode`, `success`; seconds.
    pub shim_request_duration: HistogramVec,
    /// Labels `chaincode`, `success`; seconds.
    pub container_build_duration: HistogramVec,
}

impl ChaincodeMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        const CHAINCODE: &[&str] = &["chaincode"];
        const OUTCOME: &[&str] = &["chaincode", "success"];
        const REQUEST: &[&str] = &["type", "channel", "chaincode"];
        const COMPLETED: &[&str] = &["type", "channel", "chaincode", "success"];
        Self {
            launch_duration: families.durations(
                "chaincode_launch_duration",
                "The time to launch a chaincode.",
                OUTCOME,
            ),
            launch_failures: families.counters(
                "chaincode_launch_failures",
                "The number of chaincode launches that have failed.",
                CHAINCODE,
            ),
            launch_timeouts: families.counters(
                "chaincode_launch_timeouts",
                "The number of chaincode launches that have timed out.",
                CHAINCODE,
            ),
            execute_timeouts: families.counters(
                "chaincode_execute_timeouts",
                "The number of chaincode executions (Init or Invoke) that have timed out.",
                CHAINCODE,
            ),
            shim_requests_received: families.counters(
                "chaincode_shim_requests_received",
                "The number of chaincode shim requests received.",
                REQUEST,
            ),
            shim_requests_completed: families.counters(
                "chaincode_shim_requests_completed",
                "The number of chaincode shim requests completed.",
                COMPLETED,
            ),
            shim_request_duration: families.durations(
                "chaincode_shim_request_duration",
                "The time to complete chaincode shim requests.",
                COMPLETED,
            ),
            container_build_duration: families.durations(
                "dockercontroller_chaincode_container_build_duration",
                "The time to build a chaincode image in seconds.",
                OUTCOME,
            ),
        }
    }
}

fn text(success: bool) -> &'static str {
    match success {
        true => "true",
        false => "false",
    }
}

impl selvedge_runtime::ChaincodeMetrics for ChaincodeMetrics {
    fn launched(&self, chaincode: &str, success: bool, took: Duration) {
        self.launch_duration
            .with_label_values(&[chaincode, text(success)])
            .observe(took.as_secs_f64());
    }

    fn launch_failed(&self, chaincode: &str) {
        self.launch_failures.with_label_values(&[chaincode]).inc();
    }

    fn launch_timed_out(&self, chaincode: &str) {
        self.launch_timeouts.with_label_values(&[chaincode]).inc();
    }

    fn request_received(&self, request: Request<'_>) {
        let labels = [request.kind, request.channel, request.chaincode];
        self.shim_requests_received.with_label_values(&labels).inc();
    }

    fn request_completed(&self, request: Request<'_>, success: bool, took: Duration) {
        let Request {
            kind,
            channel,
            chaincode,
        } = request;
        let labels = [kind, channel, chaincode, text(success)];
        self.shim_requests_completed
            .with_label_values(&labels)
            .inc();
        self.shim_request_duration
            .with_label_values(&labels)
            .observe(took.as_secs_f64());
    }

    fn execute_timed_out(&self, chaincode: &str) {
        self.execute_timeouts.with_label_values(&[chaincode]).inc();
    }

    fn image_built(&self, chaincode: &str, success: bool, took: Duration) {
        self.container_build_duration
            .with_label_values(&[chaincode, text(success)])
            .observe(took.as_secs_f64());
    }
}
