//! What a contract may ask of its peer, one thing after the other, on channels where every organisation runs it differently:
//! each answer is what Fabric's rules say, and every peer endorses the same bytes: reads, writes, events and responses.
//!
//! `script` and `other`, which it calls, run differently on each peer, and so does `far` on the second channel: a call goes
//! from a component to a process, from there to a service, and so on around.

use crate::agreement::network;
use crate::harness::{
    CHANNEL, Definition, ELSEWHERE, Endorsed, Net, Runtime, results, script, script_of, sign,
};
use crate::operations::COLLECTION;
use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::Call;
use selvedge_protos::protos::{ChaincodeAction, ChaincodeEvent, ProposalResponsePayload};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What every peer said alike.
struct Answer {
    tx_id: String,
    status: i32,
    message: String,
    results: Value,
    /// That of the transaction, if it is one.
    event: Option<ChaincodeEvent>,
}

struct Channels {
    net: Net,
    runtimes: Vec<Runtime>,
}

impl Channels {
    fn start(state_database: StateDatabase) -> Self {
        let runtimes = Runtime::available();
        let net = network(&runtimes, state_database);
        Self { net, runtimes }
    }

    /// Asks every peer, compares, and commits what was endorsed.
    fn ask(&self, call: Call) -> Answer {
        self.ask_as(call, self.net.user(0))
    }

    /// The same for another client.
    fn ask_as(&self, call: Call, signer: &SigningIdentity) -> Answer {
        let call = Call {
            transient: [("secret".to_owned(), Bytes::from("hush"))].into(),
            ..call
        };
        let proposal = sign(&call, signer);
        let answers: Vec<_> = (0..self.net.size())
            .map(|peer| self.net.ask(peer, &proposal.signed).unwrap())
            .collect();
        let one = &answers[0];
        let operations = String::from_utf8_lossy(&call.args[1]);
        for (runtime, other) in self.runtimes.iter().zip(&answers) {
            assert_eq!(one.response, other.response, "{runtime:?}: {operations}");
            assert_eq!(one.payload, other.payload, "{runtime:?}: {operations}");
            assert_eq!(one.interest, other.interest, "{runtime:?}: {operations}");
            assert_eq!(one.endorsement.is_some(), other.endorsement.is_some());
        }
        let response = one.response.clone().unwrap();
        if one.endorsement.is_some() {
            let transaction = Endorsed::on(&call.channel, &proposal, &answers, signer);
            assert!(
                self.net.order(&[&transaction])[0].is_valid(),
                "{operations}"
            );
        }
        Answer {
            status: response.status,
            message: response.message.replace(&proposal.tx_id, "TX"),
            results: match response.status {
                200 => results(&response.payload),
                _ => Value::Null,
            },
            event: event_of(&one.payload),
            tx_id: proposal.tx_id,
        }
    }

    /// The results of operations that succeed.
    fn run(&self, operations: Value) -> Value {
        let answer = self.ask(script(&operations));
        assert_eq!(answer.status, 200, "{operations}: {}", answer.message);
        answer.results
    }

    fn all(&self, cases: &[(Value, Value)]) {
        for (operations, expected) in cases {
            assert_eq!(self.run(operations.clone()), *expected, "{operations}");
        }
    }

    fn refused(&self, operations: Value, message: &str) {
        let answer = self.ask(script(&operations));
        assert_eq!(
            (answer.status, answer.message.as_str()),
            (500, message),
            "{operations}"
        );
    }
}

fn event_of(payload: &Bytes) -> Option<ChaincodeEvent> {
    let payload = ProposalResponsePayload::decode(payload.clone()).unwrap();
    let action = ChaincodeAction::decode(payload.extension).unwrap();
    let event = Some(action.events).filter(|event| !event.is_empty());
    event.map(|event| ChaincodeEvent::decode(event).unwrap())
}

fn hex_of(text: &str) -> String {
    hex::encode(text)
}

/// Rows `r000` and on, as a scan gives them.
fn rows(numbers: impl Iterator<Item = u32>) -> Value {
    let row = |n| json!([hex_of(&format!("r{n:03}")), hex_of("v")]);
    numbers.map(row).collect()
}

fn put_rows(channels: &Channels, count: u32) {
    let puts: Value = (0..count)
        .map(|n| json!(["put", format!("r{n:03}"), "v"]))
        .collect();
    channels.run(puts);
}

