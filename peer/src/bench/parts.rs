//! What the CPU time of an endorsement goes to, and how endorsements without gRPC scale over cores.

use super::load::Load;
use super::operations::{EMPTY, GET_PUT, Operation};
use super::record::Measure;
use super::setting::Setting;
use super::warm::micros;
use super::{Group, Live, Meter, Record, Way};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use cpu_time::ProcessTime;
use prost::Message as _;
use selvedge_protos::protos::SignedProposal;
use std::time::{Duration, Instant};

use super::live::CHANNEL;
use crate::endorser::Endorser;

const CLIENTS: usize = 32;
const PROPOSALS: usize = 320;

const VERIFY: Measure = Measure::new(Group::Parts, "signatures", "µs");
const EXECUTE: Measure = Measure::new(Group::Parts, "execute: checks, simulation, chaincode", "µs");
const RPC: Measure = Measure::new(Group::Parts, "RPC: gRPC, TLS, hand-over", "µs");

pub(super) fn measure(setting: &Setting<'_>, live: &Live, record: &mut Record) -> Result<()> {
    let (mut verify, mut sign) = (Vec::new(), Vec::new());
    let many = live.clients(CLIENTS)?;
    let endorser = live.endorser()?;
    for operation in [EMPTY, GET_PUT] {
        let mut taken: Vec<(Way, Vec<f64>, Vec<f64>)> = setting
            .ways
            .iter()
            .map(|way| (*way, Vec::new(), Vec::new()))
            .collect();
        for _ in 0..setting.pace.rounds {
            for (way, execute, rpc) in &mut taken {
                setting.doing(Group::Parts, way.title());
                let crypto = signatures(live, *way, &operation)?;
                verify.push(crypto[0]);
                sign.push(crypto[1]);
                let inside = inside(live, &endorser, *way, &operation)?;
                execute.push((inside - crypto[0] - crypto[1]).max(0.0));
                rpc.push((over(live, &many, *way, &operation)? - inside).max(0.0));
            }
        }
        for (way, execute, rpc) in &taken {
            record.add(&EXECUTE, operation.name, way.title(), execute);
            record.add(&RPC, operation.name, way.title(), rpc);
        }
    }
    record.add(&VERIFY, "verify a proposal", "P-256", &verify);
    record.add(&VERIFY, "sign an endorsement", "P-256", &sign);
    Ok(())
}

/// Microseconds of one verification and of one signature.
fn signatures(live: &Live, way: Way, operation: &Operation) -> Result<[f64; 2]> {
    const TIMES: usize = 50;
    let proposals = live.proposals(way.name(), operation.args, TIMES)?;
    let proposals: Vec<SignedProposal> = proposals
        .into_iter()
        .map(|bytes| Ok(SignedProposal::decode(bytes)?))
        .collect::<Result<_>>()?;
    let member = live.member()?;
    let peer = member.running.peer();
    let channel = peer
        .channel(CHANNEL)
        .context("the peer is on the channel")?;
    let config = channel.config();
    let identity = config.msps().deserialize(member.client.serialized())?;
    let (good, verifying) = Meter::Thread.time(|| {
        proposals.iter().all(|proposal| {
            identity
                .verify(&proposal.proposal_bytes, &proposal.signature)
                .is_ok()
        })
    });
    ensure!(good, "a proposal of our own has a bad signature");
    let ((), signing) = Meter::Thread.time(|| {
        for proposal in &proposals {
            std::hint::black_box(peer.signer().sign(&proposal.proposal_bytes));
        }
    });
    Ok([verifying, signing].map(|time| micros(time) / TIMES as f64))
}

/// CPU time of the peer for one endorsement without gRPC, with as many callers as there are cores.
fn inside(live: &Live, endorser: &Endorser, way: Way, operation: &Operation) -> Result<f64> {
    let callers = std::thread::available_parallelism().map_or(1, usize::from);
    let shares = shares(live, way, operation, callers)?;
    let start = ProcessTime::now();
    at_once(endorser, shares)?;
    Ok(micros(start.elapsed()) / PROPOSALS as f64)
}

fn over(live: &Live, load: &Load, way: Way, operation: &Operation) -> Result<f64> {
    let proposals = live.proposals(way.name(), operation.args, PROPOSALS)?;
    Ok(micros(load.send(&proposals)?.peer))
}

fn shares(live: &Live, way: Way, of: &Operation, callers: usize) -> Result<Vec<Vec<Bytes>>> {
    let proposals = live.proposals(way.name(), of.args, PROPOSALS)?;
    let size = proposals.len().div_ceil(callers.max(1)).max(1);
    Ok(proposals.chunks(size).map(<[Bytes]>::to_vec).collect())
}

/// Has each share endorsed by a thread of its own.
fn at_once(endorser: &Endorser, shares: Vec<Vec<Bytes>>) -> Result<Duration> {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let callers: Vec<_> = shares
            .into_iter()
            .map(|share| {
                scope.spawn(move || -> Result<()> {
                    for proposal in share {
                        let answer = endorser.process_proposal(proposal)?;
                        ensure!(answer.endorsement.is_some(), "not endorsed");
                    }
                    Ok(())
                })
            })
            .collect();
        callers.into_iter().try_for_each(|caller| {
            let ended = caller.join();
            ended.map_err(|_| anyhow::anyhow!("a caller panicked"))?
        })
    })?;
    Ok(start.elapsed())
}

const RATE: Measure = Measure::new(Group::Scaling, "endorsements", "1/s").more_is_better();

/// 1, 2, 4 and so on up to all cores.
pub(super) fn scaling(setting: &Setting<'_>, live: &Live, record: &mut Record) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut threads: Vec<usize> = std::iter::successors(Some(1), |n| Some(n * 2))
        .take_while(|n| *n < cores)
        .collect();
    threads.push(cores);
    let endorser = live.endorser()?;
    let mut taken: Vec<(usize, Vec<f64>)> = threads.iter().map(|n| (*n, Vec::new())).collect();
    for _ in 0..setting.pace.rounds {
        for (threads, rates) in &mut taken {
            setting.doing(Group::Scaling, &format!("{threads} threads"));
            let shares = shares(live, Way::Wasm, &GET_PUT, *threads)?;
            let wall = at_once(&endorser, shares)?;
            rates.push(PROPOSALS as f64 / wall.as_secs_f64());
        }
    }
    for (threads, rates) in &taken {
        let case = match threads {
            1 => "1 thread".to_owned(),
            more => format!("{more} threads"),
        };
        record.add(&RATE, &case, Way::Wasm.title(), rates);
    }
    Ok(())
}
