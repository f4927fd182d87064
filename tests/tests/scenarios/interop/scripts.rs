//! Scripts that use every operation, such that each finds something.

use crate::harness::{ELSEWHERE, results};
use crate::operations::COLLECTION;
use selvedge_protos::protos::Response;
use serde_json::{Value, json};

/// Whether a script has an operation of one of these names.
pub(super) fn uses(script: &Value, names: &[&str]) -> bool {
    let lines = script.as_array().unwrap();
    lines
        .iter()
        .any(|line| names.contains(&line[0].as_str().unwrap()))
}

/// A policy that all members of a network satisfy, as a value.
fn policy() -> Value {
    let policy = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP", "Org3MSP"]);
    json!({"hex": hex::encode(prost::Message::encode_to_vec(&policy))})
}

/// To be run one after another.
pub(super) fn all() -> Vec<Value> {
    [keys(), scans(), composites(), private(), surroundings()].concat()
}

fn keys() -> Vec<Value> {
    vec![
        json!([["put", "a", "1"], ["put", "b", {"hex": "00ff"}], ["get", "a"]]),
        json!([["get", "a"], ["copy", "a", "c"], ["add", "n", 5]]),
        json!([["getmulti", ["a", "b", "no"]]]),
        json!([
            ["batch", [["put", "x", "1"], ["del", "b"]]],
            ["event", "named", "payload"]
        ]),
        json!([["put", "a", "2"]]),
        json!([["del", "a"]]),
        json!([["history", "a"]]),
        json!([["setep", "c", policy()]]),
        json!([["getep", "c"], ["getep", "no"]]),
        json!([["get", "é€😀"], ["put", "é€😀", "<&>"], ["range", "é", ""]]),
    ]
}

fn scans() -> Vec<Value> {
    let many: Vec<_> = (0..130)
        .map(|n| json!(["put", format!("many{n:03}"), "v"]))
        .collect();
    vec![
        Value::from(many),
        json!([["range", "many", "many~"]]),
        json!([["range", "", ""]]),
        json!([["rangen", "many", "", 3]]),
        json!([["rangepage", "many", "many~", 7, ""]]),
        json!([["rangepage", "many", "", 120, "many005"]]),
        json!([["rangepage", "many", "many~", 0, ""]]),
        json!([["rangedel", "many00", "many01"]]),
        json!([["rangepage", "a", "b", 1, ""], ["put", "k", "v"]]),
    ]
}

fn composites() -> Vec<Value> {
    vec![
        json!([
            ["ckput", "t", ["x", "1"], "v"],
            ["ckput", "t", ["x", "2"], "v"],
            ["ckput", "t", ["y"], "v"]
        ]),
        json!([
            ["ckrange", "t", ["x"]],
            ["ckget", "t", ["y"]],
            ["ckdel", "t", ["y"]]
        ]),
        json!([["ckpage", "t", ["x"], 1, ""]]),
    ]
}

fn private() -> Vec<Value> {
    let c = COLLECTION;
    vec![
        json!([["putpvt", c, "p", "secret"], ["putpvtt", c, "t", "secret"]]),
        json!([
            ["getpvt", c, "p"],
            ["gethash", c, "p"],
            ["getpvtmulti", c, ["t", "no"]]
        ]),
        json!([["delpvt", c, "t"]]),
        json!([["pvtrange", c, "", ""]]),
        json!([
            ["pvtckput", c, "t", ["x", "1"], "v"],
            ["pvtckput", c, "t", ["y"], "v"]
        ]),
        json!([["pvtckrange", c, "t", ["x"]]]),
        json!([["setpvtep", c, "p", policy()]]),
        json!([["getpvtep", c, "p"], ["getpvtep", c, "no"]]),
        json!([["purge", c, "p"]]),
        json!([["put", "a", "1"], ["getpvt", "nowhere", "k"]]),
    ]
}

fn surroundings() -> Vec<Value> {
    let inner = json!([["put", "called", "1"], ["get", "a"], ["event", "lost", ""]]).to_string();
    vec![
        json!([["invoke", "other", "", ["run", inner]]]),
        json!([["invoke", "nobody", "", ["f"]]]),
        json!([["creator"], ["txid"], ["channel"], ["transient", "secret"]]),
        json!([["ts"]]),
        json!([["binding"]]),
        json!([["return", 201, "made", "p"]]),
        json!([["return", 400, "refused <here>", "p"]]),
        json!([["fail", "on purpose"]]),
        json!([["nothing"]]),
    ]
}

/// Asks for attributes of whoever sent it.
pub(super) fn attributes() -> Value {
    json!([
        ["attr", "role"],
        ["attr", "hf.EnrollmentID"],
        ["attr", "none"]
    ])
}

/// Calls of `other` on another channel, where it has the key `there`: what it reads and writes there stays there.
pub(super) fn across() -> Value {
    let inner = json!([["get", "there"], ["put", "lost", "1"]]).to_string();
    json!([
        ["put", "here", "1"],
        ["invoke", "other", ELSEWHERE, ["run", inner]],
        ["invoke", "nobody", ELSEWHERE, ["f"]]
    ])
}

const OWNED: &str = r#"{"selector":{"owner":"tom"}}"#;

/// Rich queries, the rows that they find included.
pub(super) fn rich() -> Vec<Value> {
    let marble = |n: u32| {
        let owner = if n.is_multiple_of(2) { "tom" } else { "jerry" };
        json!({"owner": owner, "size": n}).to_string()
    };
    let marbles: Vec<_> = (0..5)
        .map(|n| json!(["put", format!("m{n}"), marble(n)]))
        .collect();
    let hidden: Vec<_> = (0..3)
        .map(|n| json!(["putpvt", COLLECTION, format!("m{n}"), marble(n)]))
        .collect();
    vec![
        marbles.into(),
        hidden.into(),
        json!([["rich", OWNED]]),
        json!([["rich", r#"{"selector":{"size":{"$gt":1}},"limit":2}"#]]),
        json!([["pvtrich", COLLECTION, OWNED]]),
        json!([["rich", "no query"]]),
    ]
}

/// The page of a rich query behind an answer to another page, or the first.
pub(super) fn rich_page(before: Option<&Response>) -> Value {
    let bookmark = before.map(|page| {
        let bookmark = results(&page.payload)[0][2].clone();
        let bookmark = hex::decode(bookmark.as_str().unwrap()).unwrap();
        String::from_utf8(bookmark).unwrap()
    });
    json!([["richpage", OWNED, 2, bookmark.unwrap_or_default()]])
}
