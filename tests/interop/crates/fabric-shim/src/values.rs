//! What goes into scripts and comes out of them.

use fabric_shim::protos::queryresult::Kv;
use serde_json::{Value, json};

pub(crate) fn text(parameters: &[Value], index: usize) -> Result<&str, String> {
    let found = parameters.get(index).and_then(Value::as_str);
    found.ok_or_else(|| format!("parameter {} is not a string", index + 1))
}

pub(crate) fn number(parameters: &[Value], index: usize) -> Result<i32, String> {
    let found = parameters.get(index).and_then(Value::as_i64);
    found
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| format!("parameter {} is not a number", index + 1))
}

pub(crate) fn texts(parameters: &[Value], index: usize) -> Result<Vec<&str>, String> {
    let found = parameters.get(index).and_then(Value::as_array);
    found
        .and_then(|items| items.iter().map(Value::as_str).collect())
        .ok_or_else(|| format!("parameter {} is not a list of strings", index + 1))
}

/// A string, or `{"hex": "…"}`.
pub(crate) fn bytes(parameters: &[Value], index: usize) -> Result<Vec<u8>, String> {
    parameters
        .get(index)
        .and_then(value)
        .ok_or_else(|| format!("parameter {} is not a value", index + 1))
}

pub(crate) fn value(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        other => hex::decode(other.get("hex")?.as_str()?).ok(),
    }
}

/// `null` when empty or absent.
pub(crate) fn result(bytes: &[u8]) -> Value {
    match bytes {
        [] => Value::Null,
        some => hex::encode(some).into(),
    }
}

pub(crate) fn row(row: &Kv) -> Value {
    json!([hex::encode(&row.key), hex::encode(&row.value)])
}

/// As Go's encoder writes strings.
pub(crate) fn json(value: &Value) -> String {
    let mut text = value.to_string();
    for (plain, escaped) in [
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u{2028}", "\\u2028"),
        ("\u{2029}", "\\u2029"),
    ] {
        text = text.replace(plain, escaped);
    }
    text
}
