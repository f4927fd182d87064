//! What READY offers: requests that carry several keys, where the peer says so and in the sizes it says, and one by one
//! where it does not. Either way the same bytes are endorsed. A component has no stream and nothing to be offered.

use crate::harness::{Definition, Net, Plan, Runtime, on_every_stream, results, script};
use selvedge_ledger::StateDatabase;
use selvedge_peer::node::NodeOptions;
use selvedge_stream::Batching;
use serde_json::{Value, json};
use std::sync::Arc;

on_every_stream!(several_keys_go_together_only_where_the_peer_offers_it);

const KEYS: u64 = 250;

/// The first organisation's peer offers both, a hundred keys at a time; the second's nothing.
fn tune(options: &mut NodeOptions) {
    let offers = options.local_msp.id() == "Org1MSP";
    options.chaincode.batching = Batching {
        use_write_batch: offers,
        use_get_multiple_keys: offers,
        max_size_write_batch: 100,
        max_size_get_multiple_keys: 100,
    };
}

fn several_keys_go_together_only_where_the_peer_offers_it(runtime: Runtime) {
    let plan = Plan {
        runtime,
        organisations: 2,
        batch: 10,
    };
    let net = Net::start_tuned(&plan, StateDatabase::default(), |_| {}, Arc::new(tune));
    let package = runtime.script_package("script_1");
    let id = net.deploy(&Definition::new("script"), &package);
    let keys: Vec<String> = (0..KEYS).map(|n| format!("k{n:03}")).collect();
    let puts: Vec<Value> = keys.iter().map(|key| json!(["put", key, "v"])).collect();
    // Peers that read and wrote otherwise could not endorse one transaction.
    let wrote = net.endorse(&script(&json!([["batch", puts], ["del", "k001"]])));
    assert!(net.order(&[&wrote])[0].is_valid());
    let read = net.endorse(&script(&json!([["getmulti", keys]])));
    assert!(net.order(&[&read])[0].is_valid());
    let found = results(&read.payload)[0].as_array().unwrap().clone();
    let expected: Vec<Value> = (0..KEYS)
        .map(|n| match n {
            1 => Value::Null,
            _ => json!("76"),
        })
        .collect();
    assert_eq!(found, expected);

    let made = |peer: usize| {
        let kinds = [
            "WRITE_BATCH_STATE",
            "PUT_STATE",
            "GET_STATE_MULTIPLE",
            "GET_STATE",
        ];
        kinds.map(|kind| net.requests(peer, &id, kind))
    };
    assert_eq!(made(0), [3, 0, 3, 0]);
    assert_eq!(made(1), [0, KEYS, 0, KEYS]);
}
