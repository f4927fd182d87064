use super::callgrind::counted_by_callgrind;
use anyhow::{Result, ensure};
use selvedge_benches::{Endorsing, Network, OPERATIONS, Operation, Stage};
use selvedge_ledger::{ParsedBlock, data_hash, header_hash};
use selvedge_runtime::EngineConfig;
use std::hint::black_box;
use std::num::NonZeroUsize;

/// In the order in which [`run`] counts them, with how often each is done while it is counted.
pub(super) const PATHS: [(&str, u64); 14] = [
    ("simulate natively: empty", TIMES),
    ("simulate natively: 1 get, 1 put", TIMES),
    ("simulate natively: 100 gets", TIMES),
    ("simulate natively: range of 100", TIMES),
    ("invoke as Wasm: empty", TIMES),
    ("invoke as Wasm: 1 get, 1 put", TIMES),
    ("invoke as Wasm: 100 gets", TIMES),
    ("invoke as Wasm: range of 100", TIMES),
    ("endorse in the peer: 1 get, 1 put", TIMES),
    ("parse a block of 500", TIMES),
    ("data hash of 500", TIMES),
    ("header hash", TIMES),
    ("validate a block of 500, one endorsement each", 1),
    ("commit a block of 500, the ledger's part", 1),
];

/// What is counted is the mean of so many; all have been done before, so that nothing is counted that a peer does once.
const TIMES: u64 = 20;

pub(super) fn run() -> Result<()> {
    let network = Network::on(&engine())?;
    let stage = Stage::new(&network)?;
    for operation in &OPERATIONS {
        simulate(&stage, operation, Stage::native)?;
    }
    for operation in &OPERATIONS {
        simulate(&stage, operation, Stage::wasm)?;
    }
    endorse(&network, &stage)?;
    blocks(&network)
}

/// Valgrind has room for 64 GiB of address space, and every nested call reserves 4.
fn engine() -> EngineConfig {
    let mut config = EngineConfig {
        workers: NonZeroUsize::MIN,
        ..EngineConfig::default()
    };
    config.limits.depth = 2;
    config
}

/// On a thread of the engine, where a peer simulates.
fn simulate(
    stage: &Stage,
    operation: &'static Operation,
    way: fn(&Stage, &Operation) -> selvedge_benches::Outcome,
) -> Result<()> {
    let here = stage.clone();
    stage.on_worker(move || repeat(|| drop(black_box(way(&here, operation)))))
}

fn repeat(mut work: impl FnMut()) {
    for _ in 0..TIMES {
        work();
    }
    counted_by_callgrind(&mut || {
        for _ in 0..TIMES {
            work();
        }
    });
}

/// Proposals that were never seen, signed before.
fn endorse(network: &Network, stage: &Stage) -> Result<()> {
    let first = network.first()?;
    let [_, get_put, ..] = OPERATIONS;
    let proposals = network.proposals(get_put.args, 2 * TIMES as usize)?;
    let endorser = first.endorser.clone();
    let done = stage.on_worker(move || {
        let (mut good, mut proposals) = (true, proposals.into_iter());
        repeat(|| {
            let answer = proposals.next().map(|one| endorser.process_proposal(one));
            good &= answer.is_some_and(|answer| answer.is_ok_and(|it| it.endorsement.is_some()));
        });
        good
    })?;
    ensure!(done, "a proposal was not endorsed");
    Ok(())
}

fn blocks(network: &Network) -> Result<()> {
    // It endorsed nothing, and so verifies every signature.
    let judge = &network.observer;
    let mut endorsing = Endorsing::new(network);
    let block = endorsing.block(1)?;
    let parsed = ParsedBlock::parse(&block.block)?;
    repeat(|| drop(black_box(ParsedBlock::parse(&block.block))));
    repeat(|| _ = black_box(data_hash(&parsed.envelopes)));
    repeat(|| _ = black_box(header_hash(&parsed.header)));
    // Once: signatures that were found good are not verified again, and a block is committed once.
    let mut codes = Ok(Vec::new());
    counted_by_callgrind(&mut || codes = block.validate(judge, 1).map(|it| it.codes));
    let codes = codes?;
    let mut done = Ok(());
    counted_by_callgrind(&mut || done = block.commit_only(judge, codes.clone()));
    ensure!(
        codes.iter().all(|code| *code == 0),
        "a transaction is invalid"
    );
    done
}
