//! The hunt for nondeterminism.

use crate::contracts::careless;
use crate::panic_of;
use selvedge_testkit::{Backend, Network, Request};

fn careless(function: &str) -> Request {
    let network = Network::new();
    let careless = network.deploy("careless", careless::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    careless.request(&ann, function, ())
}

#[test]
fn an_unordered_map_is_caught() {
    let text = panic_of(|| careless("unordered").hunt(3));
    assert!(
        text.starts_with("ann: unordered() is not deterministic: run 1 (-) and run 2 (+) differ:"),
        "{text}"
    );
}

#[test]
fn a_clock_of_whole_seconds_is_caught() {
    let text = panic_of(|| careless("clock").hunt(2));
    assert!(text.contains("write time = "), "{text}");
}

#[test]
fn what_is_deterministic_passes_also_as_a_component() {
    careless("rows").hunt(3);
    let network = Network::new();
    let assets = network.deploy("basic", asset_transfer::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    assets.request(&ann, "InitLedger", ()).hunt_everywhere(2);
    let assets = network.deploy_on(Backend::Wasm, "basic", asset_transfer::CHAINCODE);
    let text = panic_of(|| assets.request(&ann, "InitLedger", ()).hunt(2));
    assert!(text.starts_with("basic is not deployed natively"), "{text}");
}
