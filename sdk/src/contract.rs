use crate::wire::{Arg, Components, Outcome};
use crate::{SdkError, View};
use bytes::Bytes;
use serde_json::Value;
use std::fmt;

/// A set of transactions under one name. Implemented by [`#[contract]`](macro@crate::contract).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract",
    label = "not a contract",
    note = "put `#[contract]` on its impl block"
)]
pub trait Contract: Default {
    /// What the contract offers.
    const DESCRIPTOR: Descriptor;

    /// Answers one call.
    ///
    /// # Errors
    /// The transaction's own error, or a call that the contract does not understand.
    fn invoke(view: View, call: &Call) -> Result<Bytes, SdkError>;
}

/// What a contract offers, for its metadata.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Prefix of `contract:function`.
    pub name: &'static str,
    /// Of the contract, not of the chaincode definition.
    pub version: &'static str,
    /// From the doc comment.
    pub description: &'static str,
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
    /// In order.
    pub parameters: &'static [Parameter],
    /// The schema of the result; `null` for none.
    pub returns: fn(&mut Components) -> Value,
}

/// One parameter of a transaction.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// In camelCase.
    pub name: &'static str,
    /// Its schema.
    pub schema: fn(&mut Components) -> Value,
}

/// What the client asked for.
#[derive(Clone)]
pub struct Call {
    contract: String,
    function: String,
    params: Vec<Bytes>,
}

impl Call {
    pub(crate) fn new(contract: String, function: String, params: Vec<Bytes>) -> Self {
        Self {
            contract,
            function,
            params,
        }
    }

    /// The contract's name.
    pub fn contract(&self) -> &str {
        &self.contract
    }

    /// The function as the client wrote it.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The arguments after the function.
    pub fn params(&self) -> &[Bytes] {
        &self.params
    }

    /// The name functions are looked up by: the first letter in upper case, as contract-api for Go does.
    #[doc(hidden)]
    pub fn lookup_name(&self) -> String {
        let mut chars = self.function.chars();
        match chars.next() {
            Some(first) if !first.is_uppercase() => first.to_uppercase().chain(chars).collect(),
            _ => self.function.clone(),
        }
    }

    /// Refuses any other number of arguments.
    #[doc(hidden)]
    pub fn expect_params(&self, expected: usize) -> Result<(), SdkError> {
        if self.params.len() == expected {
            return Ok(());
        }
        Err(SdkError::bad_request(format!(
            "incorrect number of params. Expected {expected}, received {}",
            self.params.len()
        )))
    }

    /// Reads one argument.
    #[doc(hidden)]
    pub fn param<T: Arg>(&self, index: usize, name: &str) -> Result<T, SdkError> {
        let value = self
            .params
            .get(index)
            .ok_or_else(|| SdkError::internal(format!("no parameter {index}")))?;
        T::from_wire(value).map_err(|problem| {
            SdkError::bad_request(format!(
                "error managing parameter {name}. conversion error. {problem}"
            ))
        })
    }

    /// The answer of a contract without a function of this name.
    #[doc(hidden)]
    pub fn unknown(&self) -> SdkError {
        SdkError::bad_request(format!(
            "Function {} not found in contract {}",
            self.function, self.contract
        ))
    }
}

/// Arguments may be secret or large: only their number is shown.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}({} params)",
            self.contract,
            self.function,
            self.params.len()
        )
    }
}

/// What the generated code calls.
#[doc(hidden)]
pub mod generated {
    use super::*;

    pub fn outcome<T: Outcome>(value: T) -> Result<Bytes, SdkError> {
        value.outcome()
    }

    pub fn hook<T: Outcome>(value: T) -> Result<(), SdkError> {
        value.outcome().map(drop)
    }

    /// The schema of a parameter. Bound by `Arg`, so that the compiler's first word about a wrong type is the right one.
    pub fn schema_of<T: Arg>(components: &mut Components) -> Value {
        T::schema(components)
    }
}
