use super::{Json, Number};
use std::borrow::Cow;

/// Values nested deeper are opaque to queries. (Go reads 10,000 levels; walking as many would need that much stack.)
pub const MAX_DEPTH: usize = 500;

/// Why bytes are not JSON, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    #[error("EOF")]
    Empty,
    #[error("unexpected EOF")]
    Truncated,
    #[error("invalid character {found} {place}")]
    Character { found: String, place: String },
    #[error("exceeded max depth")]
    Depth,
    #[error("json: cannot unmarshal number {0} into Go value of type float64")]
    Number(String),
    #[error("json: cannot unmarshal {0} into Go value of type map[string]interface {{}}")]
    NotAnObject(&'static str),
}

/// How numbers are read; see [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    Document,
    Query,
}

/// A whole document: nothing but white space may follow.
pub(crate) fn parse(bytes: &[u8], numbers: Numbers) -> Result<Json, JsonError> {
    let mut parser = Parser::new(bytes, numbers);
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(byte) => Err(unexpected(byte, "after top-level value")),
    }
}

/// The first value; what follows is ignored, as Go's `Decoder` does.
pub(crate) fn parse_first(bytes: &[u8], numbers: Numbers) -> Result<Json, JsonError> {
    let mut parser = Parser::new(bytes, numbers);
    parser.space();
    if parser.peek().is_none() {
        return Err(JsonError::Empty);
    }
    parser.value(0)
}

