use super::dialect::{self, Problem};
use super::json::{excerpt, from_json, to_json};
use super::schema::{Json, Schema};
use crate::{Dialect, SdkError};
use selvedge_interface::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// A value a client may pass to a transaction.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a transaction",
    label = "not an argument type",
    note = "arguments are `String`, `bool`, integers, floats, `Bytes`, `Time`, lists and maps of these, and types with `#[derive(Serialize, Deserialize, Schema)]`"
)]
pub trait Arg: Schema + Sized {
    /// Reads one argument.
    ///
    /// # Errors
    /// What is wrong with it, in contract-api's words where it has them.
    fn from_wire(value: &Bytes) -> Result<Self, String>;

    /// Reads one argument as contracts of another dialect do.
    ///
    /// # Errors
    /// What is wrong with it, in that library's words.
    fn from_wire_in(value: &Bytes, dialect: Dialect) -> Result<Self, String> {
        let _ = dialect;
        Self::from_wire(value)
    }
}

impl<T: Json + DeserializeOwned> Arg for T {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        from_json(value).map_err(|error| {
            let shown = String::from_utf8_lossy(value);
            format!(
                "value {} was not passed in expected format {}: {error}",
                excerpt(&shown),
                short_name::<T>()
            )
        })
    }
}

impl Arg for String {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        text(value).map(str::to_owned)
    }
}

impl Arg for Bytes {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        Ok(value.clone())
    }
}

impl Arg for Vec<u8> {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        Ok(value.to_vec())
    }
}

/// The empty answer of another chaincode.
impl Arg for () {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        if value.is_empty() {
            Ok(())
        } else {
            Err("expected nothing".to_owned())
        }
    }
}

/// An empty argument is `None`.
impl<T: Arg> Arg for Option<T> {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        if value.is_empty() {
            Ok(None)
        } else {
            T::from_wire(value).map(Some)
        }
    }

    fn from_wire_in(value: &Bytes, dialect: Dialect) -> Result<Self, String> {
        if value.is_empty() {
            Ok(None)
        } else {
            T::from_wire_in(value, dialect).map(Some)
        }
    }
}

impl Arg for bool {
    fn from_wire(value: &Bytes) -> Result<Self, String> {
        let text = text(value)?;
        let expected = || cannot_convert(text, "bool") + ": expected true or false";
        text.parse().map_err(|_| expected())
    }

    fn from_wire_in(value: &Bytes, dialect: Dialect) -> Result<Self, String> {
        let text = text(value)?;
        let found = match dialect {
            Dialect::Strict => return Self::from_wire(value),
            Dialect::Go => dialect::go_boolean(text),
            Dialect::Node => dialect::node_boolean(text),
            Dialect::Java => Some(text.eq_ignore_ascii_case("true")),
        };
        found.ok_or_else(|| match dialect {
            Dialect::Node => "fromBuffer could not convert data to boolean".to_owned(),
            _ => cannot_convert(text, "bool"),
        })
    }
}

macro_rules! numbers {
    ($($type:ty => $name:literal, $strict:path, $read:path, $expected:expr);* $(;)?) => {$(
        impl Arg for $type {
            fn from_wire(value: &Bytes) -> Result<Self, String> {
                let text = text(value)?;
                $strict(text).ok_or_else(|| unlike(text, $name, &$expected))
            }

            fn from_wire_in(value: &Bytes, dialect: Dialect) -> Result<Self, String> {
                if dialect == Dialect::Strict {
                    return Self::from_wire(value);
                }
                let text = text(value)?;
                $read(text, dialect).map_err(|problem| no_number(text, $name, dialect, problem))
            }
        }
    )*};
}

macro_rules! whole {
    ($($type:ty => $name:literal),* $(,)?) => {
        numbers! {$(
            $type => $name, dialect::strict_whole::<$type>, dialect::whole::<$type>, format_args!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX)
        );*}
    };
}

whole! {
    i8 => "int8", i16 => "int16", i32 => "int32", i64 => "int64",
    u8 => "uint8", u16 => "uint16", u32 => "uint32", u64 => "uint64",
}

numbers! {
    f32 => "float32", dialect::strict_float::<f32>, dialect::float::<f32>, "a finite decimal number";
    f64 => "float64", dialect::strict_float::<f64>, dialect::float::<f64>, "a finite decimal number";
}

#[cold]
fn unlike(value: &str, name: &str, expected: &dyn fmt::Display) -> String {
    format!("{}: expected {expected}", cannot_convert(value, name))
}

#[cold]
fn no_number(value: &str, name: &str, dialect: Dialect, problem: Problem) -> String {
    match (dialect, problem) {
        (Dialect::Node, Problem::NotANumber) => {
            "fromBuffer could not convert data to number".to_owned()
        }
        (Dialect::Node, Problem::NotOfType) => {
            "Unable to validate parameter due to [\"should be integer\"]".to_owned()
        }
        (Dialect::Strict | Dialect::Go | Dialect::Java, _) => cannot_convert(value, name),
    }
}

