//! Endorsement: inside the peer, and end to end over gRPC and TLS on 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use criterion::{Criterion, criterion_group, criterion_main};
use selvedge_benches::{Network, OPERATIONS, Server, Stage};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn endorsement(criterion: &mut Criterion) {
    let network = Network::new().unwrap();
    let stage = Stage::new(&network).unwrap();
    let first = network.first().unwrap();
    let server = Server::start(first).unwrap();
    let clients = server.clients(1).unwrap();
    for operation in &OPERATIONS {
        let mut group = criterion.benchmark_group(format!("endorsement/{}", operation.name));
        group.measurement_time(Duration::from_secs(3));
        // Proposals are never used twice: a signature that was found good once is not checked again.
        let fresh = |times: u64| network.proposals(operation.args, times as usize).unwrap();
        group.bench_function("in the peer", |bencher| {
            bencher.iter_custom(|times| {
                let (endorser, proposals) = (Arc::clone(&first.endorser), fresh(times));
                let work = move || {
                    let start = Instant::now();
                    for proposal in proposals {
                        endorser.process_proposal(proposal).unwrap();
                    }
                    start.elapsed()
                };
                stage.on_worker(work).unwrap()
            })
        });
        group.bench_function("over gRPC, one client", |bencher| {
            bencher.iter_custom(|times| clients.send(&fresh(times)).unwrap().wall)
        });
        group.finish();
    }
}

criterion_group!(benches, endorsement);
criterion_main!(benches);
