use super::Answer;
use bytes::Bytes;
use selvedge_interface::HostError;
use selvedge_protos::protos::{ChaincodeMessage, chaincode_message::Type};

/// Why a request was refused.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What stands behind `<TYPE> failed: transaction ID: <txid>: `.
    Cause(String),
    /// A complete text.
    Text(String),
}

impl Failure {
    pub(crate) fn cause(cause: impl Into<String>) -> Self {
        Self::Cause(cause.into())
    }

    /// Fabric's handler takes a nil pointer here, and says so to the chaincode.
    pub(super) fn panic() -> Self {
        Self::cause("panic during execution")
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        Self::Text(error.as_str().to_owned())
    }
}

/// The answer as a message: it carries the transaction and channel of what asked.
pub(crate) fn reply(
    kind: Type,
    tx_id: String,
    channel_id: String,
    answer: Answer,
) -> ChaincodeMessage {
    let (kind, payload) = match answer {
        Ok(payload) => (Type::Response, payload),
        Err(failure) => {
            let text = match failure {
                Failure::Text(text) => text,
                Failure::Cause(cause) => format!(
                    "{} failed: transaction ID: {tx_id}: {cause}",
                    kind.as_str_name()
                ),
            };
            tracing::debug!(
                tx_id,
                channel_id,
                error = text,
                "a chaincode's request is refused"
            );
            (Type::Error, Bytes::from(text))
        }
    };
    ChaincodeMessage {
        r#type: kind.into(),
        payload,
        txid: tx_id,
        channel_id,
        ..ChaincodeMessage::default()
    }
}
