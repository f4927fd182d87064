use serde::{Deserialize, Serialize};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::scenario::RoundResult;
use super::{Group, Machine, Way, median};

/// Everything one run came to; what `--json` writes and `compare` reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// [`Record::FORMAT`].
    pub format: u32,
    /// Of this program.
    pub version: String,
    /// When it began, RFC 3339.
    pub began: String,
    pub seconds: f64,
    /// `quick`, `default` or `full`.
    pub pace: String,
    pub machine: Machine,
    /// What was left out.
    #[serde(default)]
    pub skipped: Vec<LeftOut>,
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// Of a scenario.
    #[serde(default)]
    pub rounds: Vec<RoundResult>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeftOut {
    pub way: Way,
    pub why: String,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub group: Group,
    /// What is measured: `latency, one client`.
    pub measure: String,
    pub unit: String,
    pub more_is_better: bool,
    /// The line of the table: `100 gets`.
    pub case: String,
    /// The column of the table: `Wasm`.
    pub column: String,
    /// The median over the rounds.
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// How many rounds.
    pub samples: usize,
}

/// What all numbers of one table have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    pub(super) group: Group,
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) more_is_better: bool,
}

impl Measure {
    pub(super) const fn new(group: Group, name: &'static str, unit: &'static str) -> Self {
        Self {
            group,
            name,
            unit,
            more_is_better: false,
        }
    }

    pub(super) const fn more_is_better(self) -> Self {
        Self {
            more_is_better: true,
            ..self
        }
    }
}

impl Record {
    pub const FORMAT: u32 = 1;

    /// Adds the median of some samples; nothing where there are none.
    pub(super) fn add(&mut self, measure: &Measure, case: &str, column: &str, samples: &[f64]) {
        if samples.is_empty() {
            return;
        }
        self.figures.push(Figure {
            group: measure.group,
            measure: measure.name.to_owned(),
            unit: measure.unit.to_owned(),
            more_is_better: measure.more_is_better,
            case: case.to_owned(),
            column: column.to_owned(),
            value: median(samples),
            low: samples.iter().copied().fold(f64::INFINITY, f64::min),
            high: samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            samples: samples.len(),
        });
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let record: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no result of selvedge bench", path.display()))?;
        ensure!(
            record.format == Self::FORMAT,
            "{} has format {}; this program reads {}",
            path.display(),
            record.format,
            Self::FORMAT
        );
        Ok(record)
    }
}
