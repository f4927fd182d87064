use selvedge_sdk::prelude::*;

/// Why a transaction was refused.
#[derive(Debug, PartialEq, Eq, ContractError)]
pub enum AssetError {
    /// There is no asset under this id.
    #[status(404, "the asset {0} does not exist")]
    NotFound(String),
    /// The id is taken.
    #[status(409, "the asset {0} already exists")]
    Exists(String),
    /// What the SDK reports.
    #[transparent]
    Sdk(#[from] SdkError),
}
