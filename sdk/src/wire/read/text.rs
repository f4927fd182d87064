use super::JsonError;
use super::reader::{Reader, Result};

const END_OF_STRING: &str = "EOF while parsing a string";
const NO_PAIR: &str = "lone leading surrogate in hex escape";

impl Reader<'_> {
    /// The string that begins here, after its quotation mark.
    pub(super) fn text(&mut self) -> Result<&str> {
        let plain = self.raw()?;
        let bytes = match plain {
            Some((start, end)) => self.json.get(start..end).unwrap_or_default(),
            None => &self.unescaped,
        };
        std::str::from_utf8(bytes).map_err(|error| self.not_text(bytes.len() - error.valid_up_to()))
    }

    /// The error of so many bytes before the end of a string. With escapes in it the place is not exact.
    #[cold]
    fn not_text(&self, back: usize) -> JsonError {
        let (line, column) = self.place(self.at);
        JsonError::new(
            "invalid unicode code point",
            (line, column.saturating_sub(back)),
        )
    }

    /// The same, whatever its bytes are.
    pub(super) fn bytes(&mut self) -> Result<&[u8]> {
        Ok(match self.raw()? {
            Some((start, end)) => self.json.get(start..end).unwrap_or_default(),
            None => &self.unescaped,
        })
    }

    /// Where the string is, or `None` if it had to be put together in `unescaped`.
    fn raw(&mut self) -> Result<Option<(usize, usize)>> {
        let first = self.at;
        let mut start = first;
        self.unescaped.clear();
        loop {
            match self.next() {
                None => return Err(self.here(END_OF_STRING)),
                Some(b'"') => {
                    let end = self.at - 1;
                    if start == first {
                        return Ok(Some((start, end)));
                    }
                    self.keep(start, end);
                    return Ok(None);
                }
                Some(b'\\') => {
                    self.keep(start, self.at - 1);
                    self.escape()?;
                    start = self.at;
                }
                Some(0..=0x1f) => return Err(self.control()),
                Some(_) => {}
            }
        }
    }

    #[cold]
    pub(super) fn control(&self) -> JsonError {
        self.here("control character (\\u0000-\\u001F) found while parsing a string")
    }

    fn keep(&mut self, start: usize, end: usize) {
        let piece = self.json.get(start..end).unwrap_or_default();
        self.unescaped.extend_from_slice(piece);
    }

    fn escape(&mut self) -> Result<()> {
        let byte = match self.next() {
            None => return Err(self.here(END_OF_STRING)),
            Some(b'u') => return self.unicode(),
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(same @ (b'"' | b'\\' | b'/')) => same,
            Some(_) => return Err(self.here("invalid escape")),
        };
        self.unescaped.push(byte);
        Ok(())
    }

    /// `\u` and four digits, of which two make one character beyond U+FFFF.
    fn unicode(&mut self) -> Result<()> {
        let mut code = self.hex()?;
        if let 0xd800..=0xdbff = code {
            for expected in [b'\\', b'u'] {
                match self.next() {
                    None => return Err(self.here(END_OF_STRING)),
                    Some(byte) if byte != expected => {
                        return Err(self.here("unexpected end of hex escape"));
                    }
                    Some(_) => {}
                }
            }
            let low = self.hex()?;
            if !(0xdc00..=0xdfff).contains(&low) {
                return Err(self.here(NO_PAIR));
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        // Only the second of a pair is no character by now.
        let found = char::from_u32(code).ok_or_else(|| self.here(NO_PAIR))?;
        let mut buffer = [0; 4];
        let encoded = found.encode_utf8(&mut buffer);
        self.unescaped.extend_from_slice(encoded.as_bytes());
        Ok(())
    }

    fn hex(&mut self) -> Result<u32> {
        let Some(digits) = self.json.get(self.at..self.at + 4) else {
            self.at = self.json.len();
            return Err(self.here(END_OF_STRING));
        };
        self.at += 4;
        let code = digits.iter().try_fold(0, |code, digit| {
            Some(code << 4 | char::from(*digit).to_digit(16)?)
        });
        code.ok_or_else(|| self.here("invalid escape"))
    }

    /// Goes past a string whose bytes nobody wants.
    pub(super) fn skip_text(&mut self) -> Result<()> {
        loop {
            match self.peek() {
                None => return Err(self.here(END_OF_STRING)),
                Some(0..=0x1f) => return Err(self.control()),
                Some(byte) => {
                    self.at += 1;
                    match byte {
                        b'"' => return Ok(()),
                        b'\\' => self.skip_escape()?,
                        _ => {}
                    }
                }
            }
        }
    }

    fn skip_escape(&mut self) -> Result<()> {
        match self.next() {
            None => Err(self.here(END_OF_STRING)),
            Some(b'u') => self.hex().map(drop),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(_) => Err(self.here("invalid escape")),
        }
    }
}
