use super::{Channel, TransientEntry};
use crate::lifecycle;
use crate::validation::{Examined, PrivateSet};
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{Snapshot, TxPrivateData};
use selvedge_protos::{
    common::{MspPrincipal, MspRole, OrganizationUnit, msp_principal::Classification},
    protos::{StaticCollectionConfig, collection_policy_config::Payload},
    rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet},
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The private data of a block that this peer endorsed and its organisation may keep. What is not here is recorded as
/// missing by the ledger. Data of transactions that turned out invalid is kept as well (application capability V1_4_2).
///
/// Fabric: gossip/privdata/coordinator.go, for the local source.
pub(super) fn gather(
    channel: &Channel,
    snapshot: &Snapshot,
    msp_id: &str,
    transactions: &[Examined],
) -> Vec<TxPrivateData> {
    let mut members = Members {
        snapshot,
        msp_id,
        known: BTreeMap::new(),
    };
    let mut found = Vec::new();
    for (tx, transaction) in transactions.iter().enumerate() {
        if transaction.private.is_empty() {
            continue;
        }
        let entries = channel.transient().get(&transaction.tx_id);
        let wanted = transaction.private.iter().filter(|set| members.has(set));
        if let Some(write_set) = assemble(wanted, &entries) {
            found.push(TxPrivateData {
                tx: tx as u64,
                write_set,
            });
        }
    }
    found
}

/// Serialized `rwset.TxPvtReadWriteSet` of the write sets whose hashes are right.
fn assemble<'a>(
    wanted: impl Iterator<Item = &'a PrivateSet>,
    entries: &[TransientEntry],
) -> Option<Bytes> {
    let mut namespaces: BTreeMap<&str, Vec<CollectionPvtReadWriteSet>> = BTreeMap::new();
    let known: Vec<NsPvtReadWriteSet> = entries
        .iter()
        .filter_map(|entry| TxPvtReadWriteSet::decode(entry.private.clone()).ok())
        .flat_map(|set| set.ns_pvt_rwset)
        .collect();
    for set in wanted {
        let found = known
            .iter()
            .filter(|namespace| namespace.namespace == set.namespace)
            .flat_map(|namespace| &namespace.collection_pvt_rwset)
            .find(|found| {
                found.collection_name == set.collection
                    && Sha256::digest(&found.rwset).as_slice() == set.hash.as_ref()
            });
        namespaces
            .entry(&set.namespace)
            .or_default()
            .extend(found.cloned());
    }
    namespaces.retain(|_, collections| !collections.is_empty());
    if namespaces.is_empty() {
        return None;
    }
    let ns_pvt_rwset = namespaces
        .into_iter()
        .map(|(namespace, collection_pvt_rwset)| NsPvtReadWriteSet {
            namespace: namespace.to_owned(),
            collection_pvt_rwset,
        })
        .collect();
    Some(
        TxPvtReadWriteSet {
            data_model: 0,
            ns_pvt_rwset,
        }
        .encode_to_vec()
        .into(),
    )
}

/// Which collections this peer's organisation is a member of.
struct Members<'a> {
    snapshot: &'a Snapshot,
    msp_id: &'a str,
    known: BTreeMap<(String, String), bool>,
}

impl Members<'_> {
    fn has(&mut self, set: &PrivateSet) -> bool {
        if let Some(msp_id) = lifecycle::implicit_organisation_of(&set.collection) {
            return msp_id == self.msp_id;
        }
        let key = (set.namespace.clone(), set.collection.clone());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let package = lifecycle::committed_collections(self.snapshot, &set.namespace)
            .ok()
            .flatten();
        let collection = lifecycle::find_collection(package.as_ref(), &set.collection);
        let is_member = collection.is_some_and(|collection| names(collection, self.msp_id));
        self.known.insert(key, is_member);
        is_member
    }
}

/// Whether the collection's member policy names the organisation.
fn names(collection: &StaticCollectionConfig, msp_id: &str) -> bool {
    let policy = collection
        .member_orgs_policy
        .as_ref()
        .and_then(|policy| policy.payload.as_ref());
    let Some(Payload::SignaturePolicy(policy)) = policy else {
        return false;
    };
    policy
        .identities
        .iter()
        .any(|principal| organisation(principal).as_deref() == Some(msp_id))
}

fn organisation(principal: &MspPrincipal) -> Option<String> {
    let bytes = principal.principal.clone();
    match Classification::try_from(principal.principal_classification).ok()? {
        Classification::Role => Some(MspRole::decode(bytes).ok()?.msp_identifier),
        Classification::OrganizationUnit => {
            Some(OrganizationUnit::decode(bytes).ok()?.msp_identifier)
        }
        Classification::Identity => Some(
            selvedge_protos::msp::SerializedIdentity::decode(bytes)
                .ok()?
                .mspid,
        ),
        _ => None,
    }
}
