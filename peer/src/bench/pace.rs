use std::time::Duration;

use super::Way;

/// How much is measured.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    pub(super) name: &'static str,
    /// Every figure is the median of so many rounds, in which the ways take turns.
    pub(super) rounds: usize,
    /// About how long one way runs within a round.
    pub(super) slice: Duration,
    /// How often a package is installed anew.
    pub(super) starts: usize,
    /// Keys in the state; a range is read of no more.
    pub(super) keys: usize,
    /// How long transactions are committed.
    pub(super) committing: Duration,
    /// Numbers of contracts in memory.
    pub(super) contracts: fn(Way) -> &'static [usize],
}

impl Pace {
    pub(super) fn quick() -> Self {
        Self {
            name: "quick",
            rounds: 1,
            slice: Duration::from_millis(40),
            starts: 1,
            keys: 1_000,
            committing: Duration::from_secs(2),
            contracts: |way| match way {
                Way::Wasm => &[1, 10],
                Way::Process | Way::Docker | Way::Node => &[1],
                Way::Service => &[],
            },
        }
    }

    pub(super) fn standard() -> Self {
        Self {
            name: "default",
            rounds: 5,
            slice: Duration::from_millis(200),
            starts: 3,
            keys: 10_000,
            committing: Duration::from_secs(8),
            contracts: |way| match way {
                Way::Wasm => &[1, 10, 100],
                Way::Process | Way::Docker | Way::Node => &[1, 10],
                Way::Service => &[],
            },
        }
    }

    pub(super) fn full() -> Self {
        Self {
            name: "full",
            rounds: 9,
            slice: Duration::from_millis(400),
            starts: 5,
            committing: Duration::from_secs(20),
            contracts: |way| match way {
                Way::Wasm => &[1, 10, 100, 1_000],
                Way::Process | Way::Docker => &[1, 10, 100],
                // A hundred of these are eight gigabytes.
                Way::Node => &[1, 10],
                Way::Service => &[],
            },
            ..Self::standard()
        }
    }
}