/// Names of the members if the bytes are one JSON object, else `None`.
pub(crate) fn top_level_names(bytes: &[u8]) -> Option<Vec<String>> {
    match parse(bytes, Numbers::Document).ok()? {
        Json::Object(members) => Some(members.into_iter().map(|member| member.0).collect()),
        _ => None,
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    numbers: Numbers,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8], numbers: Numbers) -> Self {
        Self {
            bytes,
            at: 0,
            numbers,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self.peek().ok_or(JsonError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte that is not white space.
    fn token(&mut self) -> Result<u8, JsonError> {
        self.space();
        self.next()
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        if depth > MAX_DEPTH {
            return Err(JsonError::Depth);
        }
        match self.token()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(Json::String(self.string()?)),
            b't' => self.literal("true", Json::Bool(true)),
            b'f' => self.literal("false", Json::Bool(false)),
            b'n' => self.literal("null", Json::Null),
            byte @ (b'-' | b'0'..=b'9') => self.number(byte),
            byte => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut members = Vec::new();
        loop {
            match self.token()? {
                b'}' if members.is_empty() => break,
                b'"' => {}
                byte => {
                    return Err(unexpected(
                        byte,
                        "looking for beginning of object key string",
                    ));
                }
            }
            let name = self.string()?;
            match self.token()? {
                b':' => {}
                byte => return Err(unexpected(byte, "after object key")),
            }
            members.push((name, self.value(depth + 1)?));
            match self.token()? {
                b',' => {}
                b'}' => break,
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
        }
        Ok(Json::object(members))
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            match self.token()? {
                b',' => {}
                b']' => return Ok(Json::Array(items)),
                byte => return Err(unexpected(byte, "after array element")),
            }
        }
    }

    fn literal(&mut self, word: &str, value: Json) -> Result<Json, JsonError> {
        for expected in word.bytes().skip(1) {
            let found = self.next()?;
            if found != expected {
                let place = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(unexpected(found, &place));
            }
        }
        Ok(value)
    }

    fn number(&mut self, first: u8) -> Result<Json, JsonError> {
        let start = self.at - 1;
        let mut digit = first;
        if first == b'-' {
            digit = self.next()?;
            if !digit.is_ascii_digit() {
                return Err(unexpected(digit, "in numeric literal"));
            }
        }
        if digit != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.need_digit("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.need_digit("in exponent of numeric literal")?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let number = Number::from_text(text).ok_or_else(|| JsonError::Number(text.to_owned()))?;
        Ok(Json::Number(match self.numbers {
            Numbers::Document => Number::from_float(number.float()),
            Numbers::Query => number,
        }))
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn need_digit(&mut self, place: &str) -> Result<(), JsonError> {
        let byte = self.next()?;
        if !byte.is_ascii_digit() {
            return Err(unexpected(byte, place));
        }
        self.digits();
        Ok(())
    }

    /// After the opening quote. Bytes that are no UTF-8 become U+FFFD.
    fn string(&mut self) -> Result<String, JsonError> {
        let mut out: Cow<'a, str> = Cow::Borrowed("");
        let mut start = self.at;
        loop {
            let byte = self.next()?;
            match byte {
                b'"' | b'\\' => {
                    let plain = lossy(&self.bytes[start..self.at - 1]);
                    if out.is_empty() {
                        out = plain;
                    } else {
                        out.to_mut().push_str(&plain);
                    }
                    if byte == b'"' {
                        return Ok(out.into_owned());
                    }
                    let c = self.escaped()?;
                    out.to_mut().push(c);
                    start = self.at;
                }
                0..=0x1f => return Err(unexpected(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escaped(&mut self) -> Result<char, JsonError> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            byte => return Err(unexpected(byte, "in string escape code")),
        })
    }

    /// A surrogate without its other half becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hex()?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.next()?;
            let digit = char::from(byte)
                .to_digit(16)
                .ok_or_else(|| unexpected(byte, "in \\u hexadecimal character escape"))?;
            code = code * 16 + digit;
        }
        Ok(code)
    }
}

/// Go replaces every byte that begins no character; Rust's own conversion takes a truncated character as one.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for _ in chunk.invalid() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Cow::Owned(out)
}

fn unexpected(byte: u8, place: &str) -> JsonError {
    let found = match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0x07 => r"'\a'".to_owned(),
        0x08 => r"'\b'".to_owned(),
        0x0b => r"'\v'".to_owned(),
        0x0c => r"'\f'".to_owned(),
        0..=0x1f | 0x7f => format!("'\\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!("'\\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    };
    JsonError::Character {
        found,
        place: place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &[u8]) -> String {
        parse(text, Numbers::Document).unwrap().to_string()
    }

    #[test]
    fn values_come_back_as_go_and_couchdb_leave_them() {
        for (text, canon) in [
            (r#" { "b" : 1.0 , "a":[ ] } "#, r#"{"a":[],"b":1}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (
                r#"{"a":"<\/&\u00e9\ud83d\ude00"}"#,
                "{\"a\":\"\\u003c/\\u0026é😀\"}",
            ),
            (r#"{"a":"\ud800x"}"#, "{\"a\":\"\u{fffd}x\"}"),
            ("{\"a\":\"\u{2028}\\u0001\"}", r#"{"a":"\u2028\u0001"}"#),
            (
                r#"{"a":12345678901234567890}"#,
                r#"{"a":12345678901234567000}"#,
            ),
        ] {
            assert_eq!(canonical(text.as_bytes()), canon);
        }
        assert_eq!(
            canonical(b"{\"a\":\"\xe2\x82\"}"),
            "{\"a\":\"\u{fffd}\u{fffd}\"}"
        );
    }

    #[test]
    fn errors_are_those_of_go() {
        for (text, error) in [
            ("", "EOF"),
            ("{", "unexpected EOF"),
            ("x", "invalid character 'x' looking for beginning of value"),
            (
                "{a",
                "invalid character 'a' looking for beginning of object key string",
            ),
            (r#"{"a"1"#, "invalid character '1' after object key"),
            (
                r#"{"a":1 2"#,
                "invalid character '2' after object key:value pair",
            ),
            ("[1 2", "invalid character '2' after array element"),
            (
                "tru?",
                "invalid character '?' in literal true (expecting 'e')",
            ),
            ("-x", "invalid character 'x' in numeric literal"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            (r#""\q""#, "invalid character 'q' in string escape code"),
            ("\"\n\"", r"invalid character '\n' in string literal"),
        ] {
            let found = parse_first(text.as_bytes(), Numbers::Query).unwrap_err();
            assert_eq!(found.to_string(), error, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels| [vec![b'['; levels], vec![b']'; levels]].concat();
        assert!(parse(&deep(MAX_DEPTH), Numbers::Document).is_ok());
        assert_eq!(
            parse(&deep(100_000), Numbers::Document),
            Err(JsonError::Depth)
        );
    }
}
