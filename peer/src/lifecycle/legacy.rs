//! What a definition has to do with a chaincode that was instantiated under its name before.

use super::{
    call::LegacyState,
    error::{Doing as _, Error},
};
use crate::legacy::state;
use prost::Message as _;
use selvedge_ledger::Snapshot;
use selvedge_protos::{ccprovider::ChaincodeData, protos::CollectionConfigPackage};

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
    let Some(package) = state.legacy(&state::collections_key(name))? else {
        return Ok(None);
    };
    let package = CollectionConfigPackage::decode(package)
        .doing(|| format!("error unmarshalling collection config for chaincode {name}"))?;
    Ok(Some(package))
}

/// The same for a committed height, outside any transaction.
pub(super) fn committed_collections(
    name: &str,
    snapshot: &Snapshot,
) -> Result<Option<CollectionConfigPackage>, Error> {
    let data = state::committed(snapshot, name)
        .map_err(|error| super::state::StateError(error.to_string()))?;
    if data.is_none() {
        return Ok(None);
    }
    let found = state::committed_collections(snapshot, name);
    Ok(found.map_err(|error| super::state::StateError(error.to_string()))?)
}

impl LegacyState for selvedge_ledger::Simulator {
    fn legacy(&mut self, key: &str) -> Result<Option<bytes::Bytes>, super::state::StateError> {
        self.get(state::NAMESPACE, key)
            .map_err(|error| super::state::StateError(error.to_string()))
    }
}
