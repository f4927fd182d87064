//! What `selvedge bench` cannot measure, because a program with the contract in it is needed, or blocks that nobody ordered:
//! a component against a direct call, and the validation and commit of blocks; and what a gateway costs its peer. Side by side
//! in one run, medians and ratios.
//!
//! `report [--json] [--rounds N] [invocation] [commit] [gateway] [listening]`: `listening` is the part of `gateway` with listeners.

use anyhow::{Context, Result, bail};
use selvedge_benches::gateway;
use selvedge_benches::{Endorsing, KEYS, Network, OPERATIONS, Stage};
use selvedge_peer::bench::{Case, Meter, Timing, median, side_by_side};
use selvedge_peer::cli::tidy_up_when_interrupted;
use serde::Serialize;
use std::time::Duration;

/// One line of the table.
#[derive(Debug, Default, Serialize)]
struct Row {
    group: &'static str,
    name: String,
    unit: &'static str,
    value: f64,
    /// What it is compared with, and how many times that this is.
    compared: Option<(&'static str, f64)>,
}

struct Arguments {
    json: bool,
    rounds: usize,
    groups: Vec<String>,
}

impl Arguments {
    fn parse() -> Result<Self> {
        let mut arguments = Self {
            json: false,
            rounds: 15,
            groups: Vec::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => arguments.json = true,
                "--rounds" => {
                    let number = words.next().context("--rounds needs a number")?;
                    arguments.rounds = number.parse().context("--rounds needs a number")?;
                }
                "invocation" | "commit" | "gateway" | "listening" => arguments.groups.push(word),
                _ => bail!("unknown argument {word}"),
            }
        }
        Ok(arguments)
    }

    fn wants(&self, group: &str) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|name| name == group)
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse()?;
    tidy_up_when_interrupted()?;
    warn_of_neighbours();
    let network = Network::new()?;
    let mut rows = Vec::new();
    if arguments.wants("invocation") {
        invocation(&network, arguments.rounds, &mut rows)?;
    }
    if arguments.wants("commit") {
        commit(&network, arguments.rounds, &mut rows)?;
    }
    if arguments.wants("gateway") {
        applications(arguments.rounds, false, &mut rows)?;
    } else if arguments.wants("listening") {
        applications(arguments.rounds, true, &mut rows)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        table(&rows);
    }
    Ok(())
}

/// Wall-clock figures of a busy machine are those of its neighbours.
fn warn_of_neighbours() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Option<f64> = load.split(' ').next().and_then(|load| load.parse().ok());
    if let Some(load) = load.filter(|load| *load > cores as f64 / 4.0) {
        eprintln!(
            "load average {load} on {cores} cores: believe CPU times, and no wall-clock time"
        );
    }
}

/// CPU time of the thread that does the work.
fn invocation(network: &Network, rounds: usize, rows: &mut Vec<Row>) -> Result<()> {
    let stage = Stage::new(network)?;
    for operation in &OPERATIONS {
        let here = stage.clone();
        let figures: Vec<Timing> = stage.on_worker(move || {
            let mut cases = [
                Case::new("native", || drop(here.native(operation))),
                Case::new("wasm", || drop(here.wasm(operation))),
            ];
            side_by_side(Meter::Thread, &mut cases, rounds, Duration::from_millis(50))
        })?;
        let [native, wasm] = figures.as_slice() else {
            bail!("two figures for two cases");
        };
        let row = |figure: &Timing, compared| Row {
            group: "invocation, CPU",
            name: format!("{}: {}", operation.name, figure.name),
            unit: "µs",
            value: figure.median(),
            compared,
        };
        rows.push(row(native, None));
        rows.push(row(wasm, Some(("native", wasm.ratio(native)))));
    }
    Ok(())
}

/// Transactions per second that the Go peer replays, by number of endorsements: the middle of what was seen.
const GO_REPLAY: [(usize, f64); 2] = [(1, 2_600.0), (2, 1_510.0)];

/// Wall-clock time, and CPU time of all threads.
fn commit(network: &Network, rounds: usize, rows: &mut Vec<Row>) -> Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let judge = &network.observer;
    let mut endorsing = Endorsing::new(network);
    let per_transaction = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(KEYS);
    for (endorsements, go) in GO_REPLAY {
        let (mut judged, mut stored, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let block = endorsing.block(endorsements)?;
            let (validated, judging) = Meter::Process.time(|| block.validate(judge, threads));
            let (done, storing) =
                Meter::Process.time(|| block.commit_only(judge, validated?.codes));
            done?;
            judged.push(per_transaction(judging));
            stored.push(per_transaction(storing));
            let block = endorsing.block(endorsements)?;
            let (done, committing) = Meter::Wall.time(|| judge.commit(block.block));
            done?;
            all.push(f64::from(KEYS) / committing.as_secs_f64());
        }
        let mut row = |what: &str, unit, value, compared| {
            rows.push(Row {
                group: "commit of 500",
                name: format!("{endorsements} endorsed: {what}"),
                unit,
                value,
                compared,
            })
        };
        row("validation, CPU", "µs/tx", median(&judged), None);
        row("ledger, CPU", "µs/tx", median(&stored), None);
        let rate = median(&all);
        let both: Vec<f64> = judged.iter().zip(&stored).map(|(a, b)| a + b).collect();
        row("both, CPU", "µs/tx", median(&both), None);
        row("both, wall", "tx/s", rate, Some(("Go peer", rate / go)));
    }
    Ok(())
}

/// Two organisations over TLS, and applications at the first one's gateway.
fn applications(rounds: usize, only_listening: bool, rows: &mut Vec<Row>) -> Result<()> {
    let measured = gateway::measure(rounds, only_listening)?.into_iter();
    rows.extend(measured.map(|one| Row {
        group: "gateway, two organisations",
        name: one.name.to_owned(),
        unit: one.unit,
        value: one.value,
        compared: one.compared,
    }));
    Ok(())
}

fn table(rows: &[Row]) {
    let width = rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = row.group;
            println!("\n{group}");
        }
        let value = format!("{:.1}", row.value);
        let compared = row
            .compared
            .map(|(what, ratio)| format!("{ratio:6.2} x {what}"))
            .unwrap_or_default();
        println!(
            "  {:width$}  {value:>9} {:5}  {compared}",
            row.name, row.unit
        );
    }
}
