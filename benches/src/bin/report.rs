//! Measures what `docs/benchmarks.md` describes, each comparison side by side in one run, and prints medians and ratios.
//!
//! `report [--json] [--rounds N] [invocation] [commit] [endorsement] [stream] [memory]`; without names, all but `memory`,
//! which needs a Docker engine.

use anyhow::{Context, Result, bail};
use selvedge_benches::memory::{self, Kind};
use selvedge_benches::{
    Case, Endorsing, Figure, KEYS, Live, Meter, Network, OPERATIONS, Server, Stage, median,
    outside, side_by_side,
};
use selvedge_runtime::{Builder, EngineConfig, PackageSource, WasmEngine};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
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
                "invocation" | "commit" | "endorsement" | "stream" | "memory" => {
                    arguments.groups.push(word)
                }
                _ => bail!("unknown argument {word}"),
            }
        }
        Ok(arguments)
    }

    fn wants(&self, group: &str) -> bool {
        (self.groups.is_empty() && group != "memory")
            || self.groups.iter().any(|name| name == group)
    }
}

fn main() -> Result<ExitCode> {
    // A process that a measurement has started.
    if let Some(code) = outside::chaincode().or_else(memory::child) {
        return Ok(code);
    }
    let arguments = Arguments::parse()?;
    warn_of_neighbours();
    let mut rows = Vec::new();
    if ["invocation", "commit", "endorsement"]
        .iter()
        .any(|group| arguments.wants(group))
    {
        in_process(&arguments, &mut rows)?;
    }
    if arguments.wants("stream") {
        stream(arguments.rounds, &mut rows)?;
    }
    if arguments.wants("memory") {
        many(&mut rows)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        table(&rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn in_process(arguments: &Arguments, rows: &mut Vec<Row>) -> Result<()> {
    let network = Network::new()?;
    if arguments.wants("invocation") {
        invocation(&network, arguments.rounds, rows)?;
    }
    if arguments.wants("commit") {
        commit(&network, arguments.rounds, rows)?;
    }
    if arguments.wants("endorsement") {
        endorsement(&network, arguments.rounds, rows)?;
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
        let figures: Vec<Figure> = stage.on_worker(move || {
            let mut cases = [
                Case::new("native", || drop(here.native(operation))),
                Case::new("wasm", || drop(here.wasm(operation))),
            ];
            side_by_side(Meter::Thread, &mut cases, rounds, Duration::from_millis(50))
        })?;
        let [native, wasm] = figures.as_slice() else {
            bail!("two figures for two cases");
        };
        let row = |figure: &Figure, compared| Row {
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
    let first = network.first()?;
    let mut endorsing = Endorsing::new(network);
    let per_transaction = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(KEYS);
    for (endorsements, go) in GO_REPLAY {
        let (mut judged, mut stored, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let block = endorsing.block(endorsements)?;
            let (validated, judging) = Meter::Process.time(|| block.validate(first, threads));
            let (done, storing) =
                Meter::Process.time(|| block.commit_only(first, validated?.codes));
            done?;
            judged.push(per_transaction(judging));
            stored.push(per_transaction(storing));
            let block = endorsing.block(endorsements)?;
            let (done, committing) = Meter::Wall.time(|| first.commit(block.block));
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

/// Microseconds of the Go peer's CPU per proposal at 32 clients, its Go chaincode not counted; in the order of
/// [`OPERATIONS`].
const GO_ENDORSEMENT: [f64; 4] = [544.0, 702.0, 3_024.0, 926.0];
const CLIENTS: usize = 32;

/// CPU time of everything but the client's thread.
fn endorsement(network: &Network, rounds: usize, rows: &mut Vec<Row>) -> Result<()> {
    const PROPOSALS: usize = 640;
    let stage = Stage::new(network)?;
    let first = network.first()?;
    let server = Server::start(first)?;
    let clients = server.clients(CLIENTS)?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    for (operation, go) in OPERATIONS.iter().zip(GO_ENDORSEMENT) {
        // Warms up connections and caches.
        clients.send(&network.proposals(operation.args, PROPOSALS)?)?;
        let (mut inside, mut end_to_end) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let proposals = network.proposals(operation.args, PROPOSALS)?;
            let endorser = first.endorser.clone();
            let count = proposals.len() as f64;
            let (ended, time) = stage.on_worker(move || {
                Meter::Thread.time(|| {
                    proposals
                        .into_iter()
                        .try_for_each(|proposal| endorser.process_proposal(proposal).map(drop))
                })
            })?;
            ended?;
            inside.push(micros(time) / count);
            let cost = clients.send(&network.proposals(operation.args, PROPOSALS)?)?;
            end_to_end.push(micros(cost.peer));
        }
        let mut row = |what: &str, value, compared| {
            rows.push(Row {
                group: "endorsement, CPU",
                name: format!("{}: {what}", operation.name),
                unit: "µs",
                value,
                compared,
            })
        };
        row("in the peer", median(&inside), None);
        let cost = median(&end_to_end);
        row("over gRPC", cost, Some(("Go peer", cost / go)));
    }
    Ok(())
}

/// One contract twice on one peer: as Wasm, and as a process over the chat stream with TLS. CPU time of the peer, which
/// the chaincode's own process is not part of, and the time of a read over the stream.
fn stream(rounds: usize, rows: &mut Vec<Row>) -> Result<()> {
    const PROPOSALS: usize = 640;
    const READS: usize = 100;
    let live = Live::start(|_| {
        let engine = Arc::new(WasmEngine::new(&EngineConfig::default())?);
        Ok((
            vec![engine as Arc<dyn Builder>],
            vec![outside::process_builder()?],
        ))
    })?;
    let component = selvedge_testkit::component(&bench_contract::CHAINCODE).to_vec();
    let wasm = PackageSource::wasm("wasm_1", component, BTreeMap::new()).write()?;
    let cases = [
        ("wasm", wasm),
        ("process", outside::process_package("process_1")?),
    ];
    for (name, package) in &cases {
        live.deploy(name, package)?;
        live.transact(name, &["fill", &KEYS.to_string()])?;
    }
    let clients = live.clients(CLIENTS)?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let cost = |name: &str, args: &[&str]| -> Result<f64> {
        let proposals = live.proposals(name, args, PROPOSALS)?;
        Ok(micros(clients.send(&proposals)?.peer))
    };
    for (operation, go) in OPERATIONS.iter().zip(GO_ENDORSEMENT) {
        let mut figures = cases.each_ref().map(|(name, _)| (*name, Vec::new()));
        for round in 0..=rounds {
            for (name, costs) in &mut figures {
                let cost = cost(name, operation.args)?;
                // The first round warms up.
                if round > 0 {
                    costs.push(cost);
                }
            }
        }
        for (name, costs) in &figures {
            let cost = median(costs);
            rows.push(Row {
                group: "whole endorsement over gRPC, TLS and the chat stream, CPU of the peer",
                name: format!("{}: {name}", operation.name),
                unit: "µs",
                value: cost,
                compared: Some(("Go peer", cost / go)),
            });
        }
    }
    let alone = live.clients(1)?;
    let wall = |args: &[&str]| -> Result<f64> {
        let proposals = live.proposals("process", args, PROPOSALS / 10)?;
        Ok(micros(alone.send(&proposals)?.wall) / proposals.len() as f64)
    };
    let mut reads = Vec::new();
    for _ in 0..rounds {
        let (many, none) = (wall(&["gets", &READS.to_string()])?, wall(&["empty"])?);
        reads.push((many - none) / READS as f64);
    }
    let read = median(&reads);
    rows.push(Row {
        group: "one client, wall clock",
        name: "a read there and back, 1 of 100".to_owned(),
        unit: "µs",
        value: read,
        compared: Some(("Go peer", read / 113.0)),
    });
    Ok(())
}

/// Different contracts, each invoked: as Wasm in the peer, and as containers.
fn many(rows: &mut Vec<Row>) -> Result<()> {
    const GROUP: &str = "memory";
    let mebibytes = |kibibytes: u64| kibibytes as f64 / 1024.0;
    let mut row = |name: String, kibibytes: u64, compared| {
        rows.push(Row {
            group: GROUP,
            name,
            unit: "MiB",
            value: mebibytes(kibibytes),
            compared,
        })
    };
    let none = memory::measure(Kind::Wasm, 0)?.peer;
    row("the peer, no chaincode: RSS".to_owned(), none.rss, None);
    row("the peer, no chaincode: PSS".to_owned(), none.pss, None);
    let containers = memory::measure(Kind::Container, 20)?;
    let outside = containers.chaincode.pss;
    row("20 containers: PSS".to_owned(), outside, None);
    let kept = containers.keepers.pss;
    row(
        "20 containers: PSS of what keeps them".to_owned(),
        kept,
        None,
    );
    for count in [1, 20, 200] {
        let peer = memory::measure(Kind::Wasm, count)?.peer;
        row(format!("{count} as Wasm: RSS of the peer"), peer.rss, None);
        let more = peer.pss.saturating_sub(none.pss);
        let ratio = more as f64 / outside as f64;
        row(
            format!("{count} as Wasm: PSS above none"),
            more,
            Some(("20 containers", ratio)),
        );
    }
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
