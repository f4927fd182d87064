use super::{collection, entry};
use crate::node::Channel;
use crate::validation::{Examined, PrivateSet};
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{Snapshot, TransientEntry, TxPrivateData};
use selvedge_protos::rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The private data of a block that this peer endorsed and its organisation may keep. What is not here is recorded as
/// missing by the ledger. Data of transactions that turned out invalid is kept as well (application capability V1_4_2).
///
/// Fabric: gossip/privdata/coordinator.go, for the local source.
pub(in crate::node) fn gather(
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
        let entries = channel
            .transient()
            .get(&transaction.tx_id)
            .unwrap_or_else(|error| {
                // The data is missing then, and asked of others.
                tracing::error!(channel = channel.id(), %error, "private data cannot be read");
                Vec::new()
            });
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
    let known: Vec<_> = entries.iter().filter_map(entry::decode).collect();
    for set in wanted {
        let found = known
            .iter()
            .flat_map(|stored| entry::write_sets(stored, &set.namespace, &set.collection))
            .find(|rwset| Sha256::digest(rwset).as_slice() == set.hash.as_ref())
            .map(|rwset| CollectionPvtReadWriteSet {
                collection_name: set.collection.clone(),
                rwset: rwset.clone(),
            });
        namespaces.entry(&set.namespace).or_default().extend(found);
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
        let key = (set.namespace.clone(), set.collection.clone());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let found = collection::current(self.snapshot, &set.namespace, &set.collection);
        let found = found.ok().flatten();
        let is_member =
            found.is_some_and(|found| collection::organisations(&found).contains(self.msp_id));
        self.known.insert(key, is_member);
        is_member
    }
}
