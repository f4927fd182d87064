//! Scripts of every kind, for property tests. Keys are few so that reads, writes and ranges meet.

use proptest::prelude::*;
use serde_json::{Value, json};

/// The collection that both organisations share.
pub(crate) const COLLECTION: &str = "both";

fn key() -> BoxedStrategy<String> {
    prop_oneof![
        8 => "[a-d][0-3]?",
        1 => Just(String::new()),
        1 => "\\PC{1,3}",
        1 => Just("\u{0}low".to_owned()),
    ]
    .boxed()
}

fn value() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => "[a-z]{0,6}".prop_map(Value::from),
        1 => "[0-9]{1,3}".prop_map(Value::from),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| json!({"hex": hex::encode(bytes)})),
        2 => ("[a-cA-C]", 0..4, prop::sample::select(vec!["n", "n", "n", "m", "_n"]))
            .prop_map(|(text, n, name)| format!(r#"{{"t":"{text}", "{name}":{n}.0}}"#).into()),
    ]
    .boxed()
}

fn bound() -> BoxedStrategy<String> {
    prop_oneof![Just(String::new()), "[a-e][0-3]?", Just("\u{0}".to_owned())].boxed()
}

/// A policy under which a key may be changed, or bytes that are none.
fn policy() -> BoxedStrategy<Value> {
    let bytes = |policy: selvedge_protos::common::SignaturePolicyEnvelope| {
        let encoded = prost::Message::encode_to_vec(&policy);
        json!({"hex": hex::encode(encoded)})
    };
    prop_oneof![
        Just(bytes(selvedge_identity::any_member_of(&[
            "Org1MSP", "Org2MSP"
        ]))),
        Just(bytes(selvedge_identity::member_of("Org2MSP"))),
        Just(bytes(selvedge_identity::member_of("Org3MSP"))),
        Just(json!("")),
        Just(json!("no policy")),
    ]
    .boxed()
}

fn collection() -> BoxedStrategy<&'static str> {
    prop::sample::select(vec![
        COLLECTION,
        COLLECTION,
        "_implicit_org_Org1MSP",
        "nowhere",
        "",
    ])
    .boxed()
}

fn attributes() -> BoxedStrategy<Vec<String>> {
    prop::collection::vec("[xy]?", 0..3).boxed()
}

fn on_single_keys() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => (key(), value()).prop_map(|(k, v)| json!(["put", k, v])),
        3 => key().prop_map(|k| json!(["get", k])),
        1 => key().prop_map(|k| json!(["del", k])),
        1 => (key(), key()).prop_map(|(a, b)| json!(["copy", a, b])),
        1 => (key(), -5..5).prop_map(|(k, n)| json!(["add", k, n])),
        1 => prop::collection::vec(key(), 0..4).prop_map(|keys| json!(["getmulti", keys])),
        1 => (key(), policy()).prop_map(|(k, p)| json!(["setep", k, p])),
        1 => key().prop_map(|k| json!(["getep", k])),
        2 => key().prop_map(|k| json!(["history", k])),
    ]
    .boxed()
}

fn on_ranges() -> BoxedStrategy<Value> {
    prop_oneof![
        2 => (bound(), bound()).prop_map(|(s, e)| json!(["range", s, e])),
        1 => (bound(), bound(), 0..5).prop_map(|(s, e, n)| json!(["rangen", s, e, n])),
        1 => (bound(), bound(), -1..5, bound()).prop_map(|(s, e, n, b)| json!(["rangepage", s, e, n, b])),
        1 => (bound(), bound()).prop_map(|(s, e)| json!(["rangedel", s, e])),
        2 => (attributes(), value()).prop_map(|(a, v)| json!(["ckput", "pair", a, v])),
        1 => attributes().prop_map(|a| json!(["ckget", "pair", a])),
        1 => attributes().prop_map(|a| json!(["ckdel", "pair", a])),
        1 => attributes().prop_map(|a| json!(["ckrange", "pair", a])),
        1 => (attributes(), 1..3).prop_map(|(a, n)| json!(["ckpage", "pair", a, n, ""])),
    ]
    .boxed()
}

