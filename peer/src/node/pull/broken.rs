use crate::node::{BlockError, CommitError};
use selvedge_protos::common::Status;

/// Why no more blocks come from an orderer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("no endpoints currently defined")]
    NoAddress,
    #[error("unexpected consensus type: `{0}`")]
    Consensus(String),
    #[error("could not dial endpoint '{address}': {cause}")]
    Connect { address: String, cause: String },
    #[error("orderer {address}: {cause}")]
    Stream { address: String, cause: String },
    #[error("orderer `{0}` hung up without sending status")]
    HungUp(String),
    #[error("received success for a seek that should never complete")]
    Success,
    #[error("received bad status {0} from orderer")]
    Status(String),
    #[error("orderer {0} sent a message that is neither block nor status")]
    Nothing(String),
    #[error("block [{number}] from orderer [{address}] could not be verified: {source}")]
    Block {
        number: u64,
        address: String,
        source: BlockError,
    },
    #[error(
        "block censorship detected, endpoint: {address}: another orderer has shown block [{header}] for {waited:?}"
    )]
    Censorship {
        address: String,
        header: u64,
        waited: std::time::Duration,
    },
    #[error("the configuration has other orderer addresses or TLS roots now")]
    Refreshed,
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("reading the ledger: {0}")]
    Ledger(String),
    #[error("the committing task ended")]
    Interrupted,
}

impl Broken {
    pub(super) fn stream(address: &str, status: &tonic::Status) -> Self {
        Self::Stream {
            address: address.to_owned(),
            cause: status.to_string(),
        }
    }

    /// What a status says where blocks were asked for without end.
    pub(super) fn status(status: i32) -> Self {
        match Status::try_from(status) {
            Ok(Status::Success) => Self::Success,
            Ok(status) => Self::Status(status.as_str_name().to_owned()),
            Err(_) => Self::Status(status.to_string()),
        }
    }
}
