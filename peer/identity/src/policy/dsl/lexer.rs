//! Tokens, one at a time, as expr's lexer cuts them (expr `parser/lexer`).

use super::error::{Located, quoted};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identifier,
    Number,
    String,
    Operator,
    Bracket,
    Eof,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Characters before it.
    pub(super) at: usize,
}

impl Token {
    pub(super) fn is(&self, kind: Kind, text: &str) -> bool {
        self.kind == kind && self.text == text
    }

    /// `Identifier("AND")`, or the kind alone for an empty one.
    pub(super) fn describe(&self) -> String {
        let kind = match self.kind {
            Kind::Eof => "EOF".to_owned(),
            kind => format!("{kind:?}"),
        };
        match self.text.is_empty() {
            true => kind,
            false => format!("{kind}({})", quoted(&self.text)),
        }
    }
}

pub(super) struct Lexer {
    characters: Vec<char>,
    position: usize,
}

const WORD_OPERATORS: [&str; 11] = [
    "not",
    "in",
    "or",
    "and",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "let",
    "if",
    "else",
];

fn is_word(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}

/// What may follow the first character of an operator; `None` when no operator begins so.
fn second_of(first: char) -> Option<&'static str> {
    Some(match first {
        ',' | ';' | '%' | '+' | '-' | '^' | '/' | '#' => "",
        '.' => ".",
        '?' => ".?",
        '|' => "|",
        ':' => ":",
        '&' | '!' | '=' | '*' | '<' | '>' => "&=*",
        _ => return None,
    })
}

impl Lexer {
    pub(super) fn new(source: &str) -> Self {
        Self {
            characters: source.chars().collect(),
            position: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&accept) {
            self.position += 1;
        }
    }

    fn accept(&mut self, among: &str) -> bool {
        let accepted = self.peek().is_some_and(|c| among.contains(c));
        self.position += usize::from(accepted);
        accepted
    }

    fn text_from(&self, start: usize) -> String {
        self.characters
            .get(start..self.position)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token {
            kind,
            text: self.text_from(start),
            at: start,
        }
    }

    pub(super) fn next(&mut self) -> Result<Token, Located> {
        self.skip_blanks()?;
        let start = self.position;
        let Some(c) = self.peek() else {
            return Ok(Token {
                kind: Kind::Eof,
                text: String::new(),
                at: start.saturating_sub(1),
            });
        };
        self.position += 1;
        match c {
            '\'' | '"' => self.string(start, c),
            '`' => self.raw_string(start),
            '0'..='9' => self.number(start),
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => self.number(start),
            '(' | '[' | '{' | ')' | ']' | '}' => Ok(self.token(Kind::Bracket, start)),
            c if is_word(c) => Ok(self.word(start)),
            c => {
                let second = second_of(c).ok_or_else(|| {
                    let message = format!("unrecognized character: U+{:04X} '{c}'", u32::from(c));
                    Located::new(start, message)
                })?;
                self.accept(second);
                Ok(self.token(Kind::Operator, start))
            }
        }
    }

    fn word(&mut self, start: usize) -> Token {
        self.take_while(is_word);
        let token = self.token(Kind::Identifier, start);
        match WORD_OPERATORS.contains(&token.text.as_str()) {
            true => Token {
                kind: Kind::Operator,
                ..token
            },
            false => token,
        }
    }

    /// Skips white space and comments.
    fn skip_blanks(&mut self) -> Result<(), Located> {
        loop {
            self.take_while(char::is_whitespace);
            let next = self.characters.get(self.position + 1).copied();
            match (self.peek(), next) {
                (Some('/'), Some('/')) => self.take_while(|c| c != '\n'),
                (Some('/'), Some('*')) => {
                    self.position += 2;
                    self.skip_comment()?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Located> {
        loop {
            match self.peek() {
                None => return Err(Located::new(self.position, "unclosed comment")),
                Some('*') if self.characters.get(self.position + 1) == Some(&'/') => {
                    self.position += 2;
                    return Ok(());
                }
                Some(_) => self.position += 1,
            }
        }
    }

    fn string(&mut self, start: usize, quote: char) -> Result<Token, Located> {
        let mut text = String::new();
        loop {
            let Some(c) = self.peek().filter(|c| *c != '\n') else {
                return Err(Located::new(self.position, "literal not terminated"));
            };
            self.position += 1;
            match c {
                c if c == quote => {
                    return Ok(Token {
                        kind: Kind::String,
                        text,
                        at: start,
                    });
                }
                '\\' => text.push(self.escape(quote)?),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char, Located> {
        let bad = || Located::new(self.position, "invalid char escape");
        let c = self.peek().ok_or_else(bad)?;
        let out = match c {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            c if c == quote => c,
            'x' => return self.hexadecimal(2),
            'u' => return self.hexadecimal(4),
            'U' => return self.hexadecimal(8),
            _ => return Err(bad()),
        };
        self.position += 1;
        Ok(out)
    }

    /// The character of `\x`, `\u` or `\U` with this many digits; the letter is the next character.
    fn hexadecimal(&mut self, digits: usize) -> Result<char, Located> {
        let start = self.position + 1;
        let digits: Option<String> = self
            .characters
            .get(start..start + digits)
            .map(|digits| digits.iter().collect());
        let decoded = digits
            .as_ref()
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32)
            .ok_or_else(|| Located::new(self.position, "invalid char escape"))?;
        self.position = start + digits.map_or(0, |digits| digits.len());
        Ok(decoded)
    }

    /// Between backticks, where two of them stand for one.
    fn raw_string(&mut self, start: usize) -> Result<Token, Located> {
        let mut text = String::new();
        loop {
            let c = self
                .peek()
                .ok_or_else(|| Located::new(self.position, "literal not terminated"))?;
            self.position += 1;
            if c == '`' && !self.accept("`") {
                return Ok(Token {
                    kind: Kind::String,
                    text,
                    at: start,
                });
            }
            text.push(c);
        }
    }

    fn number(&mut self, start: usize) -> Result<Token, Located> {
        self.position = start;
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.take_while(|c| digits.contains(c));
        let whole = self.position;
        if self.accept(".") {
            if self.peek() == Some('.') {
                self.position = whole;
                return Ok(self.token(Kind::Number, start));
            }
            self.take_while(|c| digits.contains(c));
        }
        if self.accept("eE") {
            self.accept("+-");
            self.take_while(|c| digits.contains(c));
        }
        if self.peek().is_some_and(is_word) {
            self.position += 1;
            let word = quoted(&self.text_from(start));
            return Err(Located::new(
                self.position - 1,
                format!("bad number syntax: {word}"),
            ));
        }
        Ok(self.token(Kind::Number, start))
    }
}
