//! A component and a native build of the same contract answer, read and write the same.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use script::CHAINCODE;
use selvedge_testkit::{Backend, Client, Deployed, Event, Network, Simulated};
use serde_json::{Value, json};

const NAME: &str = "script";
const COLLECTION: &str = "c";

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[abc]{1,2}",
        1 => Just(String::new()),
        1 => Just("é<&>\u{2028}".to_owned()),
        1 => Just("\u{0}a".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[0-9]{0,3}".prop_map(Value::from),
        Just(json!({"hex": "00ff"}))
    ]
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(key(), 0..4)
}

/// Values here are no objects, so it is their keys that queries go by.
fn selector(key: &str) -> String {
    json!({"selector": {"_id": {"$gte": key}}}).to_string()
}

fn operation() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (key(), value()).prop_map(|(k, v)| json!(["put", k, v])),
        4 => key().prop_map(|k| json!(["get", k])),
        2 => key().prop_map(|k| json!(["del", k])),
        1 => keys().prop_map(|k| json!(["getmulti", k])),
        1 => (key(), key()).prop_map(|(a, b)| json!(["copy", a, b])),
        1 => (key(), any::<i32>()).prop_map(|(k, n)| json!(["add", k, n])),
        2 => (key(), key()).prop_map(|(a, b)| json!(["range", a, b])),
        2 => (key(), key(), 0..4).prop_map(|(a, b, n)| json!(["rangen", a, b, n])),
        1 => (key(), key(), -1..4, key()).prop_map(|(a, b, n, m)| json!(["rangepage", a, b, n, m])),
        1 => (key(), key()).prop_map(|(a, b)| json!(["rangedel", a, b])),
        1 => (keys(), value()).prop_map(|(k, v)| json!(["ckput", "t", k, v])),
        1 => keys().prop_map(|k| json!(["ckrange", "t", k])),
        1 => (keys(), -1..3).prop_map(|(k, n)| json!(["ckpage", "t", k, n, ""])),
        1 => (key(), -1..3).prop_map(|(k, n)| json!(["richpage", selector(&k), n, ""])),
        2 => key().prop_map(|k| json!(["rich", selector(&k)])),
        1 => key().prop_map(|k| json!(["pvtrich", COLLECTION, selector(&k)])),
        1 => Just(json!(["rich", r#"{"selector":{},"sort":["a"]}"#])),
        1 => key().prop_map(|k| json!(["history", k])),
        1 => (key(), value()).prop_map(|(k, v)| json!(["setep", k, v])),
        1 => key().prop_map(|k| json!(["getep", k])),
        2 => (key(), value()).prop_map(|(k, v)| json!(["putpvt", COLLECTION, k, v])),
        1 => key().prop_map(|k| json!(["getpvt", COLLECTION, k])),
        1 => key().prop_map(|k| json!(["gethash", COLLECTION, k])),
        1 => (key(), key()).prop_map(|(a, b)| json!(["pvtrange", COLLECTION, a, b])),
        1 => key().prop_map(|k| json!(["purge", COLLECTION, k])),
        1 => key().prop_map(|k| json!(["getpvt", "nowhere", k])),
        1 => (key(), value()).prop_map(|(k, v)| json!(["event", k, v])),
        1 => Just(json!(["ts"])),
        1 => Just(json!(["creator"])),
        1 => Just(json!(["invoke", "nobody", "", []])),
    ]
}

fn script() -> impl Strategy<Value = Vec<Value>> {
    let batch = prop::collection::vec(operation(), 0..5).prop_map(|inner| json!(["batch", inner]));
    prop::collection::vec(prop_oneof![8 => operation(), 1 => batch], 0..8)
}

/// All that endorsers compare, with the transaction's own ID taken out.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: i32,
    message: String,
    payload: String,
    rwset: String,
    event: Option<Event>,
}

impl Outcome {
    fn of(simulated: &Simulated) -> Self {
        let response = simulated.response();
        Self {
            status: response.status,
            message: response.message.replace(simulated.tx_id(), "<txid>"),
            // An error of the peer arrives in hex when another chaincode is called.
            payload: simulated.text().replace(&hex(simulated.tx_id()), "<txid>"),
            rwset: simulated.rwset(),
            event: simulated.event().cloned(),
        }
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn run(network: &Network, backend: Backend, client: &Client, script: &str) -> Simulated {
    let deployed: Deployed = network.deploy_on(backend, NAME, CHAINCODE);
    deployed.call(client, "run", (script,))
}

#[test]
fn component_and_native_build_agree() {
    let network = Network::new();
    // Scripts say whatever Fabric lets one say.
    network.lenient();
    network.add_collection(NAME, COLLECTION);
    let ann = network.client("Org1MSP", "ann");
    let mut runner = TestRunner::new(Config {
        cases: 400,
        ..Config::default()
    });
    let agreed = runner.run(&script(), |script| {
        let script = serde_json::to_string(&script).unwrap();
        let native = run(&network, Backend::Native, &ann, &script);
        let wasm = run(&network, Backend::Wasm, &ann, &script);
        prop_assert_eq!(Outcome::of(&native), Outcome::of(&wasm));
        prop_assert_eq!(&native.results().public, &wasm.results().public);
        prop_assert_eq!(&native.results().private, &wasm.results().private);
        // The next script sees what this one wrote.
        if wasm.refusal().is_none() {
            prop_assert!(network.commit([&wasm])[0].is_valid());
        }
        Ok(())
    });
    agreed.unwrap();
    assert!(
        network.height() > 100,
        "too few scripts succeed: {}",
        network.height()
    );
}
