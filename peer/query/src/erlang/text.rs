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

/// As `~p` shows them: bytes and lists of small numbers as text where all can be printed. Unlike Erlang on one line.
pub(crate) fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => match quoted(text.bytes().map(u32::from)) {
            Some(quoted) if !text.is_empty() => format!("<<{quoted}>>"),
            _ => binary(text),
        },
        Json::Array(items) => {
            let code = |item: &Json| match item {
                Json::Number(number) => number.integer()?.try_into().ok(),
                _ => None,
            };
            let codes: Option<Vec<u32>> = items.iter().map(code).collect();
            let text = codes.filter(|codes| !codes.is_empty());
            let text = text.and_then(|codes| quoted(codes.into_iter()));
            text.unwrap_or_else(|| list(items.iter().map(shown)))
        }
        Json::Object(members) => {
            let name = |name: &String| shown(&Json::String(name.clone()));
            let members = members
                .iter()
                .map(|(key, value)| format!("{{{},{}}}", name(key), shown(value)));
            format!("{{{}}}", list(members))
        }
        other => term(other),
    }
}

/// Each number is one byte of the answer, which is UTF-8: `None` where it would be none, or would not be printed.
fn quoted(codes: impl Iterator<Item = u32>) -> Option<String> {
    let mut out = vec![b'"'];
    for code in codes {
        match u8::try_from(code).ok()? {
            0x08 => out.extend(b"\\b"),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            0x0b => out.extend(b"\\v"),
            0x0c => out.extend(b"\\f"),
            b'\r' => out.extend(b"\\r"),
            0x1b => out.extend(b"\\e"),
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            byte @ (b' '..=b'~' | 0xa0..) => out.push(byte),
            _ => return None,
        }
    }
    out.push(b'"');
    String::from_utf8(out).ok()
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
    fn what_can_be_printed_is_shown_as_text() {
        for (text, terms) in [
            (r#"{"$a":"b\n\""}"#, r#"{[{<<"$a">>,<<"b\n\"">>}]}"#),
            (r#"["x",[97,98],[97,0],[]]"#, r#"[<<"x">>,"ab",[97,0],[]]"#),
            (r#"["é","ß",""]"#, r#"[<<"é">>,<<195,159>>,<<>>]"#),
        ] {
            let value = parse(text.as_bytes(), Numbers::Query).unwrap();
            assert_eq!(shown(&value), terms);
        }
    }

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
