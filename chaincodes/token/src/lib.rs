//! A fungible token after ERC-20, with the functions of token-erc-20 in fabric-samples, and `ConcurrentToken` beside it:
//! the same idea laid out so that payments to one account never conflict.

mod concurrent;
mod error;
mod event;
mod token;

pub use concurrent::ConcurrentToken;
pub use error::TokenError;
pub use event::{Approval, Transfer};
pub use token::Token;

selvedge_sdk::chaincode!(Token, ConcurrentToken);
