use std::cmp::Ordering;
use std::fmt;

/// A JSON number. CouchDB tells integers from floats (`1` is not `1.0` for `$all` and `$mod`), and compares both by
/// value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    float: f64,
    integer: Option<i128>,
}

impl Number {
    /// As a number of a stored document: Go reads it as a float and writes it again, an integer then being what has
    /// neither point nor exponent.
    pub fn from_float(float: f64) -> Self {
        // CouchDB reads Go's "-0" as the integer 0.
        let float = if float == 0.0 { 0.0 } else { float };
        let text = go_text(float);
        Self {
            float,
            integer: text.parse().ok(),
        }
    }

    /// As a number of a query, whose text reaches CouchDB as it is. `None`: out of the range of a float.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let float: f64 = text.parse().ok()?;
        float.is_finite().then(|| Self {
            float,
            integer: text.parse().ok(),
        })
    }

    pub(crate) fn from_integer(integer: i128) -> Self {
        Self {
            float: integer as f64,
            integer: Some(integer),
        }
    }

    pub(crate) fn float(self) -> f64 {
        self.float
    }

    pub(crate) fn integer(self) -> Option<i128> {
        self.integer
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self.integer, other.integer) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Neither is NaN: JSON has none.
            _ => self
                .float
                .partial_cmp(&other.float)
                .unwrap_or(Ordering::Equal),
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::from_integer(integer.into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.integer {
            Some(integer) => integer.fmt(f),
            None => f.write_str(&go_text(self.float)),
        }
    }
}

/// As Go's `json.Marshal` writes a float64: shortest digits, an exponent only below 1e-6 and from 1e21 on.
fn go_text(float: f64) -> String {
    let size = float.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_go_writes_them() {
        for (float, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (1e-6, "0.000001"),
            (12_345_678_901_234_567_890.0, "12345678901234567000"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(Number::from_float(float).to_string(), text);
        }
    }

    #[test]
    fn integers_beyond_a_float_are_told_apart_in_queries() {
        let a = Number::from_text("9007199254740993").unwrap();
        let b = Number::from_float(9_007_199_254_740_992.0);
        assert_eq!(a.compare(b), Ordering::Greater);
        assert_eq!(
            Number::from_text("1.0").unwrap().compare(Number::from(1)),
            Ordering::Equal
        );
        assert_ne!(Number::from_text("1.0").unwrap(), Number::from(1));
        assert_eq!(Number::from_text("1e999"), None);
    }
}
