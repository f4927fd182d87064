//! A Wasm invocation against a direct call of the same Rust contract, both into the same simulator.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use criterion::{Criterion, criterion_group, criterion_main};
use selvedge_benches::{Network, OPERATIONS, Stage};
use std::hint::black_box;
use std::time::Instant;

fn invocation(criterion: &mut Criterion) {
    let network = Network::new().unwrap();
    let stage = Stage::new(&network).unwrap();
    for operation in &OPERATIONS {
        let mut group = criterion.benchmark_group(format!("invocation/{}", operation.name));
        // Both on a thread of the engine, where a peer simulates; the measuring thread only waits.
        for (name, wasm) in [("native", false), ("wasm", true)] {
            let stage = stage.clone();
            group.bench_function(name, move |bencher| {
                bencher.iter_custom(|times| {
                    let inner = stage.clone();
                    let work = move || {
                        let start = Instant::now();
                        for _ in 0..times {
                            black_box(if wasm {
                                inner.wasm(operation)
                            } else {
                                inner.native(operation)
                            });
                        }
                        start.elapsed()
                    };
                    stage.on_worker(work).unwrap()
                })
            });
        }
        group.bench_function("wasm, handed over", |bencher| {
            bencher.iter(|| stage.wasm(operation))
        });
        group.finish();
    }
}

criterion_group!(benches, invocation);
criterion_main!(benches);
