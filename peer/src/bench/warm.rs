//! Endorsements over gRPC and TLS, of chaincode that is running: by operation, and by the number of clients.

use super::load::{Cost, Load};
use super::operations::{GET_PUT, OPERATIONS, Operation};
use super::record::Measure;
use super::setting::Setting;
use super::{Group, Live, Record, Way};
use anyhow::{Context, Result};
use std::time::Duration;

/// As the baseline figures for Go were taken.
const CLIENTS: usize = 32;

const LATENCY: Measure = Measure::new(Group::Warm, "latency, one client", "µs");
const PEER: Measure = Measure::new(Group::Warm, "CPU of the peer, 32 clients", "µs");
const CHAINCODE: Measure = Measure::new(Group::Warm, "CPU of the chaincode's process", "µs");
const BOTH: Measure = Measure::new(Group::Warm, "CPU of both, 32 clients", "µs");
const RATE: Measure = Measure::new(Group::Warm, "throughput, 32 clients", "1/s").more_is_better();

pub(super) fn by_operation(setting: &Setting<'_>, live: &Live, record: &mut Record) -> Result<()> {
    let (one, many) = (live.clients(1)?, live.clients(CLIENTS)?);
    let keys = setting.pace.keys;
    for operation in OPERATIONS.iter().filter(|it| it.keys <= keys) {
        setting.doing(Group::Warm, operation.name);
        let mut taken = tracks(setting, live, &[&one, &many], operation)?;
        for _ in 0..setting.pace.rounds {
            for track in &mut taken {
                track.round(live)?;
            }
        }
        for track in &taken {
            let (case, column) = (operation.name, track.way.title());
            if track.load.clients() == 1 {
                record.add(&LATENCY, case, column, &track.latencies(50));
                continue;
            }
            let outside = track.chaincode();
            let all = outside.first().copied().unwrap_or(0.0);
            record.add(&PEER, case, column, &track.each(|cost| micros(cost.peer)));
            record.add(&CHAINCODE, case, column, &outside);
            record.add(
                &BOTH,
                case,
                column,
                &track.each(|cost| micros(cost.peer) + all),
            );
            record.add(&RATE, case, column, &track.each(Cost::rate));
        }
    }
    Ok(())
}

const AT_ONCE: [usize; 3] = [1, 8, CLIENTS];
const AT_ONCE_RATE: Measure =
    Measure::new(Group::Concurrency, "throughput", "1/s").more_is_better();
const MEDIAN: Measure = Measure::new(Group::Concurrency, "latency, median", "µs");
const TAIL: Measure = Measure::new(Group::Concurrency, "latency, 95 of 100 below", "µs");

pub(super) fn by_clients(setting: &Setting<'_>, live: &Live, record: &mut Record) -> Result<()> {
    for clients in AT_ONCE {
        let case = format!("{clients} clients");
        setting.doing(Group::Concurrency, &case);
        let load = live.clients(clients)?;
        let mut taken = tracks(setting, live, &[&load], &GET_PUT)?;
        for _ in 0..setting.pace.rounds {
            for track in &mut taken {
                track.round(live)?;
            }
        }
        for track in &taken {
            let column = track.way.title();
            record.add(&AT_ONCE_RATE, &case, column, &track.each(Cost::rate));
            record.add(&MEDIAN, &case, column, &track.latencies(50));
            record.add(&TAIL, &case, column, &track.latencies(95));
        }
    }
    Ok(())
}

/// One operation in one way, round after round.
struct Track<'l> {
    way: Way,
    load: &'l Load,
    args: &'static [&'static str],
    /// How many proposals a round has.
    count: usize,
    costs: Vec<Cost>,
    outside: Duration,
}

/// Every way with every load, warmed up.
fn tracks<'l>(
    setting: &Setting<'_>,
    live: &Live,
    loads: &[&'l Load],
    operation: &Operation,
) -> Result<Vec<Track<'l>>> {
    let mut tracks = Vec::new();
    for load in loads {
        for way in &setting.ways {
            let track = Track::begin(live, *way, load, operation, setting.pace.slice);
            let told = || format!("{} as {}", operation.name, way.title());
            tracks.push(track.with_context(told)?);
        }
    }
    Ok(tracks)
}

impl<'l> Track<'l> {
    fn begin(
        live: &Live,
        way: Way,
        load: &'l Load,
        operation: &Operation,
        slice: Duration,
    ) -> Result<Self> {
        // A first round of a few says how many fit.
        const FEW: usize = 4;
        const MOST: usize = 4_000;
        let few = load.clients().max(FEW);
        let proposals = live.proposals(way.name(), operation.args, few)?;
        let cost = load.send(&proposals)?;
        let fit = slice.as_secs_f64() * cost.rate();
        Ok(Self {
            way,
            load,
            args: operation.args,
            count: (fit as usize).clamp(few, MOST),
            costs: Vec::new(),
            outside: Duration::ZERO,
        })
    }

    fn round(&mut self, live: &Live) -> Result<()> {
        let proposals = live.proposals(self.way.name(), self.args, self.count)?;
        let processes = live.processes(self.way.name());
        let before = processes.cpu();
        self.costs.push(self.load.send(&proposals)?);
        self.outside += processes.cpu().saturating_sub(before);
        Ok(())
    }

    fn each(&self, of: impl Fn(&Cost) -> f64) -> Vec<f64> {
        self.costs.iter().map(of).collect()
    }

    fn latencies(&self, percent: usize) -> Vec<f64> {
        self.each(|cost| micros(cost.latency(percent)))
    }

    /// Over all rounds: one alone is often shorter than a step of the clock.
    fn chaincode(&self) -> Vec<f64> {
        if self.way == Way::Wasm {
            return Vec::new();
        }
        let proposals = self.count * self.costs.len();
        vec![micros(self.outside) / proposals.max(1) as f64]
    }
}

pub(super) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
