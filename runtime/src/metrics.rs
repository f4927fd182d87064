use std::fmt::Debug;
use std::time::Duration;

/// What happens to chaincode, for whoever counts it. Every method does nothing unless it is overridden; none may block,
/// since requests of transactions wait for it. `chaincode` is a package ID, or what registered in development mode.
///
/// The names in the methods' texts are Fabric's metrics. Source: core/chaincode/metrics.go and
/// core/container/dockercontroller/metrics.go.
pub trait ChaincodeMetrics: Send + Sync + Debug {
    /// `chaincode_launch_duration`: a caller waited so long for a chaincode that was not there. Of a component: how long
    /// it took to be made ready.
    fn launched(&self, _chaincode: &str, _success: bool, _took: Duration) {}

    /// `chaincode_launch_failures`: it could not be built, started or reached.
    fn launch_failed(&self, _chaincode: &str) {}

    /// `chaincode_launch_timeouts`: it did not register in time.
    fn launch_timed_out(&self, _chaincode: &str) {}

    /// `chaincode_shim_requests_received`.
    fn request_received(&self, _request: Request<'_>) {}

    /// `chaincode_shim_requests_completed` and `chaincode_shim_request_duration`.
    fn request_completed(&self, _request: Request<'_>, _success: bool, _took: Duration) {}

    /// `chaincode_execute_timeouts`.
    fn execute_timed_out(&self, _chaincode: &str) {}

    /// `dockercontroller_chaincode_container_build_duration`: the engine made an image, or did not.
    fn image_built(&self, _chaincode: &str, _success: bool, _took: Duration) {}
}

/// A request of a chaincode over its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The message's type, such as `GET_STATE`.
    pub kind: &'a str,
    pub channel: &'a str,
    pub chaincode: &'a str,
}

/// Counts nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoMetrics;

impl ChaincodeMetrics for NoMetrics {}
