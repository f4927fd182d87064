use selvedge_sdk::prelude::*;

/// Why a transaction was refused.
#[derive(Debug, PartialEq, Eq, ContractError)]
pub enum SaleError {
    /// There is no asset under this id.
    #[status(404, "the asset {0} does not exist")]
    NotFound(String),
    /// The id is taken.
    #[status(409, "the asset {0} already exists")]
    Exists(String),
    /// The caller is of another organisation.
    #[status(403, "{owner} owns the asset, not {caller}")]
    NotOwner { owner: String, caller: String },
    /// The owner cannot be the buyer.
    #[status(409, "{0} owns the asset already")]
    OwnAsset(String),
    /// The organisation has not deposited the asset's properties.
    #[status(409, "{0} has not deposited the properties of the asset")]
    NoProperties(String),
    /// What was deposited describes another asset.
    #[status(409, "these are not the properties that the asset was created with")]
    OtherProperties,
    /// The terms say they are for another asset.
    #[status(400, "the terms are for the asset {0}")]
    OtherAsset(String),
    /// The organisation has agreed to nothing, or to something else.
    #[status(409, "{0} has not agreed to these terms")]
    NotAgreed(String),
    /// What the SDK reports.
    #[transparent]
    Sdk(#[from] SdkError),
}
