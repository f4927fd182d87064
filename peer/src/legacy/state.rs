//! Namespace `lscc`: one record for each instantiated chaincode, and one for its collections.

use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::Snapshot;
use selvedge_protos::{ccprovider::ChaincodeData, protos::CollectionConfigPackage};

pub const NAMESPACE: &str = "lscc";

/// The key of a chaincode's collections.
///
/// Fabric: core/common/privdata/collection.go, BuildCollectionKVSKey.
pub fn collections_key(name: &str) -> String {
    format!("{name}~collection")
}

/// Whether a key is that of collections and not of a chaincode.
pub fn is_collections_key(key: &str) -> bool {
    key.contains('~')
}

/// A record that cannot be read; `Display` is the cause.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The ledger failed: nobody can say what is there.
    #[error("{0}")]
    State(String),
    #[error("{0}")]
    Decode(#[from] prost::DecodeError),
}

/// What was committed about a chaincode before this height.
pub fn committed(snapshot: &Snapshot, name: &str) -> Result<Option<ChaincodeData>, RecordError> {
    let found = get(snapshot, name)?;
    Ok(found.map(ChaincodeData::decode).transpose()?)
}

/// Everything that was instantiated before this height, by name.
pub fn all_committed(snapshot: &Snapshot) -> Result<Vec<ChaincodeData>, RecordError> {
    let rows = snapshot
        .range(NAMESPACE, "", "", usize::MAX)
        .map_err(|error| RecordError::State(error.to_string()))?;
    let records = rows.into_iter().filter(|row| !is_collections_key(&row.key));
    let decoded = records.map(|row| ChaincodeData::decode(row.value.value));
    Ok(decoded.collect::<Result<_, _>>()?)
}

/// The collections that were committed with it.
pub fn committed_collections(
    snapshot: &Snapshot,
    name: &str,
) -> Result<Option<CollectionConfigPackage>, RecordError> {
    let found = get(snapshot, &collections_key(name))?;
    Ok(found.map(CollectionConfigPackage::decode).transpose()?)
}

fn get(snapshot: &Snapshot, key: &str) -> Result<Option<Bytes>, RecordError> {
    let found = snapshot
        .get(NAMESPACE, key)
        .map_err(|error| RecordError::State(error.to_string()))?;
    Ok(found.map(|found| found.value))
}
