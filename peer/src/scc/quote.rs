use std::fmt::Write as _;

/// Bytes in quotes, as Go's `strconv.Quote` shows them.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut out, c);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

fn push(out: &mut String, c: char) {
    let escaped = match c {
        '"' => Some('"'),
        '\\' => Some('\\'),
        '\x07' => Some('a'),
        '\x08' => Some('b'),
        '\x0c' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\x0b' => Some('v'),
        _ => None,
    };
    // Writing to a string cannot fail.
    let _ = match escaped {
        Some(escaped) => write!(out, "\\{escaped}"),
        None if c == ' ' || !(c.is_control() || c.is_whitespace()) => write!(out, "{c}"),
        None if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
        None => write!(out, "\\u{:04x}", u32::from(c)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first is what a Go peer answered.
    #[test]
    fn as_go_quotes() {
        assert_eq!(quoted(b"a\"b\x00\xff"), r#""a\"b\x00\xff""#);
        let text = "é\n\\\u{85} ";
        assert_eq!(quoted(text.as_bytes()), r#""é\n\\\u0085 ""#);
        assert_eq!(quoted(b""), r#""""#);
    }
}
