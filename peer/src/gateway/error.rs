use prost::Message as _;
use selvedge_protos::{gateway::ErrorDetail, google::rpc};
use tonic::{Code, Status};

/// What a client is told when a call fails: a code, Fabric's words, and what each peer or orderer said.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct GatewayError {
    pub code: Code,
    pub message: String,
    pub details: Vec<ErrorDetail>,
}

/// How Go packs a message into `google.protobuf.Any`.
const DETAIL_TYPE: &str = "type.googleapis.com/gateway.ErrorDetail";

impl GatewayError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::with(code, message, Vec::new())
    }

    pub(super) fn with(code: Code, message: impl Into<String>, details: Vec<ErrorDetail>) -> Self {
        Self {
            code,
            message: message.into(),
            details,
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    pub(super) fn stopping() -> Self {
        Self::new(Code::Unavailable, "the peer is stopping")
    }
}

impl From<GatewayError> for Status {
    fn from(error: GatewayError) -> Self {
        if error.details.is_empty() {
            return Self::new(error.code, error.message);
        }
        let any = |detail: ErrorDetail| prost_types::Any {
            type_url: DETAIL_TYPE.to_owned(),
            value: detail.encode_to_vec(),
        };
        let status = rpc::Status {
            code: i32::from(error.code),
            message: error.message.clone(),
            details: error.details.into_iter().map(any).collect(),
        };
        Self::with_details(error.code, error.message, status.encode_to_vec().into())
    }
}

/// An answer of another server as Go's client prints it.
pub(super) fn go_text(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = next.source();
    }
    let code = match status.code() {
        Code::Ok => "OK".to_owned(),
        Code::Cancelled => "Canceled".to_owned(),
        other => format!("{other:?}"),
    };
    format!("rpc error: code = {code} desc = {text}")
}

pub(super) const TIMED_OUT: &str =
    "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
