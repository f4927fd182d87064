use bytes::Bytes;
use std::collections::BTreeMap;

/// What the client sent for this call. A callee of another chaincode has its own `Input` and its caller's [`Transaction`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    pub args: Vec<Bytes>,
    /// The peer runs the definition's required initialization (message type INIT).
    pub is_init: bool,
}

/// The proposal under simulation; the same for a chaincode and all that it calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// 64 lower-case hex digits.
    pub tx_id: String,
    pub channel_id: String,
    /// Chosen by the client.
    pub timestamp: Timestamp,
    /// The client's serialized identity (`msp.SerializedIdentity`).
    pub creator: Bytes,
    /// SHA-256(nonce ‖ creator ‖ epoch as 8 little-endian bytes).
    pub binding: Bytes,
    /// Sent beside the proposal and never recorded.
    pub transient: BTreeMap<String, Bytes>,
    /// Added by the peer's decorators; empty for a callee.
    pub decorations: BTreeMap<String, Bytes>,
    /// The bytes of `protos.SignedProposal` as received; empty where no client signed (in-process tests).
    pub signed_proposal: Bytes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: i32,
}

/// A chaincode's answer. Below 400: endorsed. 400 to 499: the bare response goes back, unendorsed. From 500 on: the
/// same, with the proposal-response payload beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    pub status: i32,
    pub message: String,
    pub payload: Bytes,
}

/// What a call of another chaincode came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    Response(Response),
    /// The callee ran and gave up without a response, with this text. Chaincode over the chat stream may do that, and
    /// Fabric's Node shim makes it of every response with status 500.
    Failed(String),
}

impl Response {
    pub const OK: i32 = 200;
    /// The first status that is not endorsed.
    pub const ERROR_THRESHOLD: i32 = 400;
    pub const ERROR: i32 = 500;

    pub fn ok(payload: impl Into<Bytes>) -> Self {
        Self {
            status: Self::OK,
            message: String::new(),
            payload: payload.into(),
        }
    }

    pub fn error(message: impl Into<String>) -> Self {
        Self {
            status: Self::ERROR,
            message: message.into(),
            payload: Bytes::new(),
        }
    }
}
