use crate::lifecycle;
use crate::node::Channel;
use crate::node::private_data::collection;
use crate::validation::{PrivateSet, private_sets};
use selvedge_identity::SignedData;
use selvedge_ledger::Version;
use selvedge_protos::{
    common::Block,
    protos::BlockAndPrivateData,
    rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet},
};
use std::collections::BTreeMap;

/// A block with the private data this peer holds of it and the requester may see.
///
/// Fabric: core/peer/deliverevents.go, getPrivateData.
pub(super) fn attach(
    channel: &Channel,
    block: Block,
    requester: &SignedData,
) -> Result<BlockAndPrivateData, String> {
    let number = block
        .header
        .as_ref()
        .map(|header| header.number)
        .unwrap_or_default();
    let mut private_data_map = BTreeMap::new();
    for (tx, envelope) in block.data.iter().flat_map(|data| &data.data).enumerate() {
        let version = Version::new(number, tx as u64);
        let found = of_transaction(channel, version, &private_sets(envelope), requester)?;
        if !found.ns_pvt_rwset.is_empty() {
            private_data_map.insert(version.tx, found);
        }
    }
    Ok(BlockAndPrivateData {
        block: Some(block),
        private_data_map,
    })
}

fn of_transaction(
    channel: &Channel,
    version: Version,
    sets: &[PrivateSet],
    requester: &SignedData,
) -> Result<TxPvtReadWriteSet, String> {
    let mut out = TxPvtReadWriteSet::default();
    for set in sets {
        let held = channel
            .ledger()
            .private_write_set(version, &set.namespace, &set.collection);
        let Some(rwset) = held.map_err(|error| error.to_string())? else {
            continue;
        };
        if !may_read(channel, set, version.block, requester)? {
            continue;
        }
        let collection = CollectionPvtReadWriteSet {
            collection_name: set.collection.clone(),
            rwset,
        };
        match out.ns_pvt_rwset.last_mut() {
            Some(last) if last.namespace == set.namespace => {
                last.collection_pvt_rwset.push(collection)
            }
            _ => out.ns_pvt_rwset.push(NsPvtReadWriteSet {
                namespace: set.namespace.clone(),
                collection_pvt_rwset: vec![collection],
            }),
        }
    }
    Ok(out)
}

/// Anybody who may read blocks, unless the collection was for its members only when the block was written.
fn may_read(
    channel: &Channel,
    set: &PrivateSet,
    block: u64,
    requester: &SignedData,
) -> Result<bool, String> {
    if lifecycle::implicit_organisation_of(&set.collection).is_some() {
        return Ok(true);
    }
    let found = collection::before(channel, &set.namespace, &set.collection, block)?;
    let found = found.ok_or_else(|| {
        format!(
            "no collection config was found for collection {} for chaincode {}",
            set.collection, set.namespace
        )
    })?;
    if !found.member_only_read {
        return Ok(true);
    }
    Ok(collection::admits(&channel.config(), &found, requester))
}
