use super::JsonError;
use serde::de::{Error, Expected, Unexpected};

pub(super) type Result<T> = std::result::Result<T, JsonError>;

pub(super) const END_OF_VALUE: &str = "EOF while parsing a value";
pub(super) const END_OF_LIST: &str = "EOF while parsing a list";
pub(super) const END_OF_OBJECT: &str = "EOF while parsing an object";
pub(super) const NO_VALUE: &str = "expected value";
pub(super) const NO_STRING_KEY: &str = "key must be a string";
const TOO_DEEP: &str = "recursion limit exceeded";

/// Lists and objects in each other.
const DEPTH: u8 = 127;

/// A place in a text.
pub(super) struct Reader<'t> {
    pub(super) json: &'t [u8],
    pub(super) at: usize,
    /// The last string that had an escape.
    pub(super) unescaped: Vec<u8>,
    depth: u8,
}

impl<'t> Reader<'t> {
    pub(super) fn new(json: &'t [u8]) -> Self {
        Self {
            json,
            at: 0,
            unescaped: Vec::new(),
            depth: DEPTH,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// What comes after white space.
    pub(super) fn skip_space(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                other => return other,
            }
        }
    }

    /// The same where a value must come.
    pub(super) fn start(&mut self) -> Result<u8> {
        self.skip_space().ok_or_else(|| self.at_next(END_OF_VALUE))
    }

    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let before = self.json.get(..at).unwrap_or(self.json);
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n');
        (lines + 1, column.count())
    }

    /// The error of what was read last.
    #[cold]
    pub(super) fn here(&self, text: &'static str) -> JsonError {
        JsonError::new(text, self.place(self.at))
    }

    /// The error of what comes next.
    #[cold]
    pub(super) fn at_next(&self, text: &'static str) -> JsonError {
        JsonError::new(text, self.place(self.at + 1))
    }

    pub(super) fn placed(&self, error: JsonError) -> JsonError {
        error.placed(|| self.place(self.at))
    }

    /// The rest of `null`, `true` or `false`.
    pub(super) fn word(&mut self, rest: &[u8]) -> Result<()> {
        self.at += 1;
        for expected in rest {
            match self.next() {
                None => return Err(self.here(END_OF_VALUE)),
                Some(found) if found != *expected => return Err(self.here("expected ident")),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Goes into a list or an object.
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.depth == 0 {
            return Err(self.at_next(TOO_DEEP));
        }
        self.depth -= 1;
        self.at += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }

    pub(super) fn end_list(&mut self) -> Result<()> {
        match self.skip_space() {
            Some(b']') => {
                self.at += 1;
                Ok(())
            }
            Some(b',') => {
                self.at += 1;
                Err(match self.skip_space() {
                    Some(b']') => self.at_next("trailing comma"),
                    _ => self.at_next("trailing characters"),
                })
            }
            Some(_) => Err(self.at_next("trailing characters")),
            None => Err(self.at_next(END_OF_LIST)),
        }
    }

    pub(super) fn end_object(&mut self) -> Result<()> {
        match self.skip_space() {
            Some(b'}') => {
                self.at += 1;
                Ok(())
            }
            Some(b',') => Err(self.at_next("trailing comma")),
            Some(_) => Err(self.at_next("trailing characters")),
            None => Err(self.at_next(END_OF_OBJECT)),
        }
    }

    pub(super) fn colon(&mut self) -> Result<()> {
        match self.skip_space() {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.at_next("expected `:`")),
            None => Err(self.at_next(END_OF_OBJECT)),
        }
    }

    /// The error of a value that begins with the next byte and is of another type.
    #[cold]
    pub(super) fn mismatch(&mut self, expected: &dyn Expected) -> JsonError {
        match self.describe(expected) {
            Ok(error) | Err(error) => self.placed(error),
        }
    }

    /// `Err` if it is not a value at all.
    fn describe(&mut self, expected: &dyn Expected) -> Result<JsonError> {
        let found = match self.peek() {
            Some(b'n') => {
                self.word(b"ull")?;
                Unexpected::Unit
            }
            Some(b't') => {
                self.word(b"rue")?;
                Unexpected::Bool(true)
            }
            Some(b'f') => {
                self.word(b"alse")?;
                Unexpected::Bool(false)
            }
            Some(b'-' | b'0'..=b'9') => return Ok(self.number()?.mismatch(expected)),
            Some(b'"') => {
                self.at += 1;
                return Ok(JsonError::invalid_type(
                    Unexpected::Str(self.text()?),
                    expected,
                ));
            }
            Some(b'[') => Unexpected::Seq,
            Some(b'{') => Unexpected::Map,
            _ => return Err(self.at_next(NO_VALUE)),
        };
        Ok(JsonError::invalid_type(found, expected))
    }
}
