//! Installing a contract, and starting a peer that has many packages.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use criterion::{BatchSize, Criterion, SamplingMode, criterion_group, criterion_main};
use selvedge_peer::lifecycle::InstalledIndex;
use selvedge_runtime::{
    CacheConfig, EngineConfig, PackageSource, PackageStore, Runtimes, WasmEngine,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const MANY: usize = 10_000;

/// An engine that keeps what it compiles below `cache`, and an empty store.
fn runtimes(cache: &Path) -> (TempDir, Runtimes) {
    let config = EngineConfig {
        cache: Some(CacheConfig {
            dir: cache.to_owned(),
            fresh_key: [7; 32],
        }),
        ..EngineConfig::default()
    };
    let engine = WasmEngine::new(&config).unwrap();
    let store = TempDir::new().unwrap();
    let packages = PackageStore::open(store.path()).unwrap();
    (store, Runtimes::new(packages, vec![Arc::new(engine)]))
}

fn install(criterion: &mut Criterion) {
    let component = selvedge_testkit::component(&bench_contract::CHAINCODE).to_vec();
    let size = component.len() / 1024;
    let package = PackageSource::wasm("bench_1", component, BTreeMap::new());
    let package = package.write().unwrap();
    let mut group = criterion.benchmark_group(format!("install of a contract of {size} KiB"));
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.bench_function("compiled", |bencher| {
        bencher.iter_batched(
            || {
                let cache = TempDir::new().unwrap();
                let made = runtimes(cache.path());
                (cache, made)
            },
            |(cache, (store, runtimes))| {
                runtimes.install(&package).unwrap();
                (cache, store, runtimes)
            },
            BatchSize::PerIteration,
        )
    });
    let cache = TempDir::new().unwrap();
    runtimes(cache.path()).1.install(&package).unwrap();
    group.bench_function("found in the cache", |bencher| {
        bencher.iter_batched(
            || runtimes(cache.path()),
            |(store, runtimes)| {
                runtimes.install(&package).unwrap();
                (store, runtimes)
            },
            BatchSize::PerIteration,
        )
    });
    group.finish();
}

/// What a start does with the packages: it lists them. Their content does not matter, nothing reads it.
fn start(criterion: &mut Criterion) {
    let dir = TempDir::new().unwrap();
    for n in 0..MANY {
        std::fs::write(dir.path().join(format!("kv_{n}.{n:064x}.tar.gz")), b"").unwrap();
    }
    criterion.bench_function("start with 10,000 packages", |bencher| {
        bencher.iter(|| {
            let store = PackageStore::open(dir.path()).unwrap();
            InstalledIndex::open(&Runtimes::new(store, Vec::new())).unwrap()
        })
    });
}

criterion_group!(benches, install, start);
criterion_main!(benches);
