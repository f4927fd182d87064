/// Why an identity or a signature is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TrustError(pub String);

/// Why something could not be sent, or was not answered.
#[derive(Debug, thiserror::Error)]
pub enum GossipError {
    #[error("connecting to {endpoint}: {cause}")]
    Connect { endpoint: String, cause: String },
    /// Fabric's texts (gossip/comm/comm_impl.go), in the log of a Go peer as well.
    #[error("handshake with {endpoint}: {cause}")]
    Handshake { endpoint: String, cause: String },
    #[error("peer {0} is not known to be alive")]
    Unknown(String),
    #[error("the connection to {0} closed")]
    Closed(String),
    #[error("timed out waiting for an answer of {0}")]
    Timeout(String),
    /// The other side's words.
    #[error("{0}")]
    Refused(String),
    #[error("too many messages are waiting to be sent")]
    Busy,
}
