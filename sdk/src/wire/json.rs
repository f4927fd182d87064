use super::read::{JsonError, read};
use selvedge_interface::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{CompactFormatter, Formatter};
use std::io::{self, Write};

/// JSON as Go's `encoding/json` writes it, so that a Rust and a Go contract leave the same bytes: compact, `<`, `>`, `&`,
/// U+2028 and U+2029 escaped, whole floats without a fraction.
///
/// # Errors
/// A value that JSON cannot express, such as a map whose keys are not strings.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, serde_json::Error> {
    let mut out = Vec::with_capacity(128);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out,
        GoFormatter,
    ))?;
    Ok(out.into())
}

/// JSON as JavaScript's `JSON.stringify` writes it: as [`to_json`], without the escapes.
pub(crate) fn to_plain_json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, serde_json::Error> {
    let mut out = Vec::with_capacity(128);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out,
        PlainFormatter,
    ))?;
    Ok(out.into())
}

/// Reads JSON as `serde_json` does, floats exactly.
///
/// # Errors
/// Anything that is not a `T`, with `serde_json`'s text and place. Only a float where another type is expected is spelt
/// as it stands there.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    read(bytes)
}

/// The head of a value for an error text.
pub(crate) fn excerpt(text: &str) -> &str {
    const LIMIT: usize = 200;
    let mut end = text.len().min(LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, found)) = rest.char_indices().find(|(_, c)| go_escapes(*c)) {
            let (head, tail) = rest.split_at(at);
            out.write_all(head.as_bytes())?;
            write!(out, "\\u{:04x}", u32::from(found))?;
            rest = &tail[found.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        if is_plain(value.abs(), 1e-6, 1e21) {
            write!(out, "{value}")
        } else {
            write_exponent(out, format!("{value:e}"))
        }
    }

    fn write_f32<W: ?Sized + Write>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        if is_plain(value.abs(), 1e-6, 1e21) {
            write!(out, "{value}")
        } else {
            write_exponent(out, format!("{value:e}"))
        }
    }

    fn write_null<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        CompactFormatter.write_null(out)
    }
}

/// Go's encoder spells floats as JavaScript does.
struct PlainFormatter;

impl Formatter for PlainFormatter {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        GoFormatter.write_f64(out, value)
    }

    fn write_f32<W: ?Sized + Write>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        GoFormatter.write_f32(out, value)
    }
}

fn go_escapes(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn is_plain<F: PartialOrd + Default>(magnitude: F, small: F, large: F) -> bool {
    magnitude == F::default() || (magnitude >= small && magnitude < large)
}

/// Go signs a positive exponent.
fn write_exponent<W: ?Sized + Write>(out: &mut W, text: String) -> io::Result<()> {
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            write!(out, "{mantissa}e+{exponent}")
        }
        _ => out.write_all(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json<T: Serialize>(value: T) -> String {
        String::from_utf8(to_json(&value).unwrap().to_vec()).unwrap()
    }

    /// Expected texts are those of Go 1.23's `json.Marshal`.
    #[test]
    fn strings_are_escaped_as_go_does() {
        assert_eq!(
            json("a<b>&\u{2028}\u{2029}"),
            r#""a\u003cb\u003e\u0026\u2028\u2029""#
        );
        assert_eq!(
            json("\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}/é"),
            "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u{7f}/é\""
        );
    }

    #[test]
    fn floats_are_spelt_as_go_does() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
        ] {
            assert_eq!(json(value), text);
        }
        assert_eq!(json(0.1f32), "0.1");
        assert_eq!(json(f64::NAN), "null");
    }

    #[test]
    fn an_excerpt_ends_between_characters() {
        assert_eq!(excerpt(&"é".repeat(200)).len(), 200);
        assert_eq!(excerpt(&format!("a{}", "é".repeat(200))).len(), 199);
    }

    proptest! {
        #[test]
        fn every_string_survives(text in any::<String>()) {
            prop_assert_eq!(from_json::<String>(&to_json(&text).unwrap()).unwrap(), text);
        }

        #[test]
        fn every_float_survives(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            prop_assert_eq!(from_json::<f64>(&to_json(&value).unwrap()).unwrap(), value);
        }
    }
}
