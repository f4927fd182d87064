//! What a chaincode may ask of its peer, on a network of three organisations: private data and who may see it, how long it
//! lives, and policies of single keys.

use crate::harness::{Definition, Net, Plan, Runtime, on_every_runtime, results, script, sign};
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

on_every_runtime!(
    private_data_is_with_its_members_and_its_hash_with_everybody,
    a_closed_collection_is_for_members_only,
    data_goes_when_its_blocks_are_over,
    a_keys_own_policy_takes_the_place_of_the_chaincodes,
    history_pages_and_batches_agree_on_every_peer,
);

/// Of all three, the first two are members of every collection.
fn net(runtime: Runtime) -> Net {
    let net = Net::start(&Plan {
        runtime,
        organisations: 3,
        batch: 10,
    });
    let definition = Definition::new("script")
        .with_collection("shared", 2)
        .with_collection_as("closed", 2, |collection| {
            collection.member_only_read = true;
            collection.member_only_write = true;
        })
        .with_collection_as("brief", 2, |collection| collection.block_to_live = 1);
    net.deploy(&definition, &runtime.script_package("script_1"));
    net
}

/// What a peer finds for a user of the first organisation.
fn ask(net: &Net, peer: usize, operations: Value) -> Value {
    let response = net.query(peer, &script(&operations)).response.unwrap();
    assert_eq!(response.status, 200, "{}", response.message);
    results(&response.payload)
}

/// The refusal that a user of `member` gets from the first peer.
fn denied(net: &Net, member: usize, operation: Value) -> String {
    let proposal = sign(&script(&json!([operation])), net.user(member));
    let response = net.ask(0, &proposal.signed).unwrap().response.unwrap();
    assert!(response.status >= 400, "{response:?}");
    response.message.replace(&proposal.tx_id, "TX")
}

/// Endorsed by the members, ordered, and committed everywhere.
fn submit(net: &Net, operations: Value) -> Code {
    let endorsed = net.endorse_by(&[0, 1], &script(&operations), net.user(0));
    net.order(&[&endorsed])[0].code
}

fn private_data_is_with_its_members_and_its_hash_with_everybody(runtime: Runtime) {
    let net = net(runtime);
    let put = json!([
        ["putpvt", "shared", "a", "1"],
        ["putpvt", "shared", "b", "2"]
    ]);
    assert_eq!(submit(&net, put), Code::Valid);
    let hash = hex::encode(Sha256::digest("1"));
    for peer in 0..3 {
        let found = ask(
            &net,
            peer,
            json!([["gethash", "shared", "a"], ["gethash", "shared", "z"]]),
        );
        assert_eq!(found, json!([hash, null]));
    }
    let everything = json!([
        ["getpvt", "shared", "a"],
        ["getpvtmulti", "shared", ["b", "z"]],
        ["pvtrange", "shared", "", ""]
    ]);
    let rows = json!([["61", "31"], ["62", "32"]]);
    for member in 0..2 {
        let found = ask(&net, member, everything.clone());
        assert_eq!(found, json!(["31", ["32", null], rows]));
    }
    // Who has the hash and not the value cannot answer; a range knows nothing of hashes.
    let text = denied_by(&net, 2, json!(["getpvt", "shared", "a"]));
    assert!(
        text.contains("private data matching public hash version is not available. Public hash version = {BlockNum: "),
        "{text}"
    );
    assert_eq!(
        ask(&net, 2, json!([["pvtrange", "shared", "", ""]])),
        json!([[]])
    );

    let remove = json!([["delpvt", "shared", "a"], ["purge", "shared", "b"]]);
    assert_eq!(submit(&net, remove), Code::Valid);
    for peer in 0..3 {
        let gone = ask(
            &net,
            peer,
            json!([["getpvt", "shared", "a"], ["gethash", "shared", "b"]]),
        );
        assert_eq!(gone, json!([null, null]));
    }
}

fn denied_by(net: &Net, peer: usize, operation: Value) -> String {
    net.refusal_of(peer, &script(&json!([operation]))).1
}

