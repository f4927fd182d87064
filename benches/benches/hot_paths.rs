//! The small things that every transaction pays for.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use criterion::{Criterion, criterion_group, criterion_main};
use selvedge_benches::{Endorsing, Network, OPERATIONS, Stage};
use selvedge_identity::{PrivateKey, tx_id};
use selvedge_ledger::{ParsedBlock, data_hash, header_hash};

fn crypto(criterion: &mut Criterion) {
    let key = PrivateKey::generate().unwrap();
    let message = vec![7; 2048];
    let signature = key.sign(&message).unwrap();
    let mut group = criterion.benchmark_group("crypto");
    group.bench_function("sign 2 KiB", |b| b.iter(|| key.sign(&message).unwrap()));
    group.bench_function("verify 2 KiB", |b| {
        b.iter(|| key.public_key().verify(&message, &signature).unwrap())
    });
    group.bench_function("transaction ID", |b| {
        b.iter(|| tx_id(&[9; 24], &message[..900]))
    });
    group.finish();
}

fn paths(criterion: &mut Criterion) {
    let network = Network::new().unwrap();
    let stage = Stage::new(&network).unwrap();
    let block = Endorsing::new(&network).block(2).unwrap().block;
    let parsed = ParsedBlock::parse(&block).unwrap();
    let mut group = criterion.benchmark_group("paths");
    for operation in &OPERATIONS {
        let name = format!("simulate natively: {}", operation.name);
        group.bench_function(name, |b| b.iter(|| stage.native(operation)));
    }
    group.bench_function("parse a block of 500", |b| {
        b.iter(|| ParsedBlock::parse(&block).unwrap())
    });
    group.bench_function("data hash of 500", |b| {
        b.iter(|| data_hash(&parsed.envelopes))
    });
    group.bench_function("header hash", |b| b.iter(|| header_hash(&parsed.header)));
    let member = network.first().unwrap();
    let user = member.user.serialized();
    let config = member.channel.config();
    group.bench_function("deserialize a known identity", |b| {
        b.iter(|| config.msps().deserialize(user).unwrap())
    });
    let identity = config.msps().deserialize(user).unwrap();
    let message = vec![1; 2048];
    let signature = member.user.sign(&message);
    identity.verify(&message, &signature).unwrap();
    group.bench_function("verify a signature again", |b| {
        b.iter(|| identity.verify(&message, &signature).unwrap())
    });
    group.finish();
}

criterion_group!(benches, crypto, paths);
criterion_main!(benches);
