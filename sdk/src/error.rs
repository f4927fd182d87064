use crate::wire::{Members, Object};
use selvedge_interface::HostError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;

/// What the SDK itself reports: a refusal by the peer (500), an unreadable record (500), a call the caller got wrong
/// (400), another chaincode's error (its status).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdkError {
    status: i32,
    message: String,
    details: Option<Box<Details>>,
}

/// What an error says to programs. The data are JSON as text: a `Value` here would have every component drop trees of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    code: String,
    data: String,
}

/// How a contract's errors are sent: `errors = "…"` of [`#[contract]`](macro@crate::contract).
///
/// A gateway drops the payload of an error and hands its client one text: `chaincode response 404, ` and the message. So
/// what programs are to understand has to be in the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorForm {
    /// The message is the error's text.
    #[default]
    Text,
    /// The message is a line of JSON: `{"code":"NotFound","message":"the asset a1 does not exist","data":["a1"]}`. The
    /// code is the variant's name; data are its fields, as a list or an object, and absent if there are none.
    Json,
}

impl SdkError {
    /// The caller's mistake.
    pub const BAD_REQUEST: i32 = 400;
    /// A failure below the contract.
    pub const INTERNAL: i32 = 500;

    /// An error with a status of 400 or more; lower ones would be endorsed and become [`SdkError::INTERNAL`].
    pub fn new(status: i32, message: impl Into<String>) -> Self {
        let status = if status < Self::BAD_REQUEST {
            Self::INTERNAL
        } else {
            status
        };
        Self {
            status,
            message: message.into(),
            details: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Self::BAD_REQUEST, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// The error of a contract, reduced to what travels to the client in this form.
    pub fn of(error: &impl ContractError, form: ErrorForm) -> Self {
        let mut reduced = Self::new(error.status(), error.to_string());
        if form == ErrorForm::Json {
            reduced.details = Some(Box::new(Details {
                code: error.code().to_owned(),
                data: error.data().to_string(),
            }));
        }
        reduced
    }

    /// Another chaincode's error, in either form.
    pub(crate) fn from_wire(status: i32, message: String) -> Self {
        #[derive(Deserialize)]
        struct Line {
            message: String,
            code: String,
            #[serde(default)]
            data: Value,
        }
        let line = message
            .starts_with('{')
            .then(|| crate::from_json::<Line>(message.as_bytes()).ok());
        match line.flatten() {
            Some(line) => Self {
                details: Some(Box::new(Details {
                    code: line.code,
                    data: line.data.to_string(),
                })),
                ..Self::new(status, line.message)
            },
            None => Self::new(status, message),
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.message
    }

    pub(crate) fn into_json(self) -> String {
        let mut line = json!({"code": self.code(), "message": self.message});
        let data = self.data();
        if let (false, Value::Object(fields)) = (data.is_null(), &mut line) {
            fields.insert("data".to_owned(), data);
        }
        line.to_string()
    }

    /// 400 or more.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// The text the client sees.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for SdkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SdkError {}

impl From<HostError> for SdkError {
    fn from(error: HostError) -> Self {
        Self::internal(error.as_str())
    }
}

/// An error a transaction may answer with: a text for the client and a status for programs.
///
/// Derive it:
/// ```
/// # use selvedge_sdk::prelude::*;
/// #[derive(Debug, ContractError)]
/// enum AssetError {
///     #[status(404, "the asset {0} does not exist")]
///     NotFound(String),
///     #[status(403, "only {owner} may transfer it")]
///     NotOwner { owner: String },
///     #[transparent]
///     Sdk(#[from] SdkError),
/// }
/// # assert_eq!(AssetError::NotFound("a1".into()).to_string(), "the asset a1 does not exist");
/// # assert_eq!(AssetError::NotOwner { owner: "ann".into() }.status(), 403);
/// ```
///
/// Fabric's rules decide what the status does: 400 to 499 is answered without an endorsement, 500 and above with the
/// proposal-response payload beside it, and a gateway passes `chaincode response <status>, <message>` to its client.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a transaction",
    label = "not a contract error",
    note = "add `#[derive(Debug, ContractError)]` to your error enum, or use `SdkError` or `String`"
)]
pub trait ContractError: fmt::Display {
    /// 400 or more.
    fn status(&self) -> i32;

    /// A name for programs, which stays when the text changes. Derived, it is the variant's name.
    fn code(&self) -> &str {
        code_of(self.status())
    }

    /// What the error is about, for programs; `null` if the text says it all. Derived, the variant's fields: a list, or
    /// an object if they have names. A field that is not `Serialize` is `null`.
    fn data(&self) -> Value {
        Value::Null
    }

    /// Lists the errors there are, for the metadata.
    fn describe(errors: &mut Errors)
    where
        Self: Sized,
    {
        let _ = errors;
    }
}

/// The errors a contract may answer with, collected for its metadata.
#[derive(Debug, Default)]
pub struct Errors(Members);

impl Errors {
    /// Adds an error: its code, its status, and its text with the names or positions of fields in braces.
    pub fn add(&mut self, code: &'static str, status: i32, text: &'static str) {
        if self.0.has(code) {
            return;
        }
        let mut error = Object::new();
        error.text("code", code).text("message", text);
        error.number("status", status.into());
        self.0.put(code, error.finish());
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values()
    }
}

fn code_of(status: i32) -> &'static str {
    match status {
        400 => "BadRequest",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        500 => "Internal",
        _ => "Error",
    }
}

impl ContractError for SdkError {
    fn status(&self) -> i32 {
        self.status
    }

    /// Another chaincode's own code, if it sent one; else a word for the status.
    fn code(&self) -> &str {
        let own = self.details.as_ref().map(|details| details.code.as_str());
        own.unwrap_or_else(|| code_of(self.status))
    }

    fn data(&self) -> Value {
        let own = self.details.as_ref();
        own.and_then(|details| crate::from_json(details.data.as_bytes()).ok())
            .unwrap_or_default()
    }
}

/// A plain text answers with status 500, as an `error` does in Go.
impl ContractError for String {
    fn status(&self) -> i32 {
        SdkError::INTERNAL
    }
}

/// A plain text answers with status 500, as an `error` does in Go.
impl ContractError for &str {
    fn status(&self) -> i32 {
        SdkError::INTERNAL
    }
}
