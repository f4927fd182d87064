//! Blocks of 500 transactions, endorsed by one organisation and by two: signatures and policies, and the ledger's part.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use selvedge_benches::{Endorsing, KEYS, Network};
use std::collections::BTreeSet;
use std::time::Duration;

fn commit(criterion: &mut Criterion) {
    let network = Network::new().unwrap();
    let judge = &network.observer;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut endorsing = Endorsing::new(&network);
    let mut group = criterion.benchmark_group("commit of 500 transactions");
    group
        .throughput(Throughput::Elements(KEYS.into()))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    // Every measurement has a block of its own: a signature that was found good once is not checked again. Making one
    // takes longer than judging it, so there is one at a time.
    for endorsements in [1, 2] {
        for threads in BTreeSet::from([1, threads]) {
            let name = format!("validate, {endorsements} endorsed, {threads} threads");
            group.bench_function(name, |bencher| {
                bencher.iter_batched(
                    || endorsing.block(endorsements).unwrap(),
                    |block| block.validate(judge, threads).unwrap(),
                    BatchSize::PerIteration,
                )
            });
        }
        group.bench_function(format!("ledger only, {endorsements} endorsed"), |bencher| {
            bencher.iter_batched(
                || endorsing.block(endorsements).unwrap(),
                |block| block.commit_only(judge, vec![0; KEYS as usize]).unwrap(),
                BatchSize::PerIteration,
            )
        });
        group.bench_function(
            format!("validate and commit, {endorsements} endorsed"),
            |bencher| {
                bencher.iter_batched(
                    || endorsing.block(endorsements).unwrap().block,
                    |block| judge.commit(block).unwrap(),
                    BatchSize::PerIteration,
                )
            },
        );
    }
    group.finish();
}

criterion_group!(benches, commit);
criterion_main!(benches);
