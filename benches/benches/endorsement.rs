//! Endorsement: inside the peer, and end to end over gRPC and TLS on 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use criterion::{Criterion, criterion_group, criterion_main};
use selvedge_benches::OPERATIONS;
use selvedge_peer::bench::{Artifacts, Live, LivePlan, Progress, Way};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// Name of the chaincode.
const WASM: &str = "wasm";

fn endorsement(criterion: &mut Criterion) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (artifacts, ..) = Artifacts::prepare(&repository, &[Way::Wasm], &Progress::new()).unwrap();
    let artifacts = Arc::new(artifacts);
    let live = Live::start(&LivePlan::default(), &artifacts).unwrap();
    live.deploy(WASM, &artifacts.package(Way::Wasm, 0).unwrap())
        .unwrap();
    live.fill(WASM, 500).unwrap();
    let endorser = Arc::new(live.endorser().unwrap());
    let clients = live.clients(1).unwrap();
    for operation in &OPERATIONS {
        let mut group = criterion.benchmark_group(format!("endorsement/{}", operation.name));
        group.measurement_time(Duration::from_secs(3));
        // Proposals are never used twice: a signature that was found good once is not checked again.
        let fresh = |times: u64| {
            live.proposals(WASM, operation.args, times as usize)
                .unwrap()
        };
        group.bench_function("in the peer", |bencher| {
            bencher.iter_custom(|times| {
                let (endorser, proposals) = (Arc::clone(&endorser), fresh(times));
                let (sender, receiver) = sync_channel(1);
                let work = move || {
                    let start = Instant::now();
                    for proposal in proposals {
                        endorser.process_proposal(proposal).unwrap();
                    }
                    sender.send(start.elapsed()).unwrap();
                };
                live.engine().workers().spawn(work).unwrap();
                receiver.recv().unwrap()
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
