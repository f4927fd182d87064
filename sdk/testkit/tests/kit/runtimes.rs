//! One body on every runtime.

use crate::contracts::careless;
use crate::panic_of;
use asset_transfer::Asset;
use selvedge_testkit::{Backend, Deployed, EveryRuntime, Network};
use std::cell::Cell;

/// On native code and on the component.
#[selvedge_testkit::test(asset_transfer::CHAINCODE, name = "basic", organisations = ["Org1MSP", "Org2MSP"])]
fn an_asset_passes_on(network: &Network, assets: &Deployed) {
    assert_eq!(assets.name(), "basic");
    let ann = network.client("Org1MSP", "ann");
    assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    let transferred = assets.submit(&ann, "TransferAsset", ("a1", "bob"));
    assert_eq!(transferred.endorsers().len(), 2);
    let read: Asset = assets.evaluate(&ann, "ReadAsset", ("a1",)).unwrap();
    assert_eq!(read.owner, "bob");
}

#[test]
fn the_chat_stream_reads_and_writes_the_same() {
    EveryRuntime::new(asset_transfer::CHAINCODE)
        .on([Backend::Native, Backend::Stream])
        .run(|network, assets| {
            let ann = network.client("Org1MSP", "ann");
            assets.submit(&ann, "InitLedger", ());
            let all: Vec<Asset> = assets.evaluate(&ann, "GetAllAssets", ()).unwrap();
            assert_eq!(all.len(), 6);
            assets.submit(&ann, "TransferAsset", ("asset1", "bob"));
            assets
                .call(&ann, "ReadAsset", ("none",))
                .expect_refused(404, "none");
        });
}

#[test]
fn runtimes_that_differ_fail_the_test() {
    let twice = EveryRuntime::new(careless::CHAINCODE).on([Backend::Native, Backend::Native]);
    let text = panic_of(|| {
        twice.run(|network, careless| {
            network.lenient();
            careless.call(&network.client("Org1MSP", "ann"), "unordered", ());
        });
    });
    assert!(
        text.starts_with("ann: unordered(): Native (-) and Native (+) differ:"),
        "{text}"
    );
}

#[test]
fn bodies_that_differ_fail_the_test() {
    let twice = EveryRuntime::new(careless::CHAINCODE).on([Backend::Native, Backend::Native]);
    let runs = Cell::new(0);
    let text = panic_of(|| {
        twice.run(|network, careless| {
            runs.set(runs.get() + 1);
            let ann = network.client("Org1MSP", "ann");
            for _ in 0..runs.get() {
                careless.call(&ann, "get", ("k",));
            }
        });
    });
    assert!(
        text.contains("the test simulates 1 transactions on Native, 2 on Native"),
        "{text}"
    );
}
