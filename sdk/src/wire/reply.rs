use super::dialect::spell;
use super::json::{to_json, to_plain_json};
use super::schema::{Components, Json, Schema};
use crate::{ContractError, Dialect, ErrorForm, Errors, SdkError};
use selvedge_interface::Bytes;
use serde::Serialize;
use std::borrow::Cow;

/// A value a transaction may answer with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a transaction",
    label = "not a result type",
    note = "results are `()`, `String`, `bool`, integers, floats, `Bytes`, `Time`, lists, maps and options of these, and types with `#[derive(Serialize, Deserialize, Schema)]`"
)]
pub trait Reply: Schema {
    /// The payload.
    ///
    /// # Errors
    /// A value that JSON cannot express.
    fn to_wire(&self) -> Result<Bytes, SdkError>;

    /// The payload as contracts of another dialect write it.
    ///
    /// # Errors
    /// As [`Reply::to_wire`].
    fn to_wire_in(&self, dialect: Dialect) -> Result<Bytes, SdkError> {
        let _ = dialect;
        self.to_wire()
    }
}

impl<T: Json + Serialize> Reply for T {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        written(to_json(self))
    }

    fn to_wire_in(&self, dialect: Dialect) -> Result<Bytes, SdkError> {
        match dialect {
            Dialect::Node => written(to_plain_json(self)),
            Dialect::Strict | Dialect::Go | Dialect::Java => self.to_wire(),
        }
    }
}

fn written(json: Result<Bytes, serde_json::Error>) -> Result<Bytes, SdkError> {
    json.map_err(|error| SdkError::internal(format!("error handling success response. {error}")))
}

/// An empty payload.
impl Reply for () {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        Ok(Bytes::new())
    }
}

/// `None` is an empty payload.
impl<T: Reply> Reply for Option<T> {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        self.as_ref()
            .map_or_else(|| Ok(Bytes::new()), Reply::to_wire)
    }

    fn to_wire_in(&self, dialect: Dialect) -> Result<Bytes, SdkError> {
        self.as_ref()
            .map_or_else(|| Ok(Bytes::new()), |value| value.to_wire_in(dialect))
    }
}

impl Reply for String {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        Ok(Bytes::copy_from_slice(self.as_bytes()))
    }
}

impl Reply for &str {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        Ok(Bytes::copy_from_slice(self.as_bytes()))
    }
}

impl Reply for Bytes {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        Ok(self.clone())
    }
}

impl Reply for Vec<u8> {
    fn to_wire(&self) -> Result<Bytes, SdkError> {
        Ok(Bytes::copy_from_slice(self))
    }
}

macro_rules! spelt {
    ($($type:ty),*) => {$(
        impl Reply for $type {
            fn to_wire(&self) -> Result<Bytes, SdkError> {
                Ok(Bytes::from(self.to_string()))
            }
        }
    )*};
}
spelt!(bool, i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! floats {
    ($($type:ty),*) => {$(
        impl Reply for $type {
            fn to_wire(&self) -> Result<Bytes, SdkError> {
                Ok(Bytes::from(self.to_string()))
            }

            fn to_wire_in(&self, dialect: Dialect) -> Result<Bytes, SdkError> {
                Ok(Bytes::from(spell(dialect, &self.to_string(), &format!("{self:e}"))))
            }
        }
    )*};
}
floats!(f32, f64);

/// What a transaction function returns: a [`Reply`], or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by a transaction",
    label = "neither a result type nor a `Result` of one",
    note = "return a basic type, a type with `#[derive(Serialize, Deserialize, Schema)]`, or `Result<T, E>` where `E` has `#[derive(ContractError)]`"
)]
pub trait Outcome {
    /// The payload, or the error that goes back.
    ///
    /// # Errors
    /// The transaction's own error, or a result that JSON cannot express.
    fn outcome(self, dialect: Dialect, form: ErrorForm) -> Result<Bytes, SdkError>;

    /// The same in the strict dialect with errors as text, without the code for anything else.
    ///
    /// # Errors
    /// As [`Outcome::outcome`].
    fn plain(self) -> Result<Bytes, SdkError>;

    /// Lists the errors it may be.
    fn errors(errors: &mut Errors);

    /// The schema of the result, as [`Schema::schema`].
    fn schema(components: &mut Components) -> Cow<'static, str>;
}

impl<T: Reply> Outcome for T {
    fn outcome(self, dialect: Dialect, _: ErrorForm) -> Result<Bytes, SdkError> {
        self.to_wire_in(dialect)
    }

    fn plain(self) -> Result<Bytes, SdkError> {
        self.to_wire()
    }

    fn errors(_: &mut Errors) {}

    fn schema(components: &mut Components) -> Cow<'static, str> {
        <T as Schema>::schema(components)
    }
}

impl<T: Reply, E: ContractError> Outcome for Result<T, E> {
    fn outcome(self, dialect: Dialect, form: ErrorForm) -> Result<Bytes, SdkError> {
        match self {
            Ok(value) => value.to_wire_in(dialect),
            Err(error) => Err(SdkError::of(&error, form)),
        }
    }

    fn plain(self) -> Result<Bytes, SdkError> {
        match self {
            Ok(value) => value.to_wire(),
            Err(error) => Err(SdkError::new(error.status(), error.to_string())),
        }
    }

    fn errors(errors: &mut Errors) {
        E::describe(errors);
    }

    fn schema(components: &mut Components) -> Cow<'static, str> {
        <T as Schema>::schema(components)
    }
}