#[test]
fn keys_batches_and_histories() {
    let channels = Channels::start(StateDatabase::default());
    let policy = Message::encode_to_vec(&selvedge_identity::any_member_of(&["Org1MSP"]));
    let policy = hex::encode(policy);
    channels.all(&[
        // Nobody reads what the transaction itself has written.
        (
            json!([
                ["put", "a", "1"],
                ["get", "a"],
                ["del", "none"],
                ["put", "empty", ""]
            ]),
            json!(["ok", null, "ok", "ok"]),
        ),
        (
            json!([
                ["get", "a"],
                ["getmulti", ["a", "none", "empty"]],
                ["copy", "a", "b"],
                ["add", "n", 3]
            ]),
            json!(["31", ["31", null, null], "31", 3]),
        ),
        (
            json!([[
                "batch",
                [
                    ["put", "x", "1"],
                    ["put", "y", "2"],
                    ["del", "a"],
                    ["setep", "x", ""]
                ]
            ]]),
            json!([["ok", "ok", "ok", "ok"]]),
        ),
        (
            json!([["get", "a"], ["get", "x"], ["getmulti", ["y"]]]),
            json!([null, "31", ["32"]]),
        ),
        (
            json!([["setep", "y", {"hex": policy}], ["getep", "y"]]),
            json!(["ok", null]),
        ),
        (
            json!([["getep", "y"], ["getep", "none"]]),
            json!([policy, null]),
        ),
    ]);
    let history = channels.run(json!([["history", "a"], ["history", "never"]]));
    let seen: Vec<_> = history[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[1].clone(), row[2].clone()))
        .collect();
    assert_eq!(
        seen,
        [(Value::Null, json!(true)), (json!("31"), json!(false))]
    );
    assert_eq!(history[1], json!([]));
}

#[test]
fn scans_of_every_length_and_pages() {
    let channels = Channels::start(StateDatabase::default());
    put_rows(&channels, 250);
    // Around the ends of batches, and iterators that are left before their end.
    for taken in [0, 1, 99, 100, 101, 200, 201, 250, 300] {
        let found = channels.run(json!([["rangen", "r", "s", taken]]));
        assert_eq!(found, json!([rows(0..taken.min(250))]), "{taken}");
    }
    for (start, end, expected) in [
        ("", "", 0..250),
        ("r100", "r200", 100..200),
        ("s", "", 0..0),
    ] {
        let found = channels.run(json!([["range", start, end]]));
        assert_eq!(found, json!([rows(expected)]), "{start}..{end}");
    }
    channels.all(&[
        (
            json!([
                ["rangepage", "r", "s", 3, ""],
                ["rangepage", "r", "s", 120, "r003"]
            ]),
            json!([
                [rows(0..3), 3, hex_of("r003")],
                [rows(3..123), 120, hex_of("r123")]
            ]),
        ),
        (
            json!([["rangepage", "r", "s", 100, "r200"]]),
            json!([[rows(200..250), 50, ""]]),
        ),
        // A page without a size is a scan.
        (
            json!([["rangepage", "r", "r005", 0, ""]]),
            json!([[rows(0..5), 0, ""]]),
        ),
        (json!([["rangedel", "r100", "r249"]]), json!([149])),
        (
            json!([["range", "r099", ""]]),
            json!([rows([99, 249].into_iter())]),
        ),
    ]);
    let key = |attribute: &str| hex_of(&format!("\u{0}t\u{0}x\u{0}{attribute}\u{0}"));
    channels.all(&[
        (
            json!([
                ["ckput", "t", ["x", "1"], "v"],
                ["ckput", "t", ["x", "2"], "w"],
                ["ckput", "t", ["y"], "v"]
            ]),
            json!(["ok", "ok", "ok"]),
        ),
        (
            json!([["ckrange", "t", ["x"]], ["ckget", "t", ["y"]]]),
            json!([
                [[key("1"), hex_of("v")], [key("2"), hex_of("w")]],
                hex_of("v")
            ]),
        ),
        (
            json!([["ckpage", "t", ["x"], 1, ""]]),
            json!([[[[key("1"), hex_of("v")]], 1, key("2")]]),
        ),
        (json!([["ckdel", "t", ["y"]]]), json!(["ok"])),
        (json!([["ckrange", "t", ["y"]]]), json!([[]])),
    ]);
    let unsupported = "txid [TX]: unsuppored transaction.";
    channels.refused(
        json!([["rangepage", "a", "b", 1, ""], ["put", "k", "v"]]),
        &format!("op 1: put: PUT_STATE failed: transaction ID: TX: {unsupported} Transaction has already performed a paginated query. Writes are not allowed"),
    );
    channels.refused(
        json!([["put", "k", "v"], ["rangepage", "a", "b", 1, ""]]),
        &format!("op 1: rangepage: GET_STATE_BY_RANGE failed: transaction ID: TX: {unsupported} Paginated queries are supported only in a read-only transaction"),
    );
}

