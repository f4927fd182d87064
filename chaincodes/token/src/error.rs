use selvedge_sdk::prelude::*;

/// Why a transaction was refused.
#[derive(Debug, PartialEq, Eq, ContractError)]
pub enum TokenError {
    /// An amount of nothing.
    #[status(400, "an amount is more than 0")]
    Nothing,
    /// More than the account holds.
    #[status(409, "the account holds {held}, not {wanted}")]
    Insufficient { held: u64, wanted: u64 },
    /// More than the account has settled, whatever came in since.
    #[status(
        409,
        "the account has {settled} settled, not {wanted}; Settle takes in what came since"
    )]
    Unsettled { settled: u64, wanted: u64 },
    /// More than the owner allows.
    #[status(403, "the allowance is {allowed}, not {wanted}")]
    NotAllowed { allowed: u64, wanted: u64 },
    /// No balance may exceed what a number holds, and the supply is the sum of them.
    #[status(409, "the supply would exceed 18446744073709551615")]
    SupplyOverflow,
    /// What the SDK reports.
    #[transparent]
    Sdk(#[from] SdkError),
}

/// The amount, unless it is nothing.
pub(crate) fn some(amount: u64) -> Result<u64, TokenError> {
    (amount > 0).then_some(amount).ok_or(TokenError::Nothing)
}
