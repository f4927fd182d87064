//! What the generated code calls.

use super::{Condition, Dialect, guard};
use crate::error::ErrorForm;
use crate::wire::{Arg, Components, Outcome};
use crate::{SdkError, View};
use selvedge_interface::Bytes;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

pub fn allow(view: &View, function: &str, conditions: &[Condition]) -> Result<(), SdkError> {
    guard::check(view, function, conditions)
}

pub fn outcome<T: Outcome>(value: T) -> Result<Bytes, SdkError> {
    value.plain()
}

pub fn outcome_in<T: Outcome>(
    value: T,
    dialect: Dialect,
    form: ErrorForm,
) -> Result<Bytes, SdkError> {
    value.outcome(dialect, form)
}

pub fn hook<T: Outcome>(value: T, form: ErrorForm) -> Result<(), SdkError> {
    value.outcome(Dialect::Strict, form).map(drop)
}

/// Node's and Java's libraries send nothing of what such a function returns.
pub fn unknown<T: Outcome>(value: T, dialect: Dialect, form: ErrorForm) -> Result<Bytes, SdkError> {
    let payload = value.outcome(dialect, form)?;
    match dialect {
        Dialect::Strict | Dialect::Go => Ok(payload),
        Dialect::Node | Dialect::Java => Ok(Bytes::new()),
    }
}

/// The schema of a parameter. Bound by `Arg`, so that the compiler's first word about a wrong type is the right one.
pub fn schema_of<T: Arg>(components: &mut Components) -> Cow<'static, str> {
    T::schema(components)
}

pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A field of an error, as JSON if it can be: method resolution finds [`AsJson`] where the type is `Serialize`, and
/// [`AsNull`], which needs one reference more, where it is not.
pub struct Shown<'f, T: ?Sized>(pub &'f T);

pub trait AsJson {
    fn json(&self) -> Value;
}

impl<T: Serialize + ?Sized> AsJson for Shown<'_, T> {
    fn json(&self) -> Value {
        serde_json::to_value(self.0).unwrap_or_default()
    }
}

pub trait AsNull {
    fn json(&self) -> Value {
        Value::Null
    }
}

impl<T: ?Sized> AsNull for &Shown<'_, T> {}