fn text(value: &Bytes) -> Result<&str, String> {
    std::str::from_utf8(value).map_err(|_| "value is not valid UTF-8".to_owned())
}

fn cannot_convert(value: &str, name: &str) -> String {
    format!("cannot convert passed value {} to {name}", excerpt(value))
}

fn short_name<T>() -> &'static str {
    let full = std::any::type_name::<T>();
    let end = full.find('<').unwrap_or(full.len());
    // Of `::` the second half will do, and finding one character takes no search engine.
    full[..end].rsplit(':').next().unwrap_or(full)
}

/// A value this contract may pass to another chaincode.
pub trait ToArg {
    /// Writes one argument.
    ///
    /// # Errors
    /// A value that JSON cannot express.
    fn to_arg(&self) -> Result<Bytes, SdkError>;
}

impl<T: Json + Serialize> ToArg for T {
    fn to_arg(&self) -> Result<Bytes, SdkError> {
        to_json(self).map_err(|error| {
            SdkError::internal(format!("argument cannot be written as JSON: {error}"))
        })
    }
}

impl ToArg for &str {
    fn to_arg(&self) -> Result<Bytes, SdkError> {
        Ok(Bytes::copy_from_slice(self.as_bytes()))
    }
}

impl ToArg for String {
    fn to_arg(&self) -> Result<Bytes, SdkError> {
        self.as_str().to_arg()
    }
}

impl ToArg for &String {
    fn to_arg(&self) -> Result<Bytes, SdkError> {
        self.as_str().to_arg()
    }
}

impl ToArg for Bytes {
    fn to_arg(&self) -> Result<Bytes, SdkError> {
        Ok(self.clone())
    }
}

impl ToArg for Vec<u8> {
    fn to_arg(&self) -> Result<Bytes, SdkError> {
        Ok(Bytes::copy_from_slice(self))
    }
}

macro_rules! spelt {
    ($($type:ty),*) => {$(
        impl ToArg for $type {
            fn to_arg(&self) -> Result<Bytes, SdkError> {
                Ok(Bytes::from(self.to_string()))
            }
        }
    )*};
}
spelt!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

/// The arguments of a call: a tuple of values, `()` for none.
pub trait ArgList {
    /// Writes them in order.
    ///
    /// # Errors
    /// A value that JSON cannot express.
    fn to_args(&self) -> Result<Vec<Bytes>, SdkError>;
}

impl ArgList for () {
    fn to_args(&self) -> Result<Vec<Bytes>, SdkError> {
        Ok(Vec::new())
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+)),+) => {$(
        impl<$($name: ToArg),+> ArgList for ($($name,)+) {
            fn to_args(&self) -> Result<Vec<Bytes>, SdkError> {
                Ok(vec![$(self.$index.to_arg()?),+])
            }
        }
    )+};
}
tuples!(
    (A 0),
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
);

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Arg>(text: &'static str) -> Result<T, String> {
        T::from_wire(&Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn strict_where_the_libraries_disagree() {
        assert_eq!(read::<bool>("true"), Ok(true));
        for odd in ["", "TRUE", "1", "t", " true"] {
            assert_eq!(
                read::<bool>(odd),
                Err(format!(
                    "cannot convert passed value {odd} to bool: expected true or false"
                ))
            );
        }
        assert_eq!(read::<i64>("-5"), Ok(-5));
        for odd in ["", "+5", "5.0", " 5", "0x5", "99999999999999999999"] {
            assert_eq!(
                read::<i64>(odd),
                Err(format!(
                    "cannot convert passed value {odd} to int64: expected a whole number from \
                     -9223372036854775808 to 9223372036854775807"
                ))
            );
        }
        assert!(read::<u8>("256").is_err());
        assert_eq!(read::<f64>("-1.5e3"), Ok(-1500.0));
        for odd in ["", "NaN", "inf", "+1", "1e999"] {
            assert!(read::<f64>(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn text_and_bytes_are_raw() {
        assert_eq!(read::<String>("\"x\""), Ok("\"x\"".to_owned()));
        assert_eq!(read::<Vec<u8>>("[1]"), Ok(b"[1]".to_vec()));
        assert_eq!(
            String::from_wire(&Bytes::from_static(b"\xff")),
            Err("value is not valid UTF-8".to_owned())
        );
    }

    #[test]
    fn everything_else_is_json() {
        assert_eq!(read::<Vec<u32>>("[1,2]"), Ok(vec![1, 2]));
        assert_eq!(
            read::<Vec<u32>>("[1,").unwrap_err(),
            "value [1, was not passed in expected format Vec: EOF while parsing a value at line 1 column 3"
        );
        assert_eq!(read::<Option<u32>>(""), Ok(None));
    }
}
