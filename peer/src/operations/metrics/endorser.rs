use super::families::Families;
use prometheus::{HistogramVec, IntCounter, IntCounterVec};
use std::time::Duration;

/// Fabric: core/endorser/metrics.go.
#[derive(Clone, Debug)]
pub struct EndorserMetrics {
    received: IntCounter,
    successful: IntCounter,
    invalid: IntCounter,
    duration: HistogramVec,
    denied: IntCounterVec,
    duplicates: IntCounterVec,
    simulation_failures: IntCounterVec,
    instantiation_failures: IntCounterVec,
    endorsement_failures: IntCounterVec,
}

/// The chaincode of a proposal, and where.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    pub channel: &'a str,
    pub chaincode: &'a str,
}

impl EndorserMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        const CALLED: &[&str] = &["channel", "chaincode"];
        Self {
            received: families.counter(
                "endorser_proposals_received",
                "The number of proposals received.",
            ),
            successful: families.counter(
                "endorser_successful_proposals",
                "The number of successful proposals.",
            ),
            invalid: families.counter(
                "endorser_proposal_validation_failures",
                "The number of proposals that have failed initial validation.",
            ),
            duration: families.durations(
                "endorser_proposal_duration",
                "The time to complete a proposal.",
                &["channel", "chaincode", "success"],
            ),
            denied: families.counters(
                "endorser_proposal_acl_failures",
                "The number of proposals that failed ACL checks.",
                CALLED,
            ),
            duplicates: families.counters(
                "endorser_duplicate_transaction_failures",
                "The number of failed proposals due to duplicate transaction ID.",
                CALLED,
            ),
            simulation_failures: families.counters(
                "endorser_proposal_simulation_failures",
                "The number of failed proposal simulations",
                CALLED,
            ),
            instantiation_failures: families.counters(
                "endorser_chaincode_instantiation_failures",
                "The number of chaincode instantiations or upgrade that have failed.",
                CALLED,
            ),
            endorsement_failures: families.counters(
                "endorser_endorsement_failures",
                "The number of failed endorsements.",
                &["channel", "chaincode", "chaincodeerror"],
            ),
        }
    }

    pub(crate) fn received(&self) {
        self.received.inc();
    }

    pub(crate) fn invalid(&self) {
        self.invalid.inc();
    }

    pub(crate) fn denied(&self, called: Called<'_>) {
        count(&self.denied, called);
    }

    pub(crate) fn duplicate(&self, called: Called<'_>) {
        count(&self.duplicates, called);
    }

    pub(crate) fn simulation_failed(&self, called: Called<'_>) {
        count(&self.simulation_failures, called);
    }

    pub(crate) fn instantiation_failed(&self, called: Called<'_>) {
        count(&self.instantiation_failures, called);
    }

    /// `by_chaincode`: the chaincode answered with an error, the peer was willing.
    pub(crate) fn not_endorsed(&self, called: Called<'_>, by_chaincode: bool) {
        let labels = [called.channel, called.chaincode, text(by_chaincode)];
        self.endorsement_failures.with_label_values(&labels).inc();
    }

    /// A proposal that was let in has its answer.
    pub(crate) fn answered(&self, called: Called<'_>, success: bool, after: Duration) {
        let labels = [called.channel, called.chaincode, text(success)];
        let duration = self.duration.with_label_values(&labels);
        duration.observe(after.as_secs_f64());
        if success {
            self.successful.inc();
        }
    }
}

fn count(family: &IntCounterVec, called: Called<'_>) {
    let labels = [called.channel, called.chaincode];
    family.with_label_values(&labels).inc();
}

fn text(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
