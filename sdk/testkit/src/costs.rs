//! What transactions cost, and a file that keeps it from growing unseen.

use crate::environment::{self, BLESS};
use crate::must::must;
use crate::{Network, Simulated, report};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Beside the contract's Cargo.toml.
const FILE: &str = "costs.lock";
/// Per cent by which a number may grow.
const TOLERANCE: u64 = 5;
/// Tests of one process write one after the other.
static WRITING: Mutex<()> = Mutex::new(());

type Entries = BTreeMap<&'static str, u64>;

/// The costs of a contract's transactions, compared with those in its `costs.lock`.
///
/// ```no_run
/// use selvedge_testkit::{Backend, CostLock, Network};
///
/// let network = Network::new();
/// let assets = network.deploy_on(Backend::Wasm, "basic", asset_transfer::CHAINCODE);
/// let ann = network.client("Org1MSP", "ann");
/// let mut costs = CostLock::beside(env!("CARGO_MANIFEST_DIR"));
/// costs.measure(&assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300)));
/// costs.measure(&assets.submit(&ann, "TransferAsset", ("a1", "bob")));
/// costs.check();
/// ```
///
/// Measure components: a native run has no fuel and no memory of its own, and other numbers besides.
#[derive(Debug)]
pub struct CostLock {
    path: PathBuf,
    tolerance: u64,
    bless: bool,
    measured: BTreeMap<String, Entries>,
}

impl CostLock {
    /// The `costs.lock` in the directory of a manifest. It is written instead of checked when `SELVEDGE_BLESS=1` is set.
    pub fn beside(manifest_dir: impl AsRef<Path>) -> Self {
        Self {
            path: manifest_dir.as_ref().join(FILE),
            tolerance: TOLERANCE,
            bless: environment::text(BLESS).is_some_and(|value| value == "1"),
            measured: BTreeMap::new(),
        }
    }

    /// By how many per cent a number may grow; 5 where nothing is said.
    pub fn tolerance(mut self, percent: u64) -> Self {
        self.tolerance = percent;
        self
    }

    /// Writes instead of checking, whatever the environment says.
    pub fn blessed(mut self) -> Self {
        self.bless = true;
        self
    }

    /// Takes in the cost of a transaction under the name of its function. Of several the largest numbers count.
    pub fn measure(&mut self, simulated: &Simulated) {
        let known = self
            .measured
            .entry(simulated.request().function())
            .or_default();
        for (name, value) in simulated.cost().entries() {
            let largest = known.entry(name).or_default();
            *largest = (*largest).max(value);
        }
    }

    /// Compares what was measured with what the file says, or writes it.
    ///
    /// # Panics
    /// If a number has grown by more than the tolerance, or a transaction is not in the file.
    #[track_caller]
    pub fn check(self) {
        let _writing = WRITING.lock();
        let known = read(&self.path);
        for (function, measured) in &self.measured {
            let measured = measured.iter().map(|(name, value)| (*name, *value));
            report::locked(function, measured, known.get(function));
        }
        if self.bless {
            return self.write(known);
        }
        let mut grown = Vec::new();
        for (function, measured) in &self.measured {
            let Some(locked) = known.get(function) else {
                grown.push(format!("  {function} is not in the file"));
                continue;
            };
            for (name, value) in measured {
                let was = locked.get(*name).copied().unwrap_or(0);
                if *value > was + was * self.tolerance / 100 {
                    grown.push(format!(
                        "  {function}: {name} was {was} and is {value}{}",
                        growth(was, *value)
                    ));
                }
            }
        }
        assert!(
            grown.is_empty(),
            "costs have grown by more than {} % over {}:\n{}\nIf that is meant, write them anew with {BLESS}=1.",
            self.tolerance,
            self.path.display(),
            grown.join("\n")
        );
    }

    fn write(self, mut known: BTreeMap<String, BTreeMap<String, u64>>) {
        for (function, measured) in self.measured {
            let measured = measured
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            known.insert(function, measured.collect());
        }
        let mut out = String::from(
            "# What each transaction costs. Tests fail when a number grows; SELVEDGE_BLESS=1 cargo test writes it anew.\n",
        );
        for (function, entries) in known {
            // Writing to a string does not fail.
            let _ = write!(out, "{function}");
            for (name, value) in entries {
                let _ = write!(out, " {name}={value}");
            }
            out.push('\n');
        }
        let doing = format!("writing {}", self.path.display());
        must(&doing, std::fs::write(&self.path, out));
    }
}

fn growth(was: u64, is: u64) -> String {
    match (is - was).saturating_mul(100).checked_div(was) {
        Some(percent) => format!(" (+{percent} %)"),
        None => String::new(),
    }
}

fn read(path: &Path) -> BTreeMap<String, BTreeMap<String, u64>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return BTreeMap::new(),
        Err(error) => panic!("reading {}: {error}", path.display()),
    };
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| entry(path, line)).collect()
}

fn entry(path: &Path, line: &str) -> (String, BTreeMap<String, u64>) {
    let mut words = line.split(' ');
    let function = words.next().unwrap_or_default().to_owned();
    let entries = words.map(|word| {
        let parsed = word
            .split_once('=')
            .and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
        parsed.unwrap_or_else(|| {
            panic!(
                "{}: {word:?} in the line of {function} is no name=number",
                path.display()
            )
        })
    });
    let entries = entries.collect();
    (function, entries)
}

impl Network {
    /// A table of what every function cost so far: the median and the largest of each number.
    pub fn costs(&self) -> String {
        let mut by_function: BTreeMap<String, Vec<crate::Cost>> = BTreeMap::new();
        for (label, simulation) in &*self.0.journal.lock() {
            let function = label
                .split_once(": ")
                .map_or(label.as_str(), |(_, call)| call);
            let function = function.split_once('(').map_or(function, |(name, _)| name);
            let costs = by_function.entry(function.to_owned()).or_default();
            costs.push(simulation.cost);
        }
        let mut out = String::new();
        for (function, costs) in by_function {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{function} ({} simulated)", costs.len());
            for (index, (name, _)) in crate::Cost::default().entries().iter().enumerate() {
                let mut values: Vec<u64> =
                    costs.iter().map(|cost| cost.entries()[index].1).collect();
                values.sort_unstable();
                let (median, largest) = (values[values.len() / 2], values[values.len() - 1]);
                let _ = writeln!(out, "  {name:<12} {median:>12} {largest:>12}");
            }
        }
        out
    }
}