fn a_closed_collection_is_for_members_only(runtime: Runtime) {
    let net = net(runtime);
    assert_eq!(
        submit(&net, json!([["putpvt", "closed", "a", "1"]])),
        Code::Valid
    );
    assert_eq!(
        ask(&net, 0, json!([["getpvt", "closed", "a"]])),
        json!(["31"])
    );
    let text = |operation: &str, request: &str, access: &str| {
        format!(
            "op 0: {operation}: {request} failed: transaction ID: TX: tx creator does not have {access} access permission on privatedata in chaincodeName:script collectionName: closed"
        )
    };
    for (operation, request, access) in [
        (json!(["getpvt", "closed", "a"]), "GET_STATE", "read"),
        (
            json!(["getpvtmulti", "closed", ["a"]]),
            "GET_STATE_MULTIPLE",
            "read",
        ),
        (
            json!(["pvtrange", "closed", "", ""]),
            "GET_STATE_BY_RANGE",
            "read",
        ),
        (
            json!(["pvtrich", "closed", "{}"]),
            "GET_QUERY_RESULT",
            "read",
        ),
        (
            json!(["getpvtep", "closed", "a"]),
            "GET_STATE_METADATA",
            "read",
        ),
        (json!(["putpvt", "closed", "a", "2"]), "PUT_STATE", "write"),
        (json!(["delpvt", "closed", "a"]), "DEL_STATE", "write"),
        (
            json!(["purge", "closed", "a"]),
            "PURGE_PRIVATE_DATA",
            "write",
        ),
        (
            json!(["setpvtep", "closed", "a", "x"]),
            "PUT_STATE_METADATA",
            "write",
        ),
    ] {
        let name = operation[0].as_str().unwrap().to_owned();
        assert_eq!(denied(&net, 2, operation), text(&name, request, access));
    }
    // The hash is public.
    let proposal = sign(&script(&json!([["gethash", "closed", "a"]])), net.user(2));
    let answer = net.ask(0, &proposal.signed).unwrap().response.unwrap();
    assert_eq!(
        results(&answer.payload),
        json!([hex::encode(Sha256::digest("1"))])
    );
}

fn data_goes_when_its_blocks_are_over(runtime: Runtime) {
    let net = net(runtime);
    assert_eq!(
        submit(&net, json!([["putpvt", "brief", "a", "1"]])),
        Code::Valid
    );
    let both = json!([["getpvt", "brief", "a"], ["gethash", "brief", "a"]]);
    let hash = hex::encode(Sha256::digest("1"));
    assert_eq!(ask(&net, 0, both.clone()), json!(["31", hash]));
    for key in ["x", "y"] {
        assert_eq!(submit(&net, json!([["put", key, "1"]])), Code::Valid);
    }
    for peer in 0..3 {
        assert_eq!(ask(&net, peer, both.clone()), json!([null, null]));
    }
}

fn a_keys_own_policy_takes_the_place_of_the_chaincodes(runtime: Runtime) {
    let net = net(runtime);
    let second = prost::Message::encode_to_vec(&selvedge_identity::member_of("Org2MSP"));
    let set = json!([["put", "k", "1"], ["setep", "k", {"hex": hex::encode(&second)}]]);
    assert_eq!(submit(&net, set), Code::Valid);
    assert_eq!(
        ask(&net, 2, json!([["getep", "k"]])),
        json!([hex::encode(second)])
    );
    let by = |peers: &[usize], operations: Value| {
        let endorsed = net.endorse_by(peers, &script(&operations), net.user(0));
        net.order(&[&endorsed])[0].code
    };
    let write = || json!([["put", "k", "2"]]);
    assert_eq!(by(&[0], write()), Code::EndorsementPolicyFailure);
    assert_eq!(by(&[0, 2], write()), Code::EndorsementPolicyFailure);
    assert_eq!(by(&[1], write()), Code::Valid);
    // A key without one needs a majority as before.
    assert_eq!(
        by(&[1], json!([["put", "other", "2"]])),
        Code::EndorsementPolicyFailure
    );
    assert_eq!(
        by(&[1], json!([["put", "k", "3"], ["put", "other", "3"]])),
        Code::EndorsementPolicyFailure
    );
    assert_eq!(
        by(&[0, 1], json!([["put", "k", "3"], ["put", "other", "3"]])),
        Code::Valid
    );
}

fn history_pages_and_batches_agree_on_every_peer(runtime: Runtime) {
    let net = net(runtime);
    for value in ["1", "2"] {
        assert_eq!(submit(&net, json!([["put", "h", value]])), Code::Valid);
    }
    assert_eq!(submit(&net, json!([["del", "h"]])), Code::Valid);
    let rows: Vec<Value> = (0..101)
        .map(|n| json!(["put", format!("r{n:03}"), "x"]))
        .collect();
    assert_eq!(submit(&net, Value::Array(rows)), Code::Valid);
    let all = json!([
        ["history", "h"],
        ["range", "r", "s"],
        ["rangepage", "r", "s", 100, ""]
    ]);
    let answers: Vec<Value> = (0..3).map(|peer| ask(&net, peer, all.clone())).collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    let lengths = (0..2).map(|at| answers[0][at].as_array().unwrap().len());
    assert_eq!(lengths.collect::<Vec<_>>(), [3, 101]);
    let page = &answers[0][2];
    assert_eq!(
        (&page[1], &page[2]),
        (&json!(100), &json!(hex::encode("r100")))
    );
}
