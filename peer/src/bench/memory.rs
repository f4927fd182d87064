//! How much memory chaincode takes: many contracts as Wasm in one peer, or as programs and containers beside it. Every case
//! is a process of its own, because memory that one has given back may still be resident in the next.

use super::artifacts::copy;
use super::processes::own_memory;
use super::record::Measure;
use super::setting::Setting;
use super::{Artifacts, Group, Live, LivePlan, Record, Way};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// One of what was measured, in KiB.
type Reading = fn(&Measured) -> u64;

const MEASURES: [(Measure, Reading); 3] = [
    (
        Measure::new(Group::Memory, "installed, never called", "MiB"),
        |measured| measured.installed,
    ),
    (Measure::new(Group::Memory, "idle", "MiB"), |measured| {
        measured.idle
    }),
    (Measure::new(Group::Memory, "loaded", "MiB"), |measured| {
        measured.loaded
    }),
];
const ALONE: Measure = Measure::new(Group::Memory, "a peer without chaincode", "MiB");

/// The hidden command that a case is, and its argument.
pub(super) const COMMAND: &str = "memory-case";

#[derive(Debug, Serialize, Deserialize)]
struct Case {
    way: Way,
    count: usize,
    artifacts: Artifacts,
}

/// PSS in KiB of the peer and everything that belongs to its chaincode.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Measured {
    installed: u64,
    idle: u64,
    loaded: u64,
}

pub(super) fn measure(setting: &Setting<'_>, record: &mut Record) -> Result<()> {
    if let Err(error) = own_memory() {
        let progress = setting.progress;
        progress.say(&format!("memory is not measured: {error:#}"));
        return Ok(());
    }
    setting.doing(Group::Memory, "a peer without chaincode");
    let alone = run(setting, Way::Wasm, 0)?;
    let alone = alone.idle;
    let mebibytes = |kibibytes: u64| kibibytes as f64 / 1024.0;
    record.add(&ALONE, "peer, orderer, client", "all", &[mebibytes(alone)]);
    for way in &setting.ways {
        for count in (setting.pace.contracts)(*way) {
            setting.doing(Group::Memory, &format!("{count} as {}", way.title()));
            let measured = run(setting, *way, *count)?;
            for (measure, of) in &MEASURES {
                let more = mebibytes(of(&measured).saturating_sub(alone));
                let case = match count {
                    1 => "1 contract".to_owned(),
                    _ => format!("{count} contracts"),
                };
                record.add(measure, &case, way.title(), &[more]);
            }
        }
    }
    Ok(())
}

/// In a process of its own.
fn run(setting: &Setting<'_>, way: Way, count: usize) -> Result<Measured> {
    let case = serde_json::json!({
        "way": way,
        "count": count,
        "artifacts": *setting.artifacts,
    });
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", COMMAND, &case.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("starting a process to measure")?;
    ensure!(
        output.status.success(),
        "measuring {count} contracts as {} failed",
        way.title()
    );
    serde_json::from_slice(&output.stdout).context("reading what was measured")
}

/// What the hidden command does.
pub(super) fn child(case: &str) -> Result<String> {
    let case: Case = serde_json::from_str(case).context("the case is not JSON")?;
    let artifacts = Arc::new(case.artifacts);
    let live = Live::start(&LivePlan::of_program()?, &artifacts)?;
    let name = |n: usize| format!("cc{n}");
    for n in 0..case.count {
        live.deploy(&name(n), &artifacts.package(case.way, n)?)?;
    }
    let installed = look(&live)?;
    for n in (0..case.count).chain(0..case.count) {
        let answer = live.invoke(&name(n), &["which"])?;
        ensure!(
            answer.payload == expected(case.way, n),
            "contract {n} is not the copy that was deployed"
        );
    }
    let idle = look(&live)?;
    if case.count > 0 {
        burst(&live, case.count, name)?;
    }
    let loaded = look(&live)?;
    Ok(serde_json::to_string(&Measured {
        installed,
        idle,
        loaded,
    })?)
}

/// A program beside the peer is started from one file, whatever its number.
fn expected(way: Way, number: usize) -> String {
    copy(match way {
        Way::Wasm | Way::Docker => number,
        Way::Process | Way::Service | Way::Node => 0,
    })
}

/// Calls at 32 clients, spread over all contracts.
fn burst(live: &Live, contracts: usize, name: impl Fn(usize) -> String) -> Result<()> {
    const CALLS: usize = 960;
    let load = live.clients(32)?;
    let mut proposals = Vec::with_capacity(CALLS);
    for call in 0..CALLS {
        proposals.extend(live.proposals(&name(call % contracts), &["get-put", "7"], 1)?);
    }
    load.send(&proposals).map(drop)
}

fn look(live: &Live) -> Result<u64> {
    let chaincode = live.all_processes();
    let all = own_memory()? + chaincode.memory()? + chaincode.parents().memory()?;
    Ok(all.pss)
}
