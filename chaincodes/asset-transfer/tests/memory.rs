//! A component whose memory does not grow can be instantiated and dropped without locking the whole process.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use asset_transfer::{Asset, CHAINCODE};
use selvedge_runtime::{EngineConfig, Limits, WasmEngine};
use selvedge_testkit::{Network, component};
use wasmparser::{Parser, Payload};

const PAGE: usize = 64 << 10;

/// Bytes of the component's memory when it is instantiated.
fn initial_memory(component: &[u8]) -> usize {
    let payloads = Parser::new(0).parse_all(component);
    let memories = payloads.filter_map(|payload| match payload.unwrap() {
        Payload::MemorySection(section) => Some(section),
        _ => None,
    });
    let pages = memories
        .flatten()
        .map(|memory| memory.unwrap().initial)
        .max()
        .unwrap();
    usize::try_from(pages).unwrap() * PAGE
}

#[test]
fn a_typical_invocation_does_not_grow_memory() {
    let component = component(&CHAINCODE);
    let limits = Limits {
        memory: initial_memory(&component),
        ..Limits::default()
    };
    let engine = WasmEngine::new(&EngineConfig {
        limits,
        ..EngineConfig::default()
    })
    .unwrap();
    let network = Network::new();
    let assets = network.deploy_executable("basic", engine.load(&component).unwrap());
    let ann = network.client("Org1MSP", "ann");
    assets.submit(&ann, "InitLedger", ());
    for n in 0..50 {
        let id = format!("many{n:02}");
        assets.submit(&ann, "CreateAsset", (&id, "blue", 5, "ann", 300));
    }
    assets.submit(&ann, "TransferAsset", ("asset1", "bob"));
    let all: Vec<Asset> = assets.evaluate(&ann, "GetAllAssets", ()).unwrap();
    assert_eq!(all.len(), 56);
    assert_eq!(
        assets.call(&ann, "ReadAsset", ("none",)).response().status,
        404
    );
    // More than the arena holds does need growth, which this engine refuses: the limit above is a real one.
    let large = "x".repeat(1 << 20);
    let refused = assets.call(&ann, "CreateAsset", ("large", large, 5, "ann", 300));
    assert_eq!(
        refused.refusal(),
        Some((
            500,
            "chaincode failed: the transaction exceeded its memory limit"
        ))
    );
}
