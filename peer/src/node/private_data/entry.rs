//! What the transient store holds of one endorsement.

use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::TransientEntry;
use selvedge_protos::{
    protos::{CollectionConfigPackage, StaticCollectionConfig},
    rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet},
    transientstore::TxPvtReadWriteSetWithConfigInfo,
};

/// One entry, decoded. What this peer stored decodes; what does not is no data.
pub(super) fn decode(entry: &TransientEntry) -> Option<TxPvtReadWriteSetWithConfigInfo> {
    TxPvtReadWriteSetWithConfigInfo::decode(entry.data.clone()).ok()
}

/// The write sets of one collection.
pub(super) fn write_sets<'a>(
    stored: &'a TxPvtReadWriteSetWithConfigInfo,
    namespace: &'a str,
    collection: &'a str,
) -> impl Iterator<Item = &'a Bytes> {
    let namespaces = stored.pvt_rwset.iter().flat_map(|set| &set.ns_pvt_rwset);
    namespaces
        .filter(move |set| set.namespace == namespace)
        .flat_map(|set| &set.collection_pvt_rwset)
        .filter(move |set| set.collection_name == collection)
        .map(|set| &set.rwset)
}

/// The configuration under which it was endorsed.
pub(super) fn configuration<'a>(
    stored: &'a TxPvtReadWriteSetWithConfigInfo,
    namespace: &str,
    collection: &str,
) -> Option<&'a StaticCollectionConfig> {
    let package: &CollectionConfigPackage = stored.collection_configs.get(namespace)?;
    crate::lifecycle::find_collection(Some(package), collection)
}

/// A write set of one collection alone.
pub(super) fn of_one(namespace: String, collection: String, rwset: Bytes) -> TxPvtReadWriteSet {
    TxPvtReadWriteSet {
        data_model: 0,
        ns_pvt_rwset: vec![NsPvtReadWriteSet {
            namespace,
            collection_pvt_rwset: vec![CollectionPvtReadWriteSet {
                collection_name: collection,
                rwset,
            }],
        }],
    }
}
