//! Private data that comes with a block.

use super::prepare::Prepared;
use super::updates::Updates;
use super::{Stored, TxPrivateData};
use crate::error::Result;
use crate::rwset::{TxSet, is_write_delete};
use crate::store::{Column, View, private_namespace, state_key, write_set_key};
use crate::{LedgerError, Version};
use bytes::Bytes;
use prost::Message;
use selvedge_protos::{kvrwset, rwset};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PrivateKey {
    pub(super) namespace: String,
    pub(super) collection: String,
    pub(super) key: String,
}

#[derive(Debug)]
pub(super) struct PrivateValue {
    /// `None`: deleted.
    pub(super) value: Option<Bytes>,
    pub(super) version: Version,
}

/// One collection's write set of one transaction, as its hash covers it.
#[derive(Debug)]
pub(super) struct WriteSet {
    pub(super) version: Version,
    pub(super) namespace: String,
    pub(super) collection: String,
    pub(super) bytes: Bytes,
    /// Of a transaction that was not invalidated.
    pub(super) is_valid: bool,
    pub(super) decoded: kvrwset::KvrwSet,
}

/// One collection's write set of one transaction that this peer does not have.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) version: Version,
    pub(super) namespace: String,
    pub(super) collection: String,
    /// Of a transaction that was not invalidated.
    pub(super) is_valid: bool,
}

/// Everything private that a block changes.
#[derive(Debug, Default)]
pub(super) struct PrivateUpdates {
    pub(super) values: BTreeMap<PrivateKey, PrivateValue>,
    pub(super) write_sets: Vec<WriteSet>,
    /// Named by a hash and not supplied.
    pub(super) missing: Vec<Missing>,
}

impl PrivateUpdates {
    pub(super) fn gather(
        block: u64,
        prepared: &[Prepared],
        supplied: &[TxPrivateData],
        updates: &Updates,
        view: &View,
        stored: Stored,
    ) -> Result<Self> {
        let supplied: BTreeMap<u64, &TxPrivateData> =
            supplied.iter().map(|data| (data.tx, data)).collect();
        let mut out = Self::default();
        let mut metadata = BTreeSet::new();
        for tx in prepared {
            let Some(set) = &tx.set else { continue };
            let version = Version {
                block,
                tx: tx.index,
            };
            let first = out.write_sets.len();
            if let Some(data) = supplied.get(&tx.index) {
                out.take(version, set, data, tx.is_valid())?;
            }
            if tx.is_valid() {
                out.take_kept(version, set, first, view, stored)?;
                out.apply(first, &mut metadata);
            }
            // Of invalid transactions too: others may have kept it, and ask for it.
            out.note_missing(version, set, first, tx.is_valid());
        }
        out.lift(metadata, updates, view)?;
        Ok(out)
    }

    /// A wrong hash fails the commit of a valid transaction's block: the caller must have checked (Fabric:
    /// batch_preparer.go:validatePvtdata). What an invalid transaction brings is kept when it is genuine, for others
    /// who ask.
    fn take(
        &mut self,
        version: Version,
        set: &TxSet,
        data: &TxPrivateData,
        is_valid: bool,
    ) -> Result<()> {
        let broken = |error: prost::DecodeError| LedgerError::PrivateData {
            block: version.block,
            tx: version.tx,
            what: error.to_string(),
        };
        let decoded = rwset::TxPvtReadWriteSet::decode(data.write_set.clone()).map_err(broken)?;
        for namespace in decoded.ns_pvt_rwset {
            for collection in namespace.collection_pvt_rwset {
                let name = &collection.collection_name;
                let named = set
                    .collection(&namespace.namespace, name)
                    .map(|set| set.private_hash.clone());
                let named = named.unwrap_or_default();
                let actual = Sha256::digest(&collection.rwset);
                if named != actual.as_slice() {
                    if !is_valid {
                        continue;
                    }
                    return Err(LedgerError::PrivateDataHash {
                        namespace: namespace.namespace,
                        collection: collection.collection_name,
                        public: hex::encode(&named),
                        private: hex::encode(actual),
                    });
                }
                self.write_sets.push(WriteSet {
                    version,
                    namespace: namespace.namespace.clone(),
                    decoded: kvrwset::KvrwSet::decode(collection.rwset.clone()).map_err(broken)?,
                    collection: collection.collection_name,
                    bytes: collection.rwset,
                    is_valid,
                });
            }
        }
        Ok(())
    }

