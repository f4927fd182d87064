use super::connect::innermost;
use selvedge_protos::protos::TxValidationCode;

/// What went wrong between a client and the network. The texts are those of Fabric's command line where it has one.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("failed to connect to {address}: {reason}")]
    Connect { address: String, reason: String },
    /// What tonic says of it is only "transport error".
    #[error(
        "the connection to {address} broke: {reason}; if either side speaks TLS, the other must (an orderer's: --tls and --cafile; a peer's: peer.tls.enabled)"
    )]
    Broken { address: String, reason: String },
    #[error("{} at {address}: {}", .status.code(), .status.message())]
    Call {
        address: String,
        status: Box<tonic::Status>,
    },
    #[error("no proposal responses received")]
    NoResponses,
    #[error("received proposal response with nil response")]
    NoResponse,
    #[error("proposal response was not successful, error code {status}, msg {message}")]
    NotSuccessful { status: i32, message: String },
    #[error("ProposalResponsePayloads do not match (base64): '{0}' vs '{1}'")]
    Mismatch(String, String),
    #[error("could not sign")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("got unexpected status: {status} -- {info}")]
    Broadcast { status: String, info: String },
    #[error("transaction invalidated with status ({})", .0.as_str_name())]
    Invalidated(TxValidationCode),
    #[error("deliver completed with status ({0}) before txid received")]
    DeliverEnded(String),
    #[error("timed out waiting for txid on all peers")]
    Timeout,
    #[error("can't read the block: {0}")]
    NoBlock(String),
    #[error("{0} could not be decoded")]
    Decode(&'static str, #[source] prost::DecodeError),
}

impl ClientError {
    pub(super) fn call(address: &str, status: tonic::Status) -> Self {
        let address = address.to_owned();
        // A status that was sent has no cause on this side.
        if std::error::Error::source(&status).is_some() {
            let reason = innermost(&status);
            return Self::Broken { address, reason };
        }
        let status = Box::new(status);
        Self::Call { address, status }
    }
}
