use super::reader::{END_OF_LIST, END_OF_OBJECT, NO_STRING_KEY, NO_VALUE, Reader, Result};

impl Reader<'_> {
    /// Goes past a value that nobody wants, however deep it is.
    pub(super) fn skip_value(&mut self) -> Result<()> {
        let mut open = Vec::new();
        loop {
            match self.start()? {
                b'n' => self.word(b"ull")?,
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                b'"' => {
                    self.at += 1;
                    self.skip_text()?;
                }
                kind @ (b'[' | b'{') => {
                    self.at += 1;
                    open.push(kind);
                    if self.closes(&mut open, true)? {
                        if open.is_empty() {
                            return Ok(());
                        }
                    } else {
                        continue;
                    }
                }
                _ => return Err(self.at_next(NO_VALUE)),
            }
            // After a value: its list or object goes on, or ends, and then perhaps the one around it.
            loop {
                if open.is_empty() {
                    return Ok(());
                }
                if !self.closes(&mut open, false)? {
                    break;
                }
            }
        }
    }

    /// Whether the innermost list or object ends here; if not, goes to its next value.
    fn closes(&mut self, open: &mut Vec<u8>, first: bool) -> Result<bool> {
        let is_list = open.last() == Some(&b'[');
        let (end, cut, lost) = match is_list {
            true => (b']', END_OF_LIST, "expected `,` or `]`"),
            false => (b'}', END_OF_OBJECT, "expected `,` or `}`"),
        };
        match self.skip_space() {
            None => return Err(self.at_next(cut)),
            Some(found) if found == end => {
                self.at += 1;
                open.pop();
                return Ok(true);
            }
            Some(b',') if !first => self.at += 1,
            Some(_) if first => {}
            Some(_) => return Err(self.at_next(lost)),
        }
        if !is_list {
            match self.skip_space() {
                Some(b'"') => self.at += 1,
                Some(_) => return Err(self.at_next(NO_STRING_KEY)),
                None => return Err(self.at_next(END_OF_OBJECT)),
            }
            self.skip_text()?;
            self.colon()?;
        }
        Ok(false)
    }
}