#[test]
fn private_data_in_every_form() {
    let channels = Channels::start(StateDatabase::default());
    let c = COLLECTION;
    let policy = Message::encode_to_vec(&selvedge_identity::any_member_of(&["Org1MSP"]));
    let policy = hex::encode(policy);
    let hash = hex::encode(Sha256::digest("1"));
    let pair = hex_of("\u{0}t\u{0}x\u{0}");
    channels.all(&[
        (
            json!([
                ["putpvt", c, "a", "1"],
                ["putpvtt", c, "b", "secret"],
                ["pvtckput", c, "t", ["x"], "3"],
                ["getpvt", c, "a"]
            ]),
            json!(["ok", "ok", "ok", null]),
        ),
        (
            json!([
                ["getpvt", c, "a"],
                ["getpvt", c, "b"],
                ["gethash", c, "a"],
                ["gethash", c, "none"]
            ]),
            json!(["31", hex_of("hush"), hash, null]),
        ),
        (
            json!([["getpvtmulti", c, ["b", "none", "a"]]]),
            json!([[hex_of("hush"), null, "31"]]),
        ),
        (
            json!([["pvtrange", c, "a", "b"], ["pvtckrange", c, "t", ["x"]]]),
            json!([[["61", "31"]], [[pair, "33"]]]),
        ),
        (
            json!([["setpvtep", c, "a", {"hex": policy}]]),
            json!(["ok"]),
        ),
        (
            json!([["getpvtep", c, "a"], ["getpvtep", c, "b"]]),
            json!([policy, null]),
        ),
        (
            json!([["delpvt", c, "b"], ["purge", c, "a"]]),
            json!(["ok", "ok"]),
        ),
        (
            json!([
                ["getpvt", c, "a"],
                ["gethash", c, "a"],
                ["getpvt", c, "b"],
                ["gethash", c, "b"]
            ]),
            json!([null, null, null, null]),
        ),
        // An organisation's own collection: its hash is everybody's.
        (
            json!([["putpvt", "_implicit_org_Org1MSP", "k", "1"]]),
            json!(["ok"]),
        ),
        (
            json!([["gethash", "_implicit_org_Org1MSP", "k"]]),
            json!([hash]),
        ),
    ]);
    let unsupported = "txid [TX]: unsuppored transaction.";
    channels.refused(
        json!([["pvtrange", c, "", ""], ["put", "k", "v"]]),
        &format!("op 1: put: PUT_STATE failed: transaction ID: TX: {unsupported} Transaction has already performed queries on pvt data. Writes are not allowed"),
    );
    channels.refused(
        json!([["put", "k", "v"], ["pvtrange", c, "", ""]]),
        &format!("op 1: pvtrange: GET_STATE_BY_RANGE failed: transaction ID: TX: {unsupported} Queries on pvt data is supported only in a read-only transaction"),
    );
    channels.refused(
        json!([["getpvt", "nowhere", "k"]]),
        "op 0: getpvt: GET_STATE failed: transaction ID: TX: collection scenarios/script/nowhere could not be found",
    );
}

