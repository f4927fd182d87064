//! A transaction, failed at every point at which it can fail.

use crate::watch::HostCall;
use crate::{Request, Simulated};
use selvedge_interface::Response;
use std::fmt;

/// What became of a transaction whose n-th request to the peer was refused.
#[derive(Clone, Debug)]
pub struct FailurePoint {
    /// The request that failed.
    pub call: HostCall,
    /// What the contract answered.
    pub status: i32,
    /// What it said.
    pub message: String,
}

impl FailurePoint {
    /// It gave up in words of its own: neither a success nor a panic.
    pub fn is_clean(&self) -> bool {
        self.status >= Response::ERROR_THRESHOLD && !self.message.starts_with("chaincode failed:")
    }
}

/// `PUT_STATE basic/a1 → 500 …`
impl fmt::Display for FailurePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HostCall {
            operation, subject, ..
        } = &self.call;
        write!(
            f,
            "{operation} {subject} → {} {}",
            self.status, self.message
        )
    }
}

impl Request {
    /// Simulates the transaction once for each request that it makes of its peer, and fails that one: a key that cannot
    /// be read, private data that is missing, a chaincode that cannot be called. What is refused is never ordered, so that
    /// no write of it survives.
    ///
    /// ```
    /// # use selvedge_testkit::Network;
    /// # let network = Network::new();
    /// # let assets = network.deploy("basic", asset_transfer::CHAINCODE);
    /// # let ann = network.client("Org1MSP", "ann");
    /// let create = assets.request(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    /// let points = create.fail_everywhere();
    /// assert_eq!(points.len(), 2, "a read and a write");
    /// ```
    ///
    /// # Panics
    /// If the transaction is refused when nothing fails. If it does not fail cleanly at some point: it succeeds although
    /// a request was refused, so that two endorsers might disagree, or it panics.
    #[track_caller]
    pub fn fail_everywhere(&self) -> Vec<FailurePoint> {
        let points = self.failure_points();
        let unclean: Vec<String> = points
            .iter()
            .filter(|point| !point.is_clean())
            .map(|point| format!("  {point}"))
            .collect();
        assert!(
            unclean.is_empty(),
            "{} does not fail cleanly at {} of {} points:\n{}",
            self.label(),
            unclean.len(),
            points.len(),
            unclean.join("\n")
        );
        points
    }

    /// As [`Request::fail_everywhere`], for a contract that goes on after some failures on purpose: the points are the
    /// caller's to judge.
    ///
    /// # Panics
    /// If the transaction is refused when nothing fails.
    #[track_caller]
    pub fn failure_points(&self) -> Vec<FailurePoint> {
        let whole = self.simulate();
        whole.expect_ok();
        let count = whole.simulation().fallible;
        (0..count).map(|point| self.failed_at(point)).collect()
    }

    #[track_caller]
    fn failed_at(&self, point: usize) -> FailurePoint {
        let mut request = self.clone();
        request.fault = Some(point);
        let failed = request.simulate();
        let call = injected(&failed);
        let response = failed.response();
        FailurePoint {
            call,
            status: response.status,
            message: response.message.clone(),
        }
    }
}

/// The request that was refused in the peer's place.
fn injected(failed: &Simulated) -> HostCall {
    let mut calls = failed.calls().iter();
    let found = calls.find(|call| {
        let error = call.error.as_deref();
        error.is_some_and(|error| error.ends_with("injected failure"))
    });
    // A contract that is not deterministic may never come to the point.
    found
        .cloned()
        .unwrap_or_else(|| panic!("the point was not reached again"))
}
