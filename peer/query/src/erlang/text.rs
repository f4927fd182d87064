//! Values as CouchDB's error texts show them: Erlang terms in the format `~w`.

use super::Term;
use crate::json::Json;

pub(crate) fn term(value: &Json) -> String {
    written(&Term::of_json(value))
}

/// As `~p` shows them: bytes and lists of small numbers as text where all can be printed. Unlike Erlang on one line.
pub(crate) fn shown(value: &Json) -> String {
    printed(&Term::of_json(value))
}

fn written(term: &Term) -> String {
    match term {
        Term::List(items) => format!("[{}]", all(items, written)),
        Term::Tuple(items) => format!("{{{}}}", all(items, written)),
        Term::Atom(name) => name.clone(),
        Term::Integer(integer) => integer.to_string(),
        Term::Float(value) => float(*value),
        Term::Binary(bytes) => {
            let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
            format!("<<{}>>", bytes.join(","))
        }
    }
}

fn printed(term: &Term) -> String {
    match term {
        Term::Binary(bytes) if !bytes.is_empty() => {
            let quoted = quoted(bytes.iter().copied().map(u32::from));
            quoted.map_or_else(|| written(term), |text| format!("<<{text}>>"))
        }
        Term::List(items) => {
            let code = |item: &Term| match item {
                Term::Integer(integer) => u32::try_from(*integer).ok(),
                _ => None,
            };
            let codes: Option<Vec<u32>> = items.iter().map(code).collect();
            let text = codes.filter(|codes| !codes.is_empty());
            let text = text.and_then(|codes| quoted(codes.into_iter()));
            text.unwrap_or_else(|| format!("[{}]", all(items, printed)))
        }
        Term::Tuple(items) => format!("{{{}}}", all(items, printed)),
        other => written(other),
    }
}

fn all(items: &[Term], text: fn(&Term) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(",")
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
