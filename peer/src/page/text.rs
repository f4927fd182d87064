//! Bytes and keys for people.

use serde::Serialize;

/// Bytes of a value that are shown; the rest is counted.
const SHOWN: usize = 4096;

/// A value: text where it is text, else hexadecimal.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    text: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hex: bool,
    bytes: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

pub(super) fn shown(value: &[u8]) -> Shown {
    let bytes = value.len();
    if let Ok(text) = std::str::from_utf8(value)
        && text.chars().all(|c| !c.is_control() || c.is_whitespace())
    {
        let end = text.floor_char_boundary(SHOWN);
        return Shown {
            text: text.get(..end).unwrap_or_default().to_owned(),
            hex: false,
            bytes,
            cut: end < bytes,
        };
    }
    let part = value.get(..SHOWN / 2).unwrap_or(value);
    Shown {
        text: hex::encode(part),
        hex: true,
        bytes,
        cut: part.len() < bytes,
    }
}

/// A key; a composite one as its parts.
pub(super) fn key(key: &str) -> String {
    match key.strip_prefix('\0') {
        Some(parts) => parts.trim_end_matches('\0').replace('\0', "~"),
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_text_or_hexadecimal_and_never_long() {
        assert_eq!(shown(b"{\"a\": 1}\n").text, "{\"a\": 1}\n");
        let binary = shown(&[0, 1, 0xff]);
        assert_eq!(
            (binary.text.as_str(), binary.hex, binary.cut),
            ("0001ff", true, false)
        );
        let long = shown("é".repeat(3000).as_bytes());
        assert_eq!((long.text.len(), long.bytes, long.cut), (4096, 6000, true));
        assert!(shown(&[0xff; 5000]).cut);
    }

    #[test]
    fn composite_keys_are_their_parts() {
        assert_eq!(key("\0owner\0ann\0a1\0"), "owner~ann~a1");
        assert_eq!(key("plain"), "plain");
    }
}
