use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// Counts on to what somebody else has counted to.
pub(super) fn raise(counter: &IntCounter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}

/// Makes families and registers them. Names are constants of this program and every one of them is made in a test, so
/// that a bad or a double one does not get as far as a peer.
pub(super) struct Families<'a>(pub(super) &'a Registry);

const GOOD: &str = "the families have good names, each its own";

impl Families<'_> {
    pub(super) fn register(&self, collector: impl Collector + 'static) {
        self.0.register(Box::new(collector)).expect(GOOD);
    }

    fn registered<C: Collector + Clone + 'static>(&self, collector: prometheus::Result<C>) -> C {
        let collector = collector.expect(GOOD);
        self.register(collector.clone());
        collector
    }

    pub(super) fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::new(name, help))
    }

    pub(super) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }

    pub(super) fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.registered(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// Seconds, in Prometheus' usual buckets.
    pub(super) fn durations(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        self.registered(HistogramVec::new(HistogramOpts::new(name, help), labels))
    }

    /// Seconds, in the buckets Fabric has for the steps of a commit.
    pub(super) fn commit_times(&self, name: &str, help: &str) -> HistogramVec {
        let buckets = vec![0.005, 0.01, 0.015, 0.05, 0.1, 1.0, 10.0];
        let opts = HistogramOpts::new(name, help).buckets(buckets);
        self.registered(HistogramVec::new(opts, &["channel"]))
    }
}