    /// What is kept of the transaction from the time when its block was committed before: the ledger was cut back since, or
    /// its state is made again. Then it may lack keys that were purged, and its hash is not asked for.
    fn take_kept(
        &mut self,
        version: Version,
        set: &TxSet,
        first: usize,
        view: &View,
        stored: Stored,
    ) -> Result<()> {
        for namespace in &set.namespaces {
            for collection in &namespace.collections {
                let name = &collection.collection;
                if collection.private_hash.is_empty() || self.has(first, &namespace.namespace, name)
                {
                    continue;
                }
                let row = write_set_key(version, &namespace.namespace, name);
                let Some(bytes) = view.bytes(Column::PrivateSets, &row)? else {
                    continue;
                };
                let is_whole = collection.private_hash == Sha256::digest(&bytes).as_slice();
                if stored == Stored::No && !is_whole {
                    continue;
                }
                let decoded = kvrwset::KvrwSet::decode(bytes.clone());
                self.write_sets.push(WriteSet {
                    version,
                    namespace: namespace.namespace.clone(),
                    collection: name.clone(),
                    decoded: decoded.map_err(|_| LedgerError::Corrupt {
                        what: "private write set",
                        key: hex::encode(&row),
                    })?,
                    bytes,
                    is_valid: true,
                });
            }
        }
        Ok(())
    }

    fn has(&self, first: usize, namespace: &str, collection: &str) -> bool {
        self.write_sets
            .iter()
            .skip(first)
            .any(|held| held.namespace == namespace && held.collection == collection)
    }

    fn apply(&mut self, first: usize, metadata: &mut BTreeSet<PrivateKey>) {
        for set in self.write_sets.iter().skip(first) {
            let place = |key: &str| PrivateKey {
                namespace: set.namespace.clone(),
                collection: set.collection.clone(),
                key: key.to_owned(),
            };
            for write in &set.decoded.writes {
                let value = (!is_write_delete(write)).then(|| write.value.clone());
                self.values.insert(
                    place(&write.key),
                    PrivateValue {
                        value,
                        version: set.version,
                    },
                );
            }
            metadata.extend(
                set.decoded
                    .metadata_writes
                    .iter()
                    .map(|write| place(&write.key)),
            );
        }
    }

    fn note_missing(&mut self, version: Version, set: &TxSet, first: usize, is_valid: bool) {
        for namespace in &set.namespaces {
            for collection in &namespace.collections {
                if collection.private_hash.is_empty()
                    || self.has(first, &namespace.namespace, &collection.collection)
                {
                    continue;
                }
                self.missing.push(Missing {
                    version,
                    namespace: namespace.namespace.clone(),
                    collection: collection.collection.clone(),
                    is_valid,
                });
            }
        }
    }

    /// A metadata write moves the hash's version; the private value follows, if it is the one the hash names. Without
    /// that it could never be read again (Fabric: batch_preparer.go:incrementPvtdataVersionIfNeeded).
    fn lift(
        &mut self,
        metadata: BTreeSet<PrivateKey>,
        updates: &Updates,
        view: &View,
    ) -> Result<()> {
        for place in metadata {
            let key_hash = Sha256::digest(&place.key);
            let Some(hash) = updates.get(&place.namespace, &place.collection, &key_hash) else {
                continue;
            };
            let Some(value_hash) = &hash.value else {
                continue;
            };
            let Some((value, version)) = self.latest(&place, view)? else {
                continue;
            };
            if version != hash.version && Sha256::digest(&value).as_slice() == value_hash {
                self.values.insert(
                    place,
                    PrivateValue {
                        value: Some(value),
                        version: hash.version,
                    },
                );
            }
        }
        Ok(())
    }

    fn latest(&self, place: &PrivateKey, view: &View) -> Result<Option<(Bytes, Version)>> {
        if let Some(pending) = self.values.get(place) {
            return Ok(pending.value.clone().map(|value| (value, pending.version)));
        }
        let found = view.get(Column::Private, &place.database_key())?;
        Ok(found.map(|found| (found.value, found.version)))
    }
}

impl PrivateKey {
    pub(super) fn database_key(&self) -> Vec<u8> {
        state_key(
            &private_namespace(&self.namespace, &self.collection),
            self.key.as_bytes(),
        )
    }
}
