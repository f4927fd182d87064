use selvedge_interface::HostError;
use std::fmt;

/// What the SDK itself reports: a refusal by the peer (500), an unreadable record (500), a call the caller got wrong
/// (400), another chaincode's error (its status).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdkError {
    status: i32,
    message: String,
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
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Self::BAD_REQUEST, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// The error of a contract, reduced to what travels to the client.
    pub fn of(error: &impl ContractError) -> Self {
        Self::new(error.status(), error.to_string())
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
}

impl ContractError for SdkError {
    fn status(&self) -> i32 {
        self.status
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
