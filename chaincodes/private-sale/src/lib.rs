//! The sale of an asset that everybody knows of, whose properties and price only buyer and seller know: after
//! asset-transfer-secured-agreement in fabric-samples.
//!
//! Each organisation keeps properties and terms in its implicit collection, of which the channel has hashes. A sale
//! compares hashes, so endorsers of any organisation can check it without being told. Changes of an asset need the
//! endorsement of the organisation that owns it: each asset has a policy of its own.

mod asset;
mod contract;
mod error;

pub use asset::{Asset, Properties, Receipt, Terms};
pub use contract::PrivateSale;
pub use error::SaleError;

selvedge_sdk::chaincode!(PrivateSale);
