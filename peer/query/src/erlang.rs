//! Values as CouchDB's error texts show them: Erlang terms in the format `~w`.

use crate::json::Json;

pub(crate) fn term(value: &Json) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => match number.integer() {
            Some(integer) => integer.to_string(),
            None => float(number.float()),
        },
        Json::String(text) => binary(text),
        Json::Array(items) => list(items.iter().map(term)),
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{{{},{}}}", binary(name), term(value)));
            format!("{{{}}}", list(members))
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn binary(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    format!("<<{}>>", bytes.join(","))
}

/// Erlang always shows a point.
fn float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0e{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Numbers, parse};

    #[test]
    fn terms_look_as_erlang_prints_them() {
        for (text, shown) in [
            (
                r#"{"a":[1,1.0,null,true]}"#,
                "{[{<<97>>,[1,1.0,null,true]}]}",
            ),
            (r#""ab""#, "<<97,98>>"),
            ("1e30", "1.0e30"),
            ("[]", "[]"),
        ] {
            assert_eq!(
                term(&parse(text.as_bytes(), Numbers::Query).unwrap()),
                shown
            );
        }
    }
}
