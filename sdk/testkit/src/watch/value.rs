//! What can be said of a value without knowing the contract.

use serde_json::Value;

/// The path of the first number with a fraction in a JSON value.
pub(crate) fn fraction(bytes: &[u8]) -> Option<String> {
    // Whoever has no such character has no fraction; most values are not parsed.
    let may = bytes.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    let starts = bytes
        .first()
        .is_some_and(|byte| matches!(byte, b'{' | b'[' | b'-' | b'0'..=b'9'));
    if !(may && starts) {
        return None;
    }
    find(&serde_json::from_slice(bytes).ok()?, String::new())
}

fn find(value: &Value, path: String) -> Option<String> {
    match value {
        Value::Number(number) if number.is_f64() => Some(match path.is_empty() {
            true => number.to_string(),
            false => format!("{path} = {number}"),
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find(item, format!("{path}[{index}]"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let dot = if path.is_empty() { "" } else { "." };
            find(member, format!("{path}{dot}{name}"))
        }),
        _ => None,
    }
}

/// Two JSON objects that have no member in common are records of two kinds.
pub(crate) fn overwrites_something_else(old: &[u8], new: &[u8]) -> bool {
    let names = |bytes: &[u8]| match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) if !members.is_empty() => Some(members),
        _ => None,
    };
    match (names(old), names(new)) {
        (Some(old), Some(new)) => !old.keys().any(|name| new.contains_key(name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_found_where_they_are() {
        assert_eq!(fraction(br#"{"a":[1,{"b":1.5}]}"#).unwrap(), "a[1].b = 1.5");
        assert_eq!(fraction(b"1e2").unwrap(), "100.0");
        assert_eq!(fraction(br#"{"a":"1.5"}"#), None);
        assert_eq!(fraction(b"v1.5"), None);
    }

    #[test]
    fn records_of_two_kinds_share_no_member() {
        assert!(overwrites_something_else(br#"{"a":1}"#, br#"{"b":1}"#));
        assert!(!overwrites_something_else(
            br#"{"a":1}"#,
            br#"{"a":2,"b":1}"#
        ));
        assert!(!overwrites_something_else(b"1", br#"{"b":1}"#));
    }
}
