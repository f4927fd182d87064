use super::JsonError;
use super::reader::{END_OF_VALUE, Reader, Result};
use serde::de::{Error, Expected, Unexpected, Visitor};

const NO_NUMBER: &str = "invalid number";
pub(super) const OUT_OF_RANGE: &str = "number out of range";

/// A number as it stands in the text.
pub(super) enum Number<'t> {
    Unsigned(u64),
    Signed(i64),
    /// With a fraction or an exponent, too large for an integer, or -0.
    Float(&'t str),
}

impl Number<'_> {
    #[cold]
    pub(super) fn mismatch(&self, expected: &dyn Expected) -> JsonError {
        match *self {
            Self::Unsigned(value) => JsonError::invalid_type(Unexpected::Unsigned(value), expected),
            Self::Signed(value) => JsonError::invalid_type(Unexpected::Signed(value), expected),
            Self::Float(spelt) => JsonError::unexpected_float(spelt, expected),
        }
    }
}

impl<'t> Reader<'t> {
    pub(super) fn number(&mut self) -> Result<Number<'t>> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.at += 1;
        }
        self.integer_part(END_OF_VALUE)?;
        let is_float = self.fraction()? | self.exponent()?;
        let bytes = self.json.get(start..self.at).unwrap_or_default();
        // Digits, signs, a point and an e.
        let spelt = std::str::from_utf8(bytes).unwrap_or_default();
        let integer = match negative {
            _ if is_float => None,
            true => spelt
                .parse()
                .ok()
                .filter(|value| *value != 0)
                .map(Number::Signed),
            false => spelt.parse().ok().map(Number::Unsigned),
        };
        Ok(integer.unwrap_or(Number::Float(spelt)))
    }

    /// `end` is the error where the text ends instead.
    pub(super) fn integer_part(&mut self, end: &'static str) -> Result<()> {
        match self.next() {
            None => Err(self.here(end)),
            Some(b'0') => match self.peek() {
                Some(b'0'..=b'9') => Err(self.at_next(NO_NUMBER)),
                _ => Ok(()),
            },
            Some(b'1'..=b'9') => {
                self.digits();
                Ok(())
            }
            Some(_) => Err(self.here(NO_NUMBER)),
        }
    }

    /// How many there were.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    fn fraction(&mut self) -> Result<bool> {
        if self.peek() != Some(b'.') {
            return Ok(false);
        }
        self.at += 1;
        match (self.digits(), self.peek()) {
            (0, None) => Err(self.at_next(END_OF_VALUE)),
            (0, Some(_)) => Err(self.at_next(NO_NUMBER)),
            _ => Ok(true),
        }
    }

    fn exponent(&mut self) -> Result<bool> {
        if !matches!(self.peek(), Some(b'e' | b'E')) {
            return Ok(false);
        }
        self.at += 1;
        if let Some(b'+' | b'-') = self.peek() {
            self.at += 1;
        }
        match self.next() {
            Some(b'0'..=b'9') => {
                self.digits();
                Ok(true)
            }
            Some(_) => Err(self.here(NO_NUMBER)),
            None => Err(self.here(END_OF_VALUE)),
        }
    }

    /// A number for a type that takes whole ones only.
    pub(super) fn integer<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        if !matches!(self.start()?, b'-' | b'0'..=b'9') {
            return Err(self.mismatch(&visitor));
        }
        let value = match self.number()? {
            Number::Unsigned(value) => visitor.visit_u64(value),
            Number::Signed(value) => visitor.visit_i64(value),
            float @ Number::Float(_) => Err(float.mismatch(&visitor)),
        };
        value.map_err(|error| self.placed(error))
    }

    /// A number for a type that takes all; `read` makes the value of one that is no integer, if it is finite.
    pub(super) fn any_number<'de, V: Visitor<'de>>(
        &mut self,
        visitor: V,
        read: fn(&str) -> Option<f64>,
    ) -> Result<V::Value> {
        if !matches!(self.start()?, b'-' | b'0'..=b'9') {
            return Err(self.mismatch(&visitor));
        }
        let value = match self.number()? {
            Number::Unsigned(value) => visitor.visit_u64(value),
            Number::Signed(value) => visitor.visit_i64(value),
            Number::Float(spelt) => {
                let value = read(spelt).ok_or_else(|| self.here(OUT_OF_RANGE))?;
                visitor.visit_f64(value)
            }
        };
        value.map_err(|error| self.placed(error))
    }
}

pub(super) fn double(spelt: &str) -> Option<f64> {
    spelt.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Rounded once: a float that went through a double may be another one.
pub(super) fn single(spelt: &str) -> Option<f64> {
    let value = spelt.parse().ok().filter(|value: &f32| value.is_finite());
    value.map(f64::from)
}