/// Of JSON values such as [`value`] makes.
fn query() -> BoxedStrategy<String> {
    let field = prop::sample::select(vec!["n", "t", "m", "_id"]);
    let test = prop::sample::select(vec!["$eq", "$gt", "$gte", "$lt", "$ne"]);
    let argument = prop_oneof![
        (0..4).prop_map(|n| json!(n)),
        "[a-cA-C]".prop_map(Value::from)
    ];
    let condition = (field, test, argument).prop_map(|(f, t, a)| json!({f: {t: a}}));
    let selector = prop_oneof![
        4 => condition.clone(),
        1 => (condition.clone(), condition).prop_map(|(a, b)| json!({"$or": [a, b]})),
        1 => Just(json!({})),
    ];
    let rest = prop::sample::select(vec![
        json!({}),
        json!({}),
        json!({"sort": ["n"]}),
        json!({"sort": [{"n": "desc"}]}),
        json!({"sort": ["t"]}),
        json!({"fields": ["t", "n.a"]}),
        json!({"skip": 1}),
        json!({"use_index": "byN"}),
        json!({"r": 0}),
    ]);
    (selector, rest)
        .prop_map(|(selector, mut query)| {
            query["selector"] = selector;
            query.to_string()
        })
        .boxed()
}

fn on_values() -> BoxedStrategy<Value> {
    prop_oneof![
        3 => query().prop_map(|q| json!(["rich", q])),
        // Of what only members hold there is nothing to compare.
        1 => (prop::sample::select(vec![COLLECTION, COLLECTION, "nowhere", ""]), query())
            .prop_map(|(c, q)| json!(["pvtrich", c, q])),
    ]
    .boxed()
}

fn on_private_data() -> BoxedStrategy<Value> {
    prop_oneof![
        3 => (collection(), key(), value()).prop_map(|(c, k, v)| json!(["putpvt", c, k, v])),
        1 => (collection(), key()).prop_map(|(c, k)| json!(["putpvtt", c, k, "secret"])),
        1 => (collection(), key()).prop_map(|(c, k)| json!(["delpvt", c, k])),
        1 => (collection(), key()).prop_map(|(c, k)| json!(["purge", c, k])),
        2 => (collection(), key()).prop_map(|(c, k)| json!(["gethash", c, k])),
        // What only members hold is read from the collection that both hold.
        2 => key().prop_map(|k| json!(["getpvt", COLLECTION, k])),
        1 => (bound(), bound()).prop_map(|(s, e)| json!(["pvtrange", COLLECTION, s, e])),
    ]
    .boxed()
}

fn about_the_transaction() -> BoxedStrategy<Value> {
    prop_oneof![
        2 => (key(), value()).prop_map(|(name, v)| json!(["event", name, v])),
        1 => prop::sample::select(vec!["binding", "ts", "txid", "channel", "creator"]).prop_map(|name| json!([name])),
        1 => Just(json!(["transient", "secret"])),
        1 => "\\PC{0,4}".prop_map(|message| json!(["fail", message])),
        1 => (prop::sample::select(vec![0, 200, 399, 400, 500, -1]), "[<é]?", value())
            .prop_map(|(status, message, v)| json!(["return", status, message, v])),
        1 => "[a-z]{0,5}".prop_map(|name| json!([name])),
    ]
    .boxed()
}

fn plain() -> BoxedStrategy<Value> {
    prop_oneof![
        8 => on_single_keys(),
        4 => on_ranges(),
        3 => on_private_data(),
        1 => on_values(),
        1 => about_the_transaction(),
    ]
    .boxed()
}

/// One operation; some hold others.
fn operation() -> BoxedStrategy<Value> {
    let inner = prop::collection::vec(plain(), 0..3);
    let callee = prop::sample::select(vec!["other", "other", "other", "script", "nobody", "qscc"]);
    let channel = prop::sample::select(vec!["", "scenarios", "nowhere"]);
    let invoke = (callee, channel, inner.clone()).prop_map(|(name, channel, operations)| {
        let operations = Value::from(operations).to_string();
        json!(["invoke", name, channel, ["run", operations]])
    });
    prop_oneof![
        14 => plain(),
        1 => inner.prop_map(|operations| json!(["batch", operations])),
        2 => invoke,
    ]
    .boxed()
}

/// A whole script.
pub(crate) fn operations() -> BoxedStrategy<Value> {
    prop::collection::vec(operation(), 0..7)
        .prop_map(Value::from)
        .boxed()
}
