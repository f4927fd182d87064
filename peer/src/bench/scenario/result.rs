use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::bench::Way;

/// Caliper's columns. Fabric's benchmarks publish these.
pub(in crate::bench) const COLUMNS: [&str; 8] = [
    "Name",
    "Succ",
    "Fail",
    "Send Rate (TPS)",
    "Max Latency (s)",
    "Min Latency (s)",
    "Avg Latency (s)",
    "Throughput (TPS)",
];

/// One round in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoundResult {
    pub way: Way,
    pub name: String,
    pub succ: u64,
    pub fail: u64,
    /// Per second, from the first to the last that was sent.
    pub send_rate: f64,
    /// Of the successful, in seconds, as the other latencies.
    pub max_latency: f64,
    pub min_latency: f64,
    pub avg_latency: f64,
    /// Successful ones per second, from the first sent to the last finished.
    pub throughput: f64,
    /// Why the first of the failed did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// One transaction, in times since the round began.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) created: Duration,
    pub(super) finished: Duration,
    pub(super) failure: Option<String>,
}

impl RoundResult {
    /// Caliper: packages/caliper-core/lib/manager/report/report.js.
    pub(super) fn of(way: Way, name: &str, sent: &[Sent]) -> Self {
        let seconds = |time: Duration| time.as_secs_f64();
        let created = || sent.iter().map(|one| seconds(one.created));
        let first = created().fold(f64::INFINITY, f64::min);
        let last = created().fold(0.0, f64::max);
        let finished = sent.iter().map(|one| seconds(one.finished));
        let finished = finished.fold(0.0, f64::max);
        let good: Vec<f64> = sent
            .iter()
            .filter(|one| one.failure.is_none())
            .map(|one| seconds(one.finished) - seconds(one.created))
            .collect();
        let per = |count: usize, time: f64| match time > 0.0 {
            true => count as f64 / time,
            false => count as f64,
        };
        let bound = |value: f64| if value.is_finite() { value } else { 0.0 };
        Self {
            way,
            name: name.to_owned(),
            succ: good.len() as u64,
            fail: (sent.len() - good.len()) as u64,
            send_rate: per(sent.len(), last - first),
            max_latency: bound(good.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            min_latency: bound(good.iter().copied().fold(f64::INFINITY, f64::min)),
            avg_latency: good.iter().sum::<f64>() / good.len().max(1) as f64,
            throughput: per(good.len(), finished - first),
            failure: sent.iter().find_map(|one| one.failure.clone()),
        }
    }

    /// In the order of [`COLUMNS`]. Latencies have a digit more than Caliper's, whose Fabric is slower.
    pub(in crate::bench) fn cells(&self) -> [String; 8] {
        [
            format!("{} ({})", self.name, self.way.title()),
            self.succ.to_string(),
            self.fail.to_string(),
            format!("{:.1}", self.send_rate),
            format!("{:.3}", self.max_latency),
            format!("{:.3}", self.min_latency),
            format!("{:.3}", self.avg_latency),
            format!("{:.1}", self.throughput),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(created: u64, finished: u64, failure: Option<&str>) -> Sent {
        Sent {
            created: Duration::from_millis(created),
            finished: Duration::from_millis(finished),
            failure: failure.map(str::to_owned),
        }
    }

    #[test]
    fn the_columns_are_calipers() {
        let sent = [
            sent(0, 100, None),
            sent(500, 900, None),
            sent(1_000, 1_500, Some("no")),
            sent(1_000, 2_000, None),
        ];
        let result = RoundResult::of(Way::Wasm, "get-asset", &sent);
        assert_eq!(
            result.cells(),
            [
                "get-asset (Wasm)",
                "3",
                "1",
                "4.0",
                "1.000",
                "0.100",
                "0.500",
                "1.5"
            ]
        );
        assert_eq!(result.failure.as_deref(), Some("no"));
    }

    #[test]
    fn a_round_in_which_nothing_succeeds_has_no_latency() {
        let result = RoundResult::of(Way::Node, "x", &[sent(0, 10, Some("no"))]);
        assert_eq!((result.succ, result.fail, result.max_latency), (0, 1, 0.0));
        assert_eq!(RoundResult::of(Way::Node, "x", &[]).throughput, 0.0);
    }
}
