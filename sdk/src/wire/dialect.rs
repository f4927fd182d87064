//! Numbers and truth values as each library reads and writes them.

use crate::Dialect;
use std::str::FromStr;

/// Why a text is no number of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NotANumber,
    /// A number with a fraction, or too large.
    NotOfType,
}

/// `strconv.ParseBool`; the library reads nothing as false.
pub(super) fn go_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

pub(super) fn node_boolean(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An integer type.
pub(super) trait Whole: FromStr + TryFrom<i128> + Default {
    const SIGNED: bool;
}

macro_rules! wholes {
    ($($type:ty),*) => {$(
        impl Whole for $type {
            const SIGNED: bool = <$type>::MIN != 0;
        }
    )*};
}
wholes!(i8, i16, i32, i64, u8, u16, u32, u64);

/// A leading plus is Rust's reading, and Java's, and of numbers with a sign Go's.
pub(super) fn strict_whole<T: Whole>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

pub(super) fn whole<T: Whole>(text: &str, dialect: Dialect) -> Result<T, Problem> {
    match dialect {
        Dialect::Strict => strict_whole(text).ok_or(Problem::NotANumber),
        Dialect::Go if text.is_empty() => Ok(T::default()),
        Dialect::Go if text.starts_with('+') && !T::SIGNED => Err(Problem::NotANumber),
        Dialect::Go | Dialect::Java => text.parse().map_err(|_| Problem::NotANumber),
        Dialect::Node => {
            // Beyond 2^53 a JavaScript number is no longer the one that was written; plain digits are read exactly.
            if let Ok(exact) = text.trim().parse() {
                return Ok(exact);
            }
            let number = javascript(text).ok_or(Problem::NotANumber)?;
            if number.fract() != 0.0 || number.abs() > 9_007_199_254_740_992.0 {
                return Err(Problem::NotOfType);
            }
            T::try_from(number as i128).map_err(|_| Problem::NotOfType)
        }
    }
}

/// A floating-point type.
pub(super) trait Float: FromStr + Copy {
    fn is_finite(self) -> bool;
    /// Rounded.
    fn from_f64(value: f64) -> Self;
}

impl Float for f32 {
    fn is_finite(self) -> bool {
        self.is_finite()
    }

    fn from_f64(value: f64) -> Self {
        value as Self
    }
}

impl Float for f64 {
    fn is_finite(self) -> bool {
        self.is_finite()
    }

    fn from_f64(value: f64) -> Self {
        value
    }
}

fn finite<T: Float>(text: &str) -> Option<T> {
    let number = text.parse::<T>().ok();
    number.filter(|number| number.is_finite())
}

pub(super) fn strict_float<T: Float>(text: &str) -> Option<T> {
    finite(text).filter(|_| !text.starts_with('+'))
}

pub(super) fn float<T: Float>(text: &str, dialect: Dialect) -> Result<T, Problem> {
    let found = match dialect {
        Dialect::Strict => strict_float(text),
        Dialect::Go if text.is_empty() => Some(T::from_f64(0.0)),
        // Go reads infinities, which its library then trips over.
        Dialect::Go => finite(text),
        Dialect::Node => javascript(text).map(T::from_f64),
        Dialect::Java => java(text),
    };
    found.ok_or(Problem::NotANumber)
}

/// `Number(text)`, unless it is NaN.
fn javascript(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Some(0.0);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        let (head, digits) = text.split_at_checked(2).unwrap_or((text, ""));
        if head.eq_ignore_ascii_case(prefix) {
            let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
            return u64::from_str_radix(digits, radix)
                .ok()
                .filter(|_| plain)
                .map(|number| number as f64);
        }
    }
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "Infinity" if text.starts_with('-') => Some(f64::NEG_INFINITY),
        "Infinity" => Some(f64::INFINITY),
        _ => decimal(text),
    }
}

/// `Double.parseDouble(text)`.
fn java<T: Float>(text: &str) -> Option<T> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let plain = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let number = match plain.strip_prefix(['+', '-']).unwrap_or(plain) {
        "NaN" => Some(f64::NAN),
        "Infinity" if plain.starts_with('-') => Some(f64::NEG_INFINITY),
        "Infinity" => Some(f64::INFINITY),
        _ => decimal(plain),
    };
    number.map(T::from_f64)
}

/// Digits, a point and an exponent; no names of infinities.
fn decimal(text: &str) -> Option<f64> {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        .then(|| text.parse().ok())
        .flatten()
}

/// A float from its shortest decimal form and the same with an exponent, such as `1.5e300`.
#[inline(always)] // with a constant dialect, the others disappear
pub(super) fn spell(dialect: Dialect, plain: &str, scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let is_zero = mantissa.trim_start_matches('-') == "0";
    let is_finite = plain.ends_with(|c: char| c.is_ascii_digit());
    match dialect {
        Dialect::Strict => plain.to_owned(),
        _ if !is_finite => not_finite(dialect, plain),
        _ if is_zero => match dialect {
            Dialect::Java => format!("{plain}.0"),
            // JavaScript's zero has no sign.
            Dialect::Node => "0".to_owned(),
            Dialect::Strict | Dialect::Go => plain.to_owned(),
        },
        Dialect::Go if (-4..21).contains(&exponent) => plain.to_owned(),
        Dialect::Go => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        Dialect::Node if (-6..21).contains(&exponent) => plain.to_owned(),
        Dialect::Node if exponent < 0 => scientific.to_owned(),
        Dialect::Node => format!("{mantissa}e+{exponent}"),
        Dialect::Java if (-3..7).contains(&exponent) => with_fraction(plain),
        Dialect::Java => format!("{}E{exponent}", with_fraction(mantissa)),
    }
}

fn with_fraction(number: &str) -> String {
    if number.contains('.') {
        number.to_owned()
    } else {
        format!("{number}.0")
    }
}

/// Rust writes `NaN`, `inf` and `-inf`.
fn not_finite(dialect: Dialect, plain: &str) -> String {
    match (dialect, plain) {
        (_, "NaN") => "NaN".to_owned(),
        (Dialect::Go, "inf") => "+Inf".to_owned(),
        (Dialect::Go, _) => "-Inf".to_owned(),
        (_, "inf") => "Infinity".to_owned(),
        _ => "-Infinity".to_owned(),
    }
}
