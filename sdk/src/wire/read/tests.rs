//! What `serde_json` makes of the same text, to the letter of its errors.

use super::JsonError;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    size: i64,
    small: u8,
    #[serde(default)]
    note: Option<String>,
    ratio: f64,
    tags: Vec<String>,
    kind: Kind,
    open: bool,
    pair: (i32, char),
    by_number: BTreeMap<i16, bool>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    a: u32,
    b: (),
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
enum Kind {
    Plain,
    Wrapped(f32),
    Pair(u64, String),
    Named { x: i8 },
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "type")]
enum Tagged {
    A { x: u32 },
    B { y: Vec<f64> },
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Flat {
    id: u32,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// A float in an error is spelt as it stands in the text, or not at all, and not as `serde_json` would write it.
fn without_float(text: &str) -> String {
    let Some(rest) = text.strip_prefix("invalid type: floating point") else {
        return text.to_owned();
    };
    let tail = rest.find(", expected").map_or("", |at| &rest[at..]);
    // Where a type speaks up after the number, `serde_json` may place it a column further.
    format!("float{}", tail.split(" at line").next().unwrap_or_default())
}

fn same<T: DeserializeOwned + PartialEq + Debug>(json: &[u8]) {
    let ours = super::read::<T>(json).map_err(|error: JsonError| without_float(&error.to_string()));
    let theirs =
        serde_json::from_slice::<T>(json).map_err(|error| without_float(&error.to_string()));
    // It looks whether a number has a value before it asks for what, and before it has read all of an exponent.
    let no_value = |error: &String| error.starts_with("number out of range");
    if theirs.as_ref().is_err_and(no_value)
        && ours
            .as_ref()
            .is_err_and(|e| e.starts_with("float") || no_value(e))
    {
        return;
    }
    assert_eq!(
        ours,
        theirs,
        "{} of {}",
        std::any::type_name::<T>(),
        String::from_utf8_lossy(json)
    );
}

fn same_for_all(json: &[u8]) {
    same::<Value>(json);
    same::<Record>(json);
    same::<Closed>(json);
    same::<Kind>(json);
    same::<Tagged>(json);
    same::<Flat>(json);
    same::<Vec<i64>>(json);
    same::<Vec<Option<u64>>>(json);
    same::<Vec<f64>>(json);
    same::<f32>(json);
    same::<(i128, u128)>(json);
    same::<BTreeMap<i32, Kind>>(json);
    same::<BTreeMap<char, f32>>(json);
    same::<Option<String>>(json);
    same::<[u8; 2]>(json);
    same::<()>(json);
}

const RECORD: &str = r#"{"id":"a\u00e9\ud83d\ude00\n","size":-5,"small":7,"note":null,"ratio":1.5e-3,"tags":["x","y"],
"kind":{"Pair":[18446744073709551615,"z"]},"open":true,"pair":[1,"c"],"byNumber":{"-3":false,"4":true},"more":{"a":[1,{}],"b":"\t"}}"#;

#[test]
fn every_beginning_of_a_text() {
    for end in 0..=RECORD.len() {
        same_for_all(&RECORD.as_bytes()[..end]);
    }
}

#[test]
fn texts_on_which_readers_differ() {
    for json in [
        "",
        " ",
        "-",
        "-0",
        "-0.0",
        "0",
        "00",
        "01",
        "1.",
        "1.e",
        "1e",
        "1e+",
        "1e5",
        "1E400",
        "-1e400",
        "1.x",
        "-x",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "1e-999",
        "123456789012345678901234567890",
        "0.1",
        "0.30000000000000004",
        "1.7976931348623157e308",
        "5e-324",
        "3.5e38",
        "0.1000000014901161193847656251",
        "nul",
        "nulx",
        "null",
        "true",
        "truex",
        "tru",
        "fals",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[1 2]",
        "[,1]",
        "[1]]",
        "[1],",
        "{",
        "{\"",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"b\":null}",
        "{\"b\":null}",
        "{\"a\":1,\"b\":null,\"c\":1}",
        "{\"a\":1,2:3}",
        "{,}",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\x\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\\ud83d\"",
        "\"\u{1}\"",
        "\"a\nb\"",
        "\"é\"",
        "\"Plain\"",
        "\"Other\"",
        "{\"Plain\":null}",
        "{\"Plain\":1}",
        "{\"Wrapped\":1}",
        "{\"Wrapped\":1.25}",
        "{\"Wrapped\":1e39}",
        "\"Wrapped\"",
        "\"Pair\"",
        "\"Named\"",
        "{\"Pair\":[1,\"x\",2]}",
        "{\"Pair\":[1]}",
        "{\"Named\":{\"x\":200}}",
        "{\"Named\":[3]}",
        "{\"Wrapped\":1,\"Plain\":2}",
        "{\"Wrapped\"}",
        "{}",
        "[1,2]",
        "[1,2,3]",
        "[1.5,2]",
        "[-1,-2]",
        "[256,1]",
        "[170141183460469231731687303715884105727,340282366920938463463374607431768211455]",
        "[170141183460469231731687303715884105728,1]",
        "[1,-1]",
        "[1,340282366920938463463374607431768211456]",
        "[01,1]",
        "{\"true\":\"x\"}",
        "{\"tru\":\"x\"}",
        "{\"x\":\"x\"}",
        "{\"1\":\"Plain\"}",
        "{\"1x\":\"Plain\"}",
        "{\"\":\"Plain\"}",
        "{\"1.5\":\"Plain\"}",
        "{\"c\":1.5}",
        "{\"cd\":1.5}",
        "{\"c\":1e39}",
        "[null,1]",
        "[null,-1]",
        "[nul,1]",
        "{\"type\":\"A\",\"x\":1}",
        "{\"x\":1,\"type\":\"A\"}",
        "{\"type\":\"B\",\"y\":[1,2.5]}",
        "{\"type\":\"C\"}",
        "{\"y\":[1]}",
        "{\"id\":1,\"f\":2.5,\"n\":[-0,1e2]}",
        "\n\n  x",
        "\n1\n x",
        "[\n1,\n\"a\"\n]",
        "\u{feff}1",
    ] {
        same_for_all(json.as_bytes());
    }
    for json in [&b"\"\xff\""[..], b"{\"\xff\":1}", b"[\"\\n\xff\"]", b"\xff"] {
        same_for_all(json);
    }
}

#[test]
fn as_deep_as_serde_json_and_no_deeper() {
    for depth in 125..131 {
        same::<Value>(("[".repeat(depth) + &"]".repeat(depth)).as_bytes());
        same::<Value>(("{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)).as_bytes());
        same::<Closed>(format!("{{\"x\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        same::<Record>(format!("{{\"x\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read(value in value(), pretty in any::<bool>()) {
        let json = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) };
        let json = json.unwrap();
        same_for_all(&json);
        prop_assert_eq!(super::read::<Value>(&json).unwrap(), value);
    }

    #[test]
    fn any_damage_is_told_alike(
        value in prop_oneof![value().prop_map(|value| value.to_string()), Just(RECORD.to_owned())],
        damage in prop::collection::vec((any::<Index>(), prop_oneof![
            any::<u8>(),
            prop::sample::select(&b"{}[]\",:\\u0123456789eE+-.ntf \n"[..]),
        ], 0..3u8), 1..4),
    ) {
        let mut json = value.into_bytes();
        for (place, byte, kind) in damage {
            let at = place.index(json.len().max(1)).min(json.len().saturating_sub(1));
            match kind {
                0 if !json.is_empty() => json[at] = byte,
                1 if !json.is_empty() => drop(json.remove(at)),
                _ => json.insert(at.min(json.len()), byte),
            }
        }
        same_for_all(&json);
    }

    #[test]
    fn any_bytes(json in prop::collection::vec(any::<u8>(), 0..40)) {
        same_for_all(&json);
    }

    #[test]
    fn any_float_as_its_digits(digits in "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?") {
        same::<f64>(digits.as_bytes());
        same::<f32>(digits.as_bytes());
        same::<Value>(digits.as_bytes());
    }
}
