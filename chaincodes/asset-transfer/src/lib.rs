//! Fabric's basic asset transfer sample: the functions, keys, values and error texts of asset-transfer-basic in
//! fabric-samples, so that its client applications work unchanged, and a history besides.

mod asset;
mod contract;
mod error;

pub use asset::{Asset, AssetChange};
pub use contract::AssetTransfer;
pub use error::AssetError;

selvedge_sdk::chaincode!(AssetTransfer);
