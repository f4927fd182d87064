//! What a test of a contract costs its author: one transaction simulated, endorsed by two organisations and as a
//! component, and a whole small test with a network of its own.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use bench_contract::CHAINCODE;
use cpu_time::ProcessTime;
use criterion::{Bencher, Criterion, SamplingMode, criterion_group, criterion_main};
use selvedge_testkit::{Backend, Network, Request};
use std::hint::black_box;
use std::time::Duration;

fn request(network: &Network, backend: Backend) -> Request {
    let contract = network.deploy_on(backend, "bench", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    contract.request(&ann, "get-put", ("7",))
}

/// CPU time of all threads: tests run beside each other, and a component runs on a thread of the engine's.
fn cpu_time(bencher: &mut Bencher<'_>, run: impl Fn()) {
    bencher.iter_custom(|times| {
        let start = ProcessTime::now();
        (0..times).for_each(|_| run());
        start.elapsed()
    });
}

fn testkit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("test kit");
    // Networks remember what they simulated: short measurements keep that small.
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let organisations = || Network::with_organisations(["Org1MSP", "Org2MSP"]);
    let cases = [
        (
            "1 get, 1 put, native, simulated twice",
            Network::new(),
            Backend::Native,
        ),
        (
            "1 get, 1 put, native, two organisations",
            organisations(),
            Backend::Native,
        ),
        ("1 get, 1 put, Wasm", Network::new(), Backend::Wasm),
        (
            "1 get, 1 put, Wasm, two organisations",
            organisations(),
            Backend::Wasm,
        ),
    ];
    for (name, network, backend) in cases {
        let request = request(&network, backend);
        request.simulate().expect_ok();
        group.bench_function(name, |bencher| {
            cpu_time(bencher, || drop(black_box(request.simulate())));
        });
    }
    group.bench_function("a test: a network, a chaincode, three blocks", |bencher| {
        cpu_time(bencher, || {
            let network = Network::new();
            let request = request(&network, Backend::Native);
            for _ in 0..3 {
                request.submit();
            }
        });
    });
    group.finish();
}

criterion_group!(benches, testkit);
criterion_main!(benches);
