use serde::de::{Error, Expected, Unexpected};
use std::borrow::Cow;
use std::fmt;

/// Why a text is not the JSON that was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    text: Cow<'static, str>,
    /// Line and column; before it is known, the line is 0.
    place: (usize, usize),
}

impl JsonError {
    #[cold]
    pub(super) fn new(text: impl Into<Cow<'static, str>>, place: (usize, usize)) -> Self {
        Self(Box::new(Inner {
            text: text.into(),
            place,
        }))
    }

    /// What a type said about a value does not name its place.
    #[cold]
    pub(super) fn placed(mut self, place: impl FnOnce() -> (usize, usize)) -> Self {
        if self.0.place.0 == 0 {
            self.0.place = place();
        }
        self
    }

    /// As [`Error::invalid_type`], about a number that is spelt like this.
    #[cold]
    pub(super) fn unexpected_float(spelt: &str, expected: &dyn Expected) -> Self {
        Self::custom(format_args!(
            "invalid type: floating point `{spelt}`, expected {expected}"
        ))
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { text, place } = &*self.0;
        f.write_str(text)?;
        match place {
            (0, _) => Ok(()),
            (line, column) => write!(f, " at line {line} column {column}"),
        }
    }
}

impl std::error::Error for JsonError {}

impl Error for JsonError {
    #[cold]
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text.to_string(), (0, 0))
    }

    #[cold]
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!(
            "invalid type: {}, expected {expected}",
            Found(unexpected)
        ))
    }

    #[cold]
    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!(
            "invalid value: {}, expected {expected}",
            Found(unexpected)
        ))
    }
}

/// What serde calls it, but a float is not spelt: that alone would bring all of a float's formatting into a component.
struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(f, "boolean `{value}`"),
            Unexpected::Unsigned(value) => write!(f, "integer `{value}`"),
            Unexpected::Signed(value) => write!(f, "integer `{value}`"),
            Unexpected::Float(_) => f.write_str("floating point"),
            Unexpected::Char(value) => write!(f, "character `{value}`"),
            Unexpected::Str(value) => write!(f, "string {value:?}"),
            Unexpected::Bytes(_) => f.write_str("byte array"),
            Unexpected::Unit => f.write_str("null"),
            Unexpected::Option => f.write_str("Option value"),
            Unexpected::NewtypeStruct => f.write_str("newtype struct"),
            Unexpected::Seq => f.write_str("sequence"),
            Unexpected::Map => f.write_str("map"),
            Unexpected::Enum => f.write_str("enum"),
            Unexpected::UnitVariant => f.write_str("unit variant"),
            Unexpected::NewtypeVariant => f.write_str("newtype variant"),
            Unexpected::TupleVariant => f.write_str("tuple variant"),
            Unexpected::StructVariant => f.write_str("struct variant"),
            Unexpected::Other(other) => f.write_str(other),
        }
    }
}
