use anyhow::{Context, Result};
use clap::ValueEnum as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::args::{BenchArgs, BenchCommand};
use super::pace::Pace;
use super::progress::Progress;
use super::record::LeftOut;
use super::report::{compare, html, markdown, text};
use super::setting::Setting;
use super::{
    Artifacts, Group, Live, LivePlan, Machine, Record, Way, cold, committed, memory, parts,
    scenario, warm,
};
use crate::cli::write_atomically;
use crate::node::{Clock, rfc3339};

/// `selvedge bench`; gives what is printed.
pub(crate) fn run(args: BenchArgs) -> Result<String> {
    match &args.command {
        Some(BenchCommand::Compare { before, after }) => {
            Ok(compare(&Record::read(before)?, &Record::read(after)?))
        }
        Some(BenchCommand::MemoryCase { case }) => memory::child(case),
        None => {
            let progress = Progress::new();
            let record = measure(&args, &progress);
            progress.done();
            let record = record?;
            if let Some(path) = &args.json {
                write_atomically(path, serde_json::to_string_pretty(&record)?.as_bytes())?;
            }
            if let Some(path) = &args.html {
                write_atomically(path, html(&record).as_bytes())?;
            }
            if let Some(path) = &args.markdown {
                write_atomically(path, markdown(&record).as_bytes())?;
            }
            Ok(text(&record))
        }
    }
}

fn measure(args: &BenchArgs, progress: &Progress) -> Result<Record> {
    let pace = pace(args);
    let repository = args.repository.clone().unwrap_or_else(own_sources);
    let wanted = ways(args);
    let (artifacts, ways, skipped) = Artifacts::prepare(&repository, &wanted, progress)?;
    let artifacts = Arc::new(artifacts);
    for (way, why) in &skipped {
        progress.say(&format!("*** SKIPPED {}: {why}", way.title()));
    }
    // Compiling was work, too: only now is the load that of others.
    let machine = Machine::look();
    if machine.is_busy() {
        progress.say(&format!(
            "load average {:.2} on {} cores: believe CPU times, and no wall-clock time",
            machine.load[0], machine.cores
        ));
    }
    let mut record = Record {
        format: Record::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        began: began(),
        seconds: 0.0,
        pace: pace.name.to_owned(),
        machine,
        skipped: skipped
            .into_iter()
            .map(|(way, why)| LeftOut { way, why })
            .collect(),
        figures: Vec::new(),
        rounds: Vec::new(),
    };
    let start = Instant::now();
    match &args.scenario {
        Some(file) => record.rounds = scenario::run(file, &ways, &artifacts, progress)?,
        None => {
            let setting = Setting {
                artifacts,
                ways,
                groups: groups(args),
                pace,
                progress,
            };
            groups_of(&setting, &mut record)?;
        }
    }
    record.seconds = start.elapsed().as_secs_f64();
    record.machine.look_again();
    Ok(record)
}

fn groups_of(setting: &Setting<'_>, record: &mut Record) -> Result<()> {
    let on_one_network = [
        Group::Cold,
        Group::Warm,
        Group::Concurrency,
        Group::Parts,
        Group::Scaling,
    ];
    if on_one_network.iter().any(|group| setting.wants(*group)) {
        let live = one_network(setting)?;
        if setting.wants(Group::Cold) {
            cold::measure(setting, &live, record)?;
        }
        if setting.wants(Group::Warm) {
            warm::by_operation(setting, &live, record)?;
        }
        if setting.wants(Group::Concurrency) {
            warm::by_clients(setting, &live, record)?;
        }
        if setting.wants(Group::Parts) {
            parts::measure(setting, &live, record)?;
        }
        if setting.wants(Group::Scaling) && live.has(Way::Wasm) {
            parts::scaling(setting, &live, record)?;
        }
    }
    if setting.wants(Group::Committed) {
        committed::measure(setting, record)?;
    }
    if setting.wants(Group::Memory) {
        memory::measure(setting, record)?;
    }
    Ok(())
}

/// One organisation, the contract in every way, and the keys that the operations read.
fn one_network(setting: &Setting<'_>) -> Result<Live> {
    let progress = setting.progress;
    progress.doing("founding a network");
    let live = Live::start(&LivePlan::of_program()?, &setting.artifacts)?;
    for way in &setting.ways {
        progress.doing(&format!("deploying and filling as {}", way.title()));
        live.deploy_way(*way, &setting.artifacts.package(*way, 0)?)?;
        live.fill(way.name(), setting.pace.keys)
            .with_context(|| format!("filling the state as {}", way.title()))?;
        live.transact(way.name(), &["put-value", "65536"])?;
    }
    Ok(live)
}

fn pace(args: &BenchArgs) -> Pace {
    let pace = match (args.quick, args.full) {
        (true, _) => Pace::quick(),
        (_, true) => Pace::full(),
        _ => Pace::standard(),
    };
    Pace {
        rounds: args.rounds.map_or(pace.rounds, usize::from),
        ..pace
    }
}

fn ways(args: &BenchArgs) -> Vec<Way> {
    match (&args.scenario, args.ways.as_slice()) {
        (Some(_), []) => vec![Way::Wasm],
        (None, []) => Way::ALL.to_vec(),
        (_, named) => Way::ALL
            .into_iter()
            .filter(|way| named.contains(way))
            .collect(),
    }
}

fn groups(args: &BenchArgs) -> Vec<Group> {
    match args.groups.as_slice() {
        [] => Group::value_variants().to_vec(),
        named => named.to_vec(),
    }
}

/// Where this program was compiled.
fn own_sources() -> PathBuf {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR"));
    peer.parent().unwrap_or(peer).to_owned()
}

fn began() -> String {
    let seconds = Clock::system().since_epoch().as_secs();
    rfc3339(i64::try_from(seconds).unwrap_or(i64::MAX))
}
