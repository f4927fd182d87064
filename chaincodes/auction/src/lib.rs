//! An auction with sealed bids, after auction-simple in fabric-samples.
//!
//! A bid lies in the bidder's implicit collection, and the channel has its hash. When the auction is closed, bidders
//! reveal what they bid, and everybody can check it against the hash. Every organisation that was invited must endorse
//! what becomes of the auction.

mod auction;
mod contract;
mod error;

pub use auction::{Auction, Bid, Secret, Status};
pub use contract::SealedAuction;
pub use error::AuctionError;

selvedge_sdk::chaincode!(SealedAuction);
