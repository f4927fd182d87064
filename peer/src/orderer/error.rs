use super::store::StoreError;
use selvedge_identity::ConfigError;
use selvedge_ledger::LedgerError;
use selvedge_protos::common::Status;
use std::io;
use std::path::PathBuf;

/// Why a message was not admitted. `Display` is Fabric's text, as it stands in `BroadcastResponse.info`.
///
/// Fabric: orderer/common/broadcast/broadcast.go and orderer/common/msgprocessor.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("could not determine channel ID: {0}")]
    NoChannelHeader(String),

    #[error("channel does not exist")]
    UnknownChannel,

    #[error("message is of type that cannot be processed directly")]
    ConfigDirectly,

    #[error("message is of type that is no longer supported")]
    NoLongerSupported,

    #[error("Message was empty")]
    Empty,

    #[error("message payload is {size} bytes and exceeds maximum allowed {limit} bytes")]
    TooLarge { size: usize, limit: u32 },

    #[error("broadcast client identity expired")]
    Expired,

    #[error("could not convert message to signedData: {0}")]
    Unsigned(String),

    #[error("could not find policy {0}")]
    NoPolicy(&'static str),

    #[error("{0}: permission denied")]
    Denied(String),

    #[error("config update for existing channel did not pass initial checks: {0}")]
    InitialChecks(Box<Refusal>),

    #[error("error applying config update to existing channel '{channel}': {cause}")]
    Update { channel: String, cause: String },

    #[error("config update for existing channel did not pass final checks: {0}")]
    FinalChecks(Box<Refusal>),

    /// The chain stopped: its disk failed, or the orderer is shutting down.
    #[error("chain is stopped")]
    Stopped,
}

impl Refusal {
    pub fn status(&self) -> Status {
        match self {
            Self::Denied(_) => Status::Forbidden,
            Self::InitialChecks(cause) | Self::FinalChecks(cause) => cause.status(),
            Self::Stopped => Status::ServiceUnavailable,
            _ => Status::BadRequest,
        }
    }
}

/// What stops an orderer or one of its chains.
#[derive(Debug, thiserror::Error)]
pub enum OrdererError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("block [{0}] is missing in the chain")]
    Missing(u64),
    #[error("stored block [{number}]")]
    Block {
        number: u64,
        source: Box<LedgerError>,
    },
    #[error("channel configuration: {0}")]
    Config(#[from] ConfigError),
    #[error("the channel has no orderer section")]
    NoOrdererSection,
    #[error("a message the orderer made itself does not parse: {0}")]
    Decode(#[from] prost::DecodeError),
    #[error("writing a block was interrupted")]
    Interrupted,
    #[error("listing the chains in {dir}")]
    List { dir: PathBuf, source: io::Error },
}
