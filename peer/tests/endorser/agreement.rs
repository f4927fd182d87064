//! Two organisations' peers endorse the same proposal with the same bytes, whatever the chaincode does: one runs it as
//! a native function, the other as a Wasm component.

use crate::{
    network::{Network, identity, script},
    organisation::ScriptRuntime,
};
use proptest::{prelude::*, test_runner::TestRunner};

/// One operation of the script language. Keys are few so that reads, writes and ranges meet.
fn operation() -> impl Strategy<Value = serde_json::Value> {
    let key = prop_oneof![
        Just("k01".to_owned()),
        "[a-e][0-9]?",
        Just(String::new()),
        "\\PC{1,3}"
    ];
    let bound = prop_oneof![Just(String::new()), "[a-z]{1,2}", Just("k".to_owned())];
    let collection =
        prop::sample::select(vec!["collA", "collB", "nocoll", "_implicit_org_Org1MSP"]);
    let value = prop_oneof!["[a-z]{0,4}", Just(String::new())];
    prop_oneof![
        (key.clone(), value.clone()).prop_map(|(k, v)| serde_json::json!(["put", k, v])),
        key.clone().prop_map(|k| serde_json::json!(["get", k])),
        key.clone().prop_map(|k| serde_json::json!(["del", k])),
        prop::collection::vec(key.clone(), 0..4)
            .prop_map(|keys| serde_json::json!(["getmulti", keys])),
        (bound.clone(), bound.clone()).prop_map(|(s, e)| serde_json::json!(["range", s, e])),
        (bound.clone(), bound.clone(), 0..5)
            .prop_map(|(s, e, n)| serde_json::json!(["rangen", s, e, n])),
        (bound.clone(), bound, 1..5).prop_map(|(s, e, n)| serde_json::json!([
            "rangepage",
            s,
            e,
            n,
            ""
        ])),
        (collection.clone(), key.clone(), value)
            .prop_map(|(c, k, v)| serde_json::json!(["putpvt", c, k, v])),
        (collection, key.clone()).prop_map(|(c, k)| serde_json::json!(["getpvthash", c, k])),
        key.clone().prop_map(|k| serde_json::json!(["history", k])),
        key.clone().prop_map(|k| {
            let inner = serde_json::json!([["get", k], ["put", k, "inner"]]).to_string();
            serde_json::json!(["invoke", "cc2", "", ["run", inner]])
        }),
        key.prop_map(|k| serde_json::json!(["event", k, "payload"])),
        Just(serde_json::json!(["binding"])),
        Just(serde_json::json!(["ts"])),
    ]
}

#[test]
fn both_peers_sign_the_same_bytes() {
    let mut network = Network::on(&[
        ("Org1", ScriptRuntime::Native),
        ("Org2", ScriptRuntime::Wasm),
    ]);
    let signer = identity("Org1", "User1");
    let mut endorsed = 0;
    let network = std::cell::RefCell::new(&mut network);
    let endorsed_cell = std::cell::RefCell::new(&mut endorsed);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 256,
        ..ProptestConfig::default()
    });
    let scripts = prop::collection::vec(operation(), 0..8);
    let outcome = runner.run(&scripts, |operations| {
        let mut network = network.borrow_mut();
        let call = script("kv", &serde_json::Value::Array(operations).to_string());
        let proposal = network.sign(&call, &signer);
        let (one, other) = (
            network.ask("Org1", &proposal).unwrap(),
            network.ask("Org2", &proposal).unwrap(),
        );
        prop_assert_eq!(&one.response, &other.response);
        prop_assert_eq!(&one.payload, &other.payload);
        prop_assert_eq!(&one.interest, &other.interest);
        prop_assert_eq!(one.endorsement.is_some(), other.endorsement.is_some());
        **endorsed_cell.borrow_mut() += u32::from(one.endorsement.is_some());
        Ok(())
    });
    outcome.unwrap();
    assert!(endorsed > 30, "the scripts succeed too seldom: {endorsed}");
}
