use super::{Condition, Dialect};
use crate::error::{ErrorForm, Errors};
use crate::wire::{Components, Schema};
use crate::{Event, Layout, SdkError, View};
use std::borrow::Cow;

/// What a contract offers, for its metadata.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Prefix of `contract:function`.
    pub name: &'static str,
    /// Of the contract, not of the chaincode definition.
    pub version: &'static str,
    /// From the doc comment.
    pub description: &'static str,
    /// Whose conventions the wire follows.
    pub dialect: Dialect,
    /// How errors are sent.
    pub errors: ErrorForm,
    /// Who may call any of its functions; everything must hold.
    pub allow: &'static [Condition],
    /// What its transactions tell listeners, as far as it says so.
    pub events: &'static [EventInfo],
    /// The tables it keeps its records in, as far as it says so.
    pub state: &'static [Layout],
    /// In order of declaration.
    pub transactions: &'static [Transaction],
}

/// One transaction of a contract.
#[derive(Clone, Copy, Debug)]
pub struct Transaction {
    /// On the wire.
    pub name: &'static str,
    /// From the doc comment.
    pub description: &'static str,
    /// Whether clients should submit it to be ordered, or only evaluate it.
    pub submit: bool,
    /// Who may call it, beyond what the contract asks for.
    pub allow: &'static [Condition],
    /// In order.
    pub parameters: &'static [Parameter],
    /// The schema of the result; empty for none.
    pub returns: fn(&mut Components) -> Cow<'static, str>,
    /// The errors it may answer with, as far as their type tells.
    pub errors: fn(&mut Errors),
}

/// One parameter of a transaction.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// In camelCase.
    pub name: &'static str,
    /// Its schema.
    pub schema: fn(&mut Components) -> Cow<'static, str>,
}

/// One event of a contract.
#[derive(Clone, Copy, Debug)]
pub struct EventInfo {
    /// On the channel.
    pub name: &'static str,
    /// Of the payload.
    pub schema: fn(&mut Components) -> Cow<'static, str>,
}

impl EventInfo {
    /// Describes `E`.
    pub const fn of<E: Event + Schema>() -> Self {
        Self {
            name: E::NAME,
            schema: E::schema,
        }
    }
}

/// One contract of a chaincode.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) invoke: fn(View, &super::Call) -> Result<crate::Bytes, SdkError>,
    /// The text of an error in the contract's form; what the other form needs is not in the component.
    pub(crate) message: fn(SdkError) -> String,
}

impl Entry {
    /// Of the default contract.
    pub const fn dialect(entries: &[Self]) -> Dialect {
        entries[0].descriptor.dialect
    }

    pub const fn of<C: super::Contract>() -> Self {
        Self {
            descriptor: &C::DESCRIPTOR,
            invoke: C::invoke,
            message: match C::DESCRIPTOR.errors {
                ErrorForm::Text => SdkError::into_text,
                ErrorForm::Json => SdkError::into_json,
            },
        }
    }
}
