//! Purges: a private key disappears with every older value of it.

use super::prepare::Prepared;
use super::private::{PrivateKey, PrivateUpdates, WriteSet};
use crate::error::Result;
use crate::store::{
    Column, Database, VERSION_BYTES, View, parse_purge_index_version, private_namespace,
    purge_index_key, purge_index_prefix, purge_marker, purge_marker_key, state_key, write_set_key,
};
use crate::{KeyPurged, LedgerError, PurgedKey, Version};
use bytes::Bytes;
use prost::Message;
use rocksdb::WriteBatch;
use selvedge_protos::kvrwset;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Hashed keys that valid transactions of the block purge, with the height of the last such purge.
#[derive(Default)]
pub(super) struct Purges(BTreeMap<(String, String, Bytes), Version>);

impl Purges {
    pub(super) fn of(block: u64, prepared: &[Prepared]) -> Self {
        let mut out = BTreeMap::new();
        for tx in prepared.iter().filter(|tx| tx.is_valid()) {
            for namespace in tx.set.iter().flat_map(|set| &set.namespaces) {
                for collection in &namespace.collections {
                    for write in collection
                        .hashed
                        .hashed_writes
                        .iter()
                        .filter(|write| write.is_purge)
                    {
                        let place = (
                            namespace.namespace.clone(),
                            collection.collection.clone(),
                            write.key_hash.clone(),
                        );
                        out.insert(
                            place,
                            Version {
                                block,
                                tx: tx.index,
                            },
                        );
                    }
                }
            }
        }
        Self(out)
    }

    /// Takes purged keys out of the block's own write sets, the purging transaction's included: what is kept must not
    /// name the key.
    pub(super) fn filter(&self, sets: &mut [WriteSet]) {
        if self.0.is_empty() {
            return;
        }
        for set in sets {
            let purged = |key: &str| {
                let place = (
                    set.namespace.clone(),
                    set.collection.clone(),
                    Bytes::copy_from_slice(&Sha256::digest(key)),
                );
                self.0
                    .get(&place)
                    .is_some_and(|purge| set.version <= *purge)
            };
            let before = set.decoded.writes.len();
            set.decoded.writes.retain(|write| !purged(&write.key));
            if set.decoded.writes.len() != before {
                set.bytes = set.decoded.encode_to_vec().into();
            }
        }
    }

    /// Deletes the private values and rewrites the older write sets that hold them.
    pub(super) fn apply(
        &self,
        private: &PrivateUpdates,
        view: &View,
        database: &Database,
        batch: &mut WriteBatch,
        purged: &KeyPurged,
    ) -> Result<()> {
        let mut rewritten = BTreeMap::new();
        let markers = database.column(Column::PrivateSets)?;
        for ((namespace, collection, key_hash), purge) in &self.0 {
            let marker = purge_marker_key(namespace, collection, key_hash);
            batch.put_cf(markers, marker, purge_marker(*purge));
            let place = Place {
                namespace,
                collection,
                key_hash,
            };
            let mut raw_key = None;
            for (row, key) in place.index_rows(view)? {
                batch.delete_cf(database.column(Column::PrivateSets)?, &row);
                if let Some(version) = parse_purge_index_version(&row) {
                    let set = write_set_key(version, namespace, collection);
                    strike(view, &set, &key, &mut rewritten)?;
                    purged(&PurgedKey {
                        ledger: database.dir(),
                        namespace,
                        collection,
                        key: &key,
                        version,
                    });
                }
                raw_key = Some(key);
            }
            if let Some(key) = raw_key {
                place.delete_value(key, *purge, private, database, batch)?;
            }
        }
        let column = database.column(Column::PrivateSets)?;
        for (row, set) in rewritten {
            batch.put_cf(column, row, set.encode_to_vec());
        }
        Ok(())
    }
}

struct Place<'a> {
    namespace: &'a str,
    collection: &'a str,
    key_hash: &'a [u8],
}

impl Place<'_> {
    fn index_rows(&self, view: &View) -> Result<Vec<(Vec<u8>, String)>> {
        let lower = purge_index_prefix(self.namespace, self.collection, self.key_hash);
        let mut upper = lower.clone();
        upper.extend_from_slice(&[0xff; 17]);
        let length = lower.len() + VERSION_BYTES;
        let mut rows = view.rows(Column::PrivateSets, &lower, upper);
        let mut out = Vec::new();
        while let Some(row) =
            rows.next_with(|row, key| (row.to_vec(), String::from_utf8_lossy(key).into_owned()))?
        {
            out.push(row);
        }
        // A hash that is too short is the beginning of others, which nobody purges.
        out.retain(|(row, _)| row.len() == length);
        Ok(out)
    }

    /// Unless the block wrote the key again after the purge.
    fn delete_value(
        &self,
        key: String,
        purge: Version,
        private: &PrivateUpdates,
        database: &Database,
        batch: &mut WriteBatch,
    ) -> Result<()> {
        let row = state_key(
            &private_namespace(self.namespace, self.collection),
            key.as_bytes(),
        );
        let place = PrivateKey {
            namespace: self.namespace.to_owned(),
            collection: self.collection.to_owned(),
            key,
        };
        if private
            .values
            .get(&place)
            .is_none_or(|written| written.version <= purge)
        {
            batch.delete_cf(database.column(Column::Private)?, row);
        }
        Ok(())
    }
}

fn strike(
    view: &View,
    row: &[u8],
    key: &str,
    rewritten: &mut BTreeMap<Vec<u8>, kvrwset::KvrwSet>,
) -> Result<()> {
    if !rewritten.contains_key(row) {
        let Some(stored) = view.bytes(Column::PrivateSets, row)? else {
            return Ok(());
        };
        let set = kvrwset::KvrwSet::decode(stored).map_err(|_| LedgerError::Corrupt {
            what: "private write set",
            key: hex::encode(row),
        })?;
        rewritten.insert(row.to_vec(), set);
    }
    if let Some(set) = rewritten.get_mut(row) {
        set.writes.retain(|write| write.key != key);
    }
    Ok(())
}

/// Lets a later purge find this write set by the hash of the key.
pub(super) fn index_rows(set: &WriteSet) -> impl Iterator<Item = (Vec<u8>, &str)> {
    rows_of(set.version, &set.namespace, &set.collection, &set.decoded)
}

/// The same for a write set that came later than its block.
pub(crate) fn rows_of<'a>(
    version: Version,
    namespace: &'a str,
    collection: &'a str,
    set: &'a kvrwset::KvrwSet,
) -> impl Iterator<Item = (Vec<u8>, &'a str)> {
    set.writes.iter().map(move |write| {
        let hash = Sha256::digest(&write.key);
        let row = purge_index_key(namespace, collection, &hash, version);
        (row, write.key.as_str())
    })
}
