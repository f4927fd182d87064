//! CouchDB's order of JSON values: null, false, true, numbers, strings, arrays, objects; strings by ICU's root
//! collation, so that equality too is the collation's.

use crate::json::Json;
use icu_collator::CollatorBorrowed;
use icu_collator::options::CollatorOptions;
use std::cmp::Ordering;
use std::sync::OnceLock;

/// Names the order in which index rows are written down. Rows written under another name must be built anew.
pub const COLLATION: &str = "icu4x-2/cldr-48/1";

const END: u8 = 0x00;
const NULL: u8 = 0x10;
const FALSE: u8 = 0x11;
const TRUE: u8 = 0x12;
const NUMBER: u8 = 0x20;
const STRING: u8 = 0x30;
const ARRAY: u8 = 0x40;
const OBJECT: u8 = 0x50;
/// After every value, as CouchDB's `{<<255,255,255,255>>}` is.
pub(crate) const HIGHEST: u8 = 0xff;

pub fn compare(a: &Json, b: &Json) -> Ordering {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.compare(*b),
        (Json::String(a), Json::String(b)) => compare_strings(a, b),
        (Json::Array(a), Json::Array(b)) => {
            let pairs = a.iter().zip(b).map(|(a, b)| compare(a, b));
            first_difference(pairs).then(a.len().cmp(&b.len()))
        }
        (Json::Object(a), Json::Object(b)) => {
            let pairs = a
                .iter()
                .zip(b)
                .map(|(a, b)| compare_strings(&a.0, &b.0).then_with(|| compare(&a.1, &b.1)));
            first_difference(pairs).then(a.len().cmp(&b.len()))
        }
        _ => tag(a).cmp(&tag(b)),
    }
}

fn first_difference(mut pairs: impl Iterator<Item = Ordering>) -> Ordering {
    pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn tag(value: &Json) -> u8 {
    match value {
        Json::Null => NULL,
        Json::Bool(false) => FALSE,
        Json::Bool(true) => TRUE,
        Json::Number(_) => NUMBER,
        Json::String(_) => STRING,
        Json::Array(_) => ARRAY,
        Json::Object(_) => OBJECT,
    }
}

fn compare_strings(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match collator() {
        Some(collator) => collator.compare(a, b),
        None => a.cmp(b),
    }
}

/// `None` cannot happen: the root collation is compiled in.
fn collator() -> Option<&'static CollatorBorrowed<'static>> {
    static ROOT: OnceLock<Option<CollatorBorrowed<'static>>> = OnceLock::new();
    ROOT.get_or_init(|| {
        CollatorBorrowed::try_new(Default::default(), CollatorOptions::default()).ok()
    })
    .as_ref()
}

/// Appends bytes whose order is the order of values. No value's bytes are the beginning of another's.
pub(crate) fn encode(value: &Json, out: &mut Vec<u8>) {
    out.push(tag(value));
    match value {
        Json::Null | Json::Bool(_) => {}
        Json::Number(number) => out.extend_from_slice(&ordered(number.float())),
        Json::String(text) => encode_string(text, out),
        Json::Array(items) => {
            for item in items {
                encode(item, out);
            }
            out.push(END);
        }
        Json::Object(members) => {
            for (name, value) in members {
                out.push(STRING);
                encode_string(name, out);
                encode(value, out);
            }
            out.push(END);
        }
    }
}

fn encode_string(text: &str, out: &mut Vec<u8>) {
    let mut key = Vec::with_capacity(text.len() + 8);
    match collator() {
        // Writing into a vector cannot fail.
        Some(collator) => {
            let _ = collator.write_sort_key_to(text, &mut key);
        }
        None => key.extend_from_slice(text.as_bytes()),
    }
    for byte in key {
        out.push(byte);
        if byte == 0 {
            out.push(0xff);
        }
    }
    out.extend_from_slice(&[0, 1]);
}

/// Big-endian bits, the sign turned round; all bits of negative numbers.
fn ordered(float: f64) -> [u8; 8] {
    let float = if float == 0.0 { 0.0 } else { float };
    let bits = float.to_bits();
    let flipped = if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    };
    flipped.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Numbers, parse};
    use proptest::prelude::*;

    /// CouchDB's documentation of view collation, and Unicode's rules for letters, digits and marks.
    const ASCENDING: &[&str] = &[
        "null",
        "false",
        "true",
        "-1e30",
        "-2",
        "-1.5",
        "0",
        "0.5",
        "1",
        "2",
        "10",
        "1e30",
        r#""""#,
        r#"" ""#,
        r#""_""#,
        r#""-""#,
        r#""@""#,
        r#""1""#,
        r#""10""#,
        r#""2""#,
        r#""a""#,
        r#""A""#,
        r#""\u00e4""#,
        r#""aa""#,
        r#""ab""#,
        r#""AB""#,
        r#""b""#,
        r#""B""#,
        r#""ba""#,
        r#""bb""#,
        r#""z""#,
        r#""\u00e6\u4e00z""#,
        "[]",
        r#"["a"]"#,
        r#"["b"]"#,
        r#"["b","c"]"#,
        r#"["b","c","a"]"#,
        r#"["b","d"]"#,
        "{}",
        r#"{"a":1}"#,
        r#"{"a":2}"#,
        r#"{"b":1}"#,
        r#"{"b":2}"#,
        r#"{"b":2,"c":2}"#,
    ];

    fn json(text: &str) -> Json {
        parse(text.as_bytes(), Numbers::Document).unwrap()
    }

    fn encoded(value: &Json) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut out);
        out
    }

    #[test]
    fn the_documented_order_holds_for_values_and_for_their_bytes() {
        let values: Vec<Json> = ASCENDING
            .iter()
            .filter(|text| !text.contains("4e00"))
            .map(|text| json(text))
            .collect();
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
                assert_eq!(encoded(a).cmp(&encoded(b)), i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn equality_is_the_collations() {
        // One character, and the same as letter and mark; a character that collation ignores.
        for (a, b) in [("\"\u{e9}\"", "\"e\u{301}\""), (r#""ab""#, r#""a\u0001b""#)] {
            assert_eq!(compare(&json(a), &json(b)), Ordering::Equal);
            assert_eq!(encoded(&json(a)), encoded(&json(b)));
        }
    }

    #[test]
    fn the_highest_code_point_of_the_collation_is_above_every_text() {
        for text in ["zzz", "\u{4e00}", "\u{10fffd}", "\u{ffff}a"] {
            let highest = Json::String("\u{ffff}\u{ffff}".into());
            let order = compare(&Json::String(text.into()), &highest);
            assert_eq!(order, Ordering::Less, "{text}");
        }
    }

    fn values() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            (-3_i64..3).prop_map(|n| Json::Number(n.into())),
            any::<f64>()
                .prop_filter("JSON has only finite numbers", |f| f.is_finite())
                .prop_map(|f| Json::Number(crate::Number::from_float(f))),
            "[ab\u{0}\u{e9}\u{301}A1 ]{0,4}".prop_map(Json::String),
            any::<String>().prop_map(Json::String),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::Array),
                prop::collection::vec(("[abA]{0,2}", inner), 0..3).prop_map(Json::object),
            ]
        })
    }

    proptest! {
        #[test]
        fn bytes_are_ordered_as_values_are(a in values(), b in values()) {
            prop_assert_eq!(encoded(&a).cmp(&encoded(&b)), compare(&a, &b));
        }

        #[test]
        fn no_value_begins_another(a in values(), b in values()) {
            let (a, b) = (encoded(&a), encoded(&b));
            prop_assert!(a == b || !b.starts_with(&a));
        }
    }
}