#[test]
fn events_responses_and_what_a_transaction_knows_of_itself() {
    let channels = Channels::start(StateDatabase::default());
    let event = |operations: Value| {
        let answer = channels.ask(script(&operations));
        answer
            .event
            .map(|event| (event.chaincode_id, event.event_name, event.payload))
    };
    let named = |name: &str, payload: &'static str| {
        Some(("script".to_owned(), name.to_owned(), Bytes::from(payload)))
    };
    assert_eq!(
        event(json!([["event", "first", "1"], ["event", "last", "2"]])),
        named("last", "2")
    );
    let callee = json!([["event", "callee", "lost"]]).to_string();
    let invoke = json!(["invoke", "other", "", ["run", callee]]);
    assert_eq!(event(json!([invoke])), None, "a callee's event is lost");
    assert_eq!(
        event(json!([["event", "outermost", "1"], invoke])),
        named("outermost", "1")
    );
    assert_eq!(event(json!([["put", "a", "1"]])), None);

    let answer = channels.ask(script(&json!([
        ["txid"],
        ["channel"],
        ["creator"],
        ["transient", "secret"],
        ["transient", "none"],
        ["ts"],
        ["binding"]
    ])));
    let creator = channels.net.user(0).serialized();
    let found = answer.results.as_array().unwrap();
    assert_eq!(found[..2], [json!(answer.tx_id), json!(CHANNEL)]);
    assert_eq!(found[2][0], json!("Org1MSP"));
    assert!(!creator.is_empty() && found[2][1].as_str().unwrap().len() == 64);
    assert_eq!(found[3..5], [json!(hex_of("hush")), Value::Null]);
    assert!(found[5][0].as_i64().unwrap() > 1_600_000_000);
    assert_eq!(found[6].as_str().unwrap().len(), 64);

    let attributes = json!([["attr", "role"], ["attr", "none"]]);
    assert_eq!(channels.run(attributes.clone()), json!([null, null]));
    let auditor = channels.net.user_with(&[("role", "auditor")]);
    let answer = channels.ask_as(script(&attributes), &auditor);
    assert_eq!(answer.results, json!(["auditor", null]));

    for (status, message, answered) in [
        (201, "made", 201),
        (399, "", 399),
        (400, "no", 400),
        (500, "worse", 500),
    ] {
        let answer = channels.ask(script(&json!([
            ["put", "k", "v"],
            ["return", status, message, "p"]
        ])));
        assert_eq!(
            (answer.status, answer.message.as_str()),
            (answered, message)
        );
    }
    channels.refused(json!([["fail", "on purpose <&> é"]]), "on purpose <&> é");
    let not_text = Call {
        args: vec!["run".into(), Bytes::from_static(b"\xff\xfe")],
        ..script(&json!([]))
    };
    assert_eq!(channels.ask(not_text).message, "bad script");
}

fn invoke(name: &str, channel: &str, operations: &Value) -> Value {
    json!(["invoke", name, channel, ["run", operations.to_string()]])
}

/// The status of a call within a script, and the results of the script that was called.
fn called(result: &Value) -> (i64, Value) {
    let payload = result[2].as_str().map(|text| hex::decode(text).unwrap());
    let payload = payload.unwrap_or_default();
    let results = serde_json::from_slice(&payload);
    let text = || Value::from(String::from_utf8_lossy(&payload).into_owned());
    (
        result[0].as_i64().unwrap(),
        results.unwrap_or_else(|_| text()),
    )
}

#[test]
fn calls_of_other_chaincode_across_runtimes() {
    let channels = Channels::start(StateDatabase::default());
    let call = |operation: Value| called(&channels.run(json!([operation]))[0]);
    let write = json!([["put", "k", "1"], ["get", "k"]]);
    assert_eq!(
        call(invoke("other", "", &write)),
        (200, json!(["ok", null]))
    );
    // What it wrote is its own, and was committed with the caller's transaction.
    assert_eq!(
        call(invoke("other", CHANNEL, &json!([["get", "k"]]))),
        (200, json!(["31"]))
    );
    assert_eq!(channels.run(json!([["get", "k"]])), json!([null]));
    // A version in the name is passed over.
    assert_eq!(
        call(invoke("other:9", "", &json!([["get", "k"]]))),
        (200, json!(["31"]))
    );
    // One that calls on; a second call of the same one in its turn.
    let further = json!([
        invoke("other", "", &json!([["get", "k"]])),
        ["put", "mine", "1"]
    ]);
    assert_eq!(channels.run(further.clone())[1], json!("ok"));
    // Back to whoever is at it already: refused in the same words everywhere.
    let back = json!([
        ["put", "before", "1"],
        invoke("script", "", &json!([["get", "k"]]))
    ]);
    let refused = [
        call(invoke("script", "", &write)),
        call(invoke("other", "", &back)),
    ];
    assert_eq!(refused[0].0, 500);
    assert!(
        refused[0].1.as_str().unwrap().contains("exists"),
        "{refused:?}"
    );
    assert_eq!(refused[1].0, 200);
    assert_eq!(called(&refused[1].1[1]).0, 500);
    // A callee that fails is the caller's to judge.
    let failed = channels.run(json!([
        ["invoke", "other", "", ["run", "[[\"fail\",\"no\"]]"]],
        ["put", "after", "1"]
    ]));
    assert_eq!(failed, json!([[500, "no", null], "ok"]));
    let (status, text) = call(invoke("nobody", "", &write));
    assert_eq!(status, 500);
    let text = text.as_str().unwrap().to_owned();
    assert!(
        text.starts_with("INVOKE_CHAINCODE failed: transaction ID: "),
        "{text}"
    );
    assert!(text.ends_with("[channel scenarios] failed to get chaincode container info for nobody: chaincode nobody not found"), "{text}");
    // A chaincode of the peer's own, which waits for a lock that a simulation may hold, refuses.
    let info = channels.run(json!([["invoke", "qscc", "", ["GetChainInfo", CHANNEL]]]));
    let text = "Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original invocation for 'script'";
    assert_eq!(info, json!([[500, text, null]]));
}

