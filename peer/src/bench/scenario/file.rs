use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

use super::template::Template;

/// A scenario file. Unknown keys are errors: one that is misspelt would change what is measured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Scenario {
    pub(super) name: String,
    #[serde(default)]
    pub(super) network: NetworkShape,
    /// What is in the state before the first round.
    #[serde(default)]
    pub(super) setup: Vec<Setup>,
    pub(super) rounds: Vec<Round>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct NetworkShape {
    /// All of them must endorse what is submitted, if there are no more than two.
    pub(super) organisations: usize,
    /// `goleveldb` or `CouchDB`, whose rules rich queries need.
    pub(super) state_database: String,
    /// The orderer's BatchSize.MaxMessageCount.
    pub(super) max_message_count: u32,
    /// The orderer's BatchTimeout, in milliseconds.
    pub(super) batch_timeout: u64,
}

impl Default for NetworkShape {
    fn default() -> Self {
        Self {
            organisations: 2,
            state_database: "CouchDB".to_owned(),
            max_message_count: 100,
            batch_timeout: 200,
        }
    }
}

/// So many transactions, all valid, before anything is measured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Setup {
    pub(super) submit: Vec<Template>,
    pub(super) tx_number: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Round {
    pub(super) label: String,
    /// Seconds.
    pub(super) tx_duration: Option<f64>,
    pub(super) tx_number: Option<u64>,
    pub(super) rate_control: RateControl,
    /// Endorsed, ordered and committed.
    pub(super) submit: Option<Vec<Template>>,
    /// Answered by one peer.
    pub(super) evaluate: Option<Vec<Template>>,
    /// How many assets `{any}` chooses from.
    #[serde(default = "one")]
    pub(super) assets: u64,
}

fn one() -> u64 {
    1
}

/// As Caliper's rate controllers are called.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "type", content = "opts", rename_all = "kebab-case")]
pub(super) enum RateControl {
    /// So many transactions are under way at any time.
    #[serde(rename_all = "camelCase")]
    FixedLoad { transaction_load: usize },
    /// So many transactions are sent in a second, however many are under way.
    FixedRate { tps: f64 },
}

/// More at once would be a test of this program.
const MOST_AT_ONCE: usize = 10_000;

impl Scenario {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("reading {}", path.display()))?;
        let scenario = Self::parse(&text);
        scenario.with_context(|| format!("{} is no scenario", path.display()))
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let scenario: Self = serde_yaml_ng::from_str(text)?;
        let network = &scenario.network;
        ensure!(
            (1..=8).contains(&network.organisations),
            "network.organisations is {}; 1 to 8 are possible",
            network.organisations
        );
        ensure!(
            matches!(network.state_database.as_str(), "goleveldb" | "CouchDB"),
            "network.stateDatabase is '{}'; it is goleveldb or CouchDB",
            network.state_database
        );
        ensure!(!scenario.rounds.is_empty(), "there are no rounds");
        for round in &scenario.rounds {
            round
                .check()
                .with_context(|| format!("round '{}'", round.label))?;
        }
        Ok(scenario)
    }
}

impl Round {
    fn check(&self) -> Result<()> {
        ensure!(
            self.submit.is_some() != self.evaluate.is_some(),
            "it must have one of submit and evaluate"
        );
        ensure!(
            self.tx_duration.is_some() != self.tx_number.is_some(),
            "it must have one of txDuration and txNumber"
        );
        ensure!(
            self.tx_duration
                .is_none_or(|seconds| seconds > 0.0 && seconds <= 86_400.0),
            "txDuration is in seconds, more than 0 and at most a day"
        );
        ensure!(self.assets > 0, "assets must be at least 1");
        match self.rate_control {
            RateControl::FixedLoad { transaction_load } => ensure!(
                (1..=MOST_AT_ONCE).contains(&transaction_load),
                "transactionLoad is {transaction_load}; 1 to {MOST_AT_ONCE} are possible"
            ),
            RateControl::FixedRate { tps } => ensure!(
                (1e-3..=1e6).contains(&tps),
                "tps is {tps}; 0.001 to 1000000 are possible"
            ),
        }
        Ok(())
    }

    /// The arguments, and whether they are submitted.
    pub(super) fn call(&self) -> (&[Template], bool) {
        match (&self.submit, &self.evaluate) {
            (Some(args), _) => (args, true),
            (None, Some(args)) => (args, false),
            (None, None) => (&[], false),
        }
    }

    pub(super) fn duration(&self) -> Option<Duration> {
        self.tx_duration.map(Duration::from_secs_f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: &str = "
name: x
rounds:
  - label: a
    txNumber: 5
    rateControl: {type: fixed-load, opts: {transactionLoad: 10}}
    evaluate: [get-asset, 'asset{any}']
    assets: 3
";

    fn error(change: (&str, &str)) -> String {
        let text = ROUND.replace(change.0, change.1);
        format!("{:#}", Scenario::parse(&text).unwrap_err())
    }

    #[test]
    fn the_projects_own_scenario_is_one() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/scenarios");
        let scenario = Scenario::read(&root.join("fabric.yaml")).unwrap();
        assert!(scenario.rounds.len() > 10);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(Scenario::parse(ROUND).is_ok());
        let text = error(("txNumber: 5", "txNumbers: 5"));
        assert!(text.contains("txNumbers"), "{text}");
        let text = error(("    txNumber: 5\n", ""));
        assert_eq!(
            text,
            "round 'a': it must have one of txDuration and txNumber"
        );
        let text = error(("transactionLoad: 10", "transactionLoad: 0"));
        assert_eq!(
            text,
            "round 'a': transactionLoad is 0; 1 to 10000 are possible"
        );
        let text = error(("{any}", "{all}"));
        assert!(text.contains("{all}"), "{text}");
        let text = error(("name: x", "name: x\nnetwork: {organisations: 9}"));
        assert_eq!(text, "network.organisations is 9; 1 to 8 are possible");
    }
}
