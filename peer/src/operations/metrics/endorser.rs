use super::families::Families;
use parking_lot::RwLock;
use prometheus::{HistogramVec, IntCounter, IntCounterVec};
use std::collections::BTreeSet;
use std::sync::Arc;
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
    names: Names,
}

/// The chaincode of a proposal, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called<'a> {
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
            names: Names::default(),
        }
    }

    pub(crate) fn received(&self) {
        self.received.inc();
    }

    pub(crate) fn invalid(&self) {
        self.invalid.inc();
    }

    pub(crate) fn denied(&self, called: Called<'_>) {
        self.count(&self.denied, called);
    }

    pub(crate) fn duplicate(&self, called: Called<'_>) {
        self.count(&self.duplicates, called);
    }

    pub(crate) fn simulation_failed(&self, called: Called<'_>) {
        self.count(&self.simulation_failures, called);
    }

    pub(crate) fn instantiation_failed(&self, called: Called<'_>) {
        self.count(&self.instantiation_failures, called);
    }

    /// `by_chaincode`: the chaincode answered with an error, the peer was willing.
    pub(crate) fn not_endorsed(&self, called: Called<'_>, by_chaincode: bool) {
        let labels = [
            called.channel,
            self.names.known(called.chaincode),
            text(by_chaincode),
        ];
        self.endorsement_failures.with_label_values(&labels).inc();
    }

    /// A proposal that was let in has its answer.
    pub(crate) fn answered(&self, called: Called<'_>, success: bool, after: Duration) {
        let labels = [
            called.channel,
            self.names.known(called.chaincode),
            text(success),
        ];
        let duration = self.duration.with_label_values(&labels);
        duration.observe(after.as_secs_f64());
        if success {
            self.successful.inc();
        }
    }

    fn count(&self, family: &IntCounterVec, called: Called<'_>) {
        let labels = [called.channel, self.names.known(called.chaincode)];
        family.with_label_values(&labels).inc();
    }
}

/// Names that proposals gave. A client may give any, and each would cost memory for ever: those behind the first
/// thousand go by one name.
#[derive(Clone, Debug, Default)]
struct Names(Arc<RwLock<BTreeSet<String>>>);

impl Names {
    const MOST: usize = 1000;
    const OTHER: &str = "other";

    fn known<'a>(&self, name: &'a str) -> &'a str {
        if self.0.read().contains(name) {
            return name;
        }
        let mut names = self.0.write();
        if names.len() >= Self::MOST || name.len() > 128 {
            return Self::OTHER;
        }
        names.insert(name.to_owned());
        name
    }
}

fn text(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_invents_names_does_not_fill_the_memory() {
        let names = Names::default();
        for n in 0..Names::MOST {
            let name = format!("cc{n}");
            assert_eq!(names.known(&name), name);
        }
        assert_eq!(names.known("cc0"), "cc0");
        assert_eq!(names.known("one more"), Names::OTHER);
        assert_eq!(Names::default().known(&"x".repeat(1000)), Names::OTHER);
    }
}
