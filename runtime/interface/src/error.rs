use std::fmt;

/// Fabric's names of the requests a chaincode makes, as they appear in error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    GetState,
    GetStateMultiple,
    PutState,
    DelState,
    WriteBatchState,
    GetStateMetadata,
    PutStateMetadata,
    GetPrivateDataHash,
    PurgePrivateData,
    GetStateByRange,
    GetQueryResult,
    GetHistoryForKey,
    QueryStateNext,
    QueryStateClose,
    InvokeChaincode,
}

impl Operation {
    /// The enum name in Fabric's chat protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetState => "GET_STATE",
            Self::GetStateMultiple => "GET_STATE_MULTIPLE",
            Self::PutState => "PUT_STATE",
            Self::DelState => "DEL_STATE",
            Self::WriteBatchState => "WRITE_BATCH_STATE",
            Self::GetStateMetadata => "GET_STATE_METADATA",
            Self::PutStateMetadata => "PUT_STATE_METADATA",
            Self::GetPrivateDataHash => "GET_PRIVATE_DATA_HASH",
            Self::PurgePrivateData => "PURGE_PRIVATE_DATA",
            Self::GetStateByRange => "GET_STATE_BY_RANGE",
            Self::GetQueryResult => "GET_QUERY_RESULT",
            Self::GetHistoryForKey => "GET_HISTORY_FOR_KEY",
            Self::QueryStateNext => "QUERY_STATE_NEXT",
            Self::QueryStateClose => "QUERY_STATE_CLOSE",
            Self::InvokeChaincode => "INVOKE_CHAINCODE",
        }
    }
}

/// A request the peer refused. The text is what chaincode sees on every runtime, so that a contract which puts it in
/// its response answers the same bytes as Wasm and over the chat stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError(String);

impl HostError {
    /// Fabric's form: `<OPERATION> failed: transaction ID: <txid>: <cause>`.
    pub fn new(operation: Operation, tx_id: &str, cause: impl fmt::Display) -> Self {
        Self(format!(
            "{} failed: transaction ID: {tx_id}: {cause}",
            operation.name()
        ))
    }

    /// A text that is already complete: it arrived from a peer, or it is the SDK's own refusal.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostError {}

pub type HostResult<T> = Result<T, HostError>;
