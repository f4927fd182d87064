use crate::Status;
use selvedge_sdk::prelude::*;

/// Why a transaction was refused.
#[derive(Debug, PartialEq, Eq, ContractError)]
pub enum AuctionError {
    /// There is no auction under this id.
    #[status(404, "the auction {0} does not exist")]
    NotFound(String),
    /// The id is taken.
    #[status(409, "the auction {0} already exists")]
    Exists(String),
    /// It is too early or too late.
    #[status(409, "the auction is {0:?}")]
    WrongTime(Status),
    /// Only the seller may do this.
    #[status(403, "only the seller may do this")]
    NotSeller,
    /// The organisation was not invited.
    #[status(403, "{0} is not invited to this auction")]
    NotInvited(String),
    /// There is no such bid.
    #[status(404, "there is no bid {0} in this auction")]
    NoBid(String),
    /// What is revealed is not what was bid, or the caller is not who bid it.
    #[status(409, "the caller did not bid this")]
    OtherBid,
    /// A peer knows of a bid that would win and has not been revealed.
    #[status(409, "a higher bid has not been revealed yet")]
    HigherBidHidden,
    /// What the SDK reports.
    #[transparent]
    Sdk(#[from] SdkError),
}
