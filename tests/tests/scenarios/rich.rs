//! Rich queries on a network of peers that follow CouchDB's rules: indexes come with packages, and stay.

use crate::harness::{Definition, Net, Plan, Runtime, on_every_runtime, results, script};
use selvedge_ledger::StateDatabase;
use serde_json::{Value, json};

on_every_runtime!(
    an_index_of_the_package_serves_its_chaincode,
    an_index_is_built_over_what_is_there_when_its_package_comes,
    what_couchdb_cannot_hold_is_refused_on_every_peer,
);

const PLACE: &str = "META-INF/statedb/couchdb/indexes/size.json";
const INDEX: &str =
    r#"{"index":{"fields":["owner","size"]},"ddoc":"sizeDoc","name":"size","type":"json"}"#;
const SORTED: &str = r#"{"selector":{"owner":"tom"},"sort":[{"size":"desc"}]}"#;

fn net(runtime: Runtime) -> Net {
    let plan = Plan {
        runtime,
        organisations: 2,
        batch: 10,
    };
    Net::start_on(&plan, StateDatabase::CouchDb)
}

fn fill(net: &Net) {
    let marbles = json!([
        ["put", "m1", r#"{"owner":"tom","size":1}"#],
        ["put", "m2", r#"{"size":3,"owner":"tom"}"#],
        ["put", "m3", r#"{"owner":"jerry","size":2}"#],
    ]);
    assert!(net.submit(&script(&marbles)).is_valid());
}

/// Keys of the rows that every peer finds.
fn found(net: &Net, query: &str) -> Result<Vec<String>, String> {
    let call = script(&json!([["rich", query]]));
    let answers = (0..net.size()).map(|peer| {
        let response = net.query(peer, &call).response.unwrap();
        if response.status >= 400 {
            let cause = response.message.split("Error:").nth(1);
            return Err(cause.unwrap_or(&response.message).to_owned());
        }
        let rows = results(&response.payload)[0].clone();
        let key = |row: &Value| {
            let key = hex::decode(row[0].as_str().unwrap()).unwrap();
            String::from_utf8(key).unwrap()
        };
        Ok(rows.as_array().unwrap().iter().map(key).collect())
    });
    let mut answers: Vec<_> = answers.collect();
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    answers.pop().unwrap()
}

fn an_index_of_the_package_serves_its_chaincode(runtime: Runtime) {
    let mut net = net(runtime);
    let with_index = runtime.script_package_with("script_1", &[(PLACE, INDEX)]);
    net.deploy(&Definition::new("script"), &with_index);
    fill(&net);
    assert_eq!(found(&net, SORTED).unwrap(), ["m2", "m1"]);
    net.restart(0);
    assert_eq!(found(&net, SORTED).unwrap(), ["m2", "m1"]);
    net.next_is_right();
}

fn an_index_is_built_over_what_is_there_when_its_package_comes(runtime: Runtime) {
    let net = net(runtime);
    let without = runtime.script_package("script_1");
    net.deploy(&Definition::new("script"), &without);
    fill(&net);
    let refused = found(&net, SORTED).unwrap_err();
    assert!(
        refused.starts_with("no_usable_index,  Status Code:400"),
        "{refused}"
    );
    let with_index = runtime.script_package_with("script_2", &[(PLACE, INDEX)]);
    net.deploy(&Definition::new("script").sequence(2, "2.0"), &with_index);
    assert_eq!(found(&net, SORTED).unwrap(), ["m2", "m1"]);
}

fn what_couchdb_cannot_hold_is_refused_on_every_peer(runtime: Runtime) {
    let net = net(runtime);
    net.deploy(
        &Definition::new("script"),
        &runtime.script_package("script_1"),
    );
    let (_, message) = net.refusal(&script(&json!([["put", "k", r#"{"_id":1}"#]])));
    assert!(
        message.contains("PUT_STATE failed: transaction ID: TX: field [_id] is not valid for the CouchDB state database"),
        "{message}"
    );
}
