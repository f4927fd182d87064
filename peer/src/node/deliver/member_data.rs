use crate::lifecycle;
use crate::node::Channel;
use crate::validation::{PrivateSet, private_sets};
use selvedge_identity::SignedData;
use selvedge_ledger::Version;
use selvedge_protos::{
    common::Block,
    protos::{BlockAndPrivateData, collection_policy_config::Payload},
    rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet},
};
use std::collections::BTreeMap;

/// A block with the private data this peer holds of it and the requester may see.
///
/// Fabric: core/peer/deliverevents.go, getPrivateData. The collection configurations are those in force now, not those
/// at the block.
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
        if !may_read(channel, set, requester)? {
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

/// Anybody who may read blocks, unless the collection is for its members only.
fn may_read(channel: &Channel, set: &PrivateSet, requester: &SignedData) -> Result<bool, String> {
    if lifecycle::implicit_organisation_of(&set.collection).is_some() {
        return Ok(true);
    }
    let snapshot = channel.ledger().snapshot();
    let definition =
        lifecycle::committed(&snapshot, &set.namespace).map_err(|error| error.to_string())?;
    let package = definition.and_then(|definition| definition.parameters.collections);
    let collection =
        lifecycle::find_collection(package.as_ref(), &set.collection).ok_or_else(|| {
            format!(
                "no collection config was found for collection {} for chaincode {}",
                set.collection, set.namespace
            )
        })?;
    if !collection.member_only_read {
        return Ok(true);
    }
    let policy = collection
        .member_orgs_policy
        .as_ref()
        .and_then(|policy| policy.payload.as_ref());
    let Some(Payload::SignaturePolicy(policy)) = policy else {
        return Ok(false);
    };
    let policy = channel
        .config()
        .compile(policy)
        .map_err(|error| error.to_string())?;
    Ok(policy.evaluate(std::slice::from_ref(requester)).is_ok())
}