#[test]
fn calls_of_chaincode_on_another_channel() {
    let channels = Channels::start(StateDatabase::default());
    let net = &channels.net;
    let elsewhere = net.found(ELSEWHERE);
    (0..net.size()).for_each(|peer| net.join(peer, &elsewhere));
    let mut packages: Vec<_> = channels
        .runtimes
        .iter()
        .map(|runtime| runtime.script_package("far_1"))
        .collect();
    packages.rotate_left(2 % channels.runtimes.len());
    net.deploy_each_on(ELSEWHERE, &Definition::new("far"), &packages);
    let there = |operations: Value| {
        let answer = channels.ask(Call {
            channel: ELSEWHERE.to_owned(),
            ..script_of("far", &operations)
        });
        assert_eq!(answer.status, 200, "{}", answer.message);
        answer.results
    };
    assert_eq!(
        there(json!([["put", "k", "there"], ["channel"]])),
        json!(["ok", ELSEWHERE])
    );
    let call = |operation: Value| called(&channels.run(json!([operation]))[0]);
    let read = json!([["get", "k"], ["channel"]]);
    assert_eq!(
        call(invoke("far", ELSEWHERE, &read)),
        (200, json!([hex_of("there"), ELSEWHERE]))
    );
    assert_eq!(call(invoke("far/elsewhere", "", &read)).0, 200);
    // What is written there is not: a transaction is one channel's.
    let write = json!([["put", "k", "changed"], ["event", "lost", ""]]);
    assert_eq!(
        call(invoke("far", ELSEWHERE, &write)),
        (200, json!(["ok", "ok"]))
    );
    assert_eq!(there(json!([["get", "k"]])), json!([hex_of("there")]));
    let (status, text) = call(invoke("far", "nowhere", &read));
    assert_eq!(status, 500, "{text}");
    let (status, text) = call(invoke("far", "", &read));
    assert_eq!(status, 500, "{text}");
}

#[test]
fn rich_queries() {
    let channels = Channels::start(StateDatabase::CouchDb);
    let marble = |name: &str, owner: &str| {
        json!(["put", name, format!(r#"{{"owner":"{owner}","size":1}}"#)])
    };
    channels.run(json!([
        marble("m1", "tom"),
        marble("m2", "tom"),
        marble("m3", "jerry")
    ]));
    let secret = r#"{"owner":"tom"}"#;
    channels.run(json!([["putpvt", COLLECTION, "p1", secret]]));
    let query = r#"{"selector":{"owner":"tom"}}"#;
    let keys = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row[0].as_str().unwrap().to_owned())
            .collect()
    };
    let found = channels.run(json!([["rich", query], ["pvtrich", COLLECTION, query]]));
    assert_eq!(keys(&found[0]), [hex_of("m1"), hex_of("m2")]);
    assert_eq!(keys(&found[1]), [hex_of("p1")]);
    let page = channels.run(json!([["richpage", query, 1, ""]]));
    assert_eq!(
        (keys(&page[0][0]), &page[0][1]),
        (vec![hex_of("m1")], &json!(1))
    );
    let bookmark = hex::decode(page[0][2].as_str().unwrap()).unwrap();
    let bookmark = String::from_utf8(bookmark).unwrap();
    let next = channels.run(json!([["richpage", query, 1, bookmark]]));
    assert_eq!(keys(&next[0][0]), [hex_of("m2")]);
    let broken = channels.ask(script(&json!([["rich", "{"]])));
    assert_eq!(broken.status, 500, "{}", broken.message);
}
