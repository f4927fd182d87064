//! What a chaincode instantiated before the new lifecycle left in namespace `lscc`.
//!
//! Nothing writes there any more; a definition's collections are still compared with those of its legacy namesake.

use super::{
    call::LegacyState,
    error::{Doing as _, Error},
};
use prost::Message as _;
use selvedge_protos::{ccprovider::ChaincodeData, protos::CollectionConfigPackage};

/// The namespace of the retired lifecycle.
pub(super) const NAMESPACE: &str = "lscc";

/// The key of a legacy chaincode's collections.
pub(super) fn collections_key(name: &str) -> String {
    format!("{name}~collection")
}

/// The collections of the legacy chaincode `name`; reads one key when there is none, two when there is one.
///
/// Fabric: core/scc/lscc/deployedcc_infoprovider.go, ChaincodeInfo.
pub(super) fn collections(
    name: &str,
    state: &mut dyn LegacyState,
) -> Result<Option<CollectionConfigPackage>, Error> {
    let Some(data) = state.legacy(name)? else {
        return Ok(None);
    };
    ChaincodeData::decode(data).doing(|| "error unmarshalling chaincode state data".to_owned())?;
    let Some(package) = state.legacy(&collections_key(name))? else {
        return Ok(None);
    };
    let package = CollectionConfigPackage::decode(package)
        .doing(|| format!("error unmarshalling collection config for chaincode {name}"))?;
    Ok(Some(package))
}

impl LegacyState for selvedge_ledger::Simulator {
    fn legacy(&mut self, key: &str) -> Result<Option<bytes::Bytes>, super::state::StateError> {
        self.get(NAMESPACE, key)
            .map_err(|error| super::state::StateError(error.to_string()))
    }
}
