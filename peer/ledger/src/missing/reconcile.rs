use super::MissingPrivateData;
use super::accept::{Accepted, Expected};
use crate::block::{Content, Outline, ParsedBlock};
use crate::commit::{Expiry, purge_index_rows};
use crate::error::Result;
use crate::rwset::{TxSet, is_write_delete};
use crate::store::{
    Column, Database, MISSING_KINDS, VersionedValue, expiry_key, hashed_namespace, missing_row,
    parse_purge_marker, private_namespace, purge_marker_key, state_key, write_set_key,
};
use crate::{Ledger, LedgerError, Options, Snapshot, Version};
use bytes::Bytes;
use rocksdb::WriteBatch;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Private data of a block that committed without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldPrivateData {
    pub version: Version,
    pub namespace: String,
    pub collection: String,
    /// Serialized `kvrwset.KVRWSet`.
    pub write_set: Bytes,
}

impl Ledger {
    /// Takes in data that was missing, each item if it is what its block names: values that are still current become
    /// state, everything is kept for others who lack it. Answers what was not genuine. What is not missing any more is
    /// passed over.
    ///
    /// # Errors
    /// As [`Ledger::commit`]; nothing is taken in then.
    pub fn commit_old_private_data(
        &self,
        data: &[OldPrivateData],
    ) -> Result<Vec<MissingPrivateData>> {
        if data.is_empty() {
            return Ok(Vec::new());
        }
        let mut sorted: Vec<&OldPrivateData> = data.iter().collect();
        // Of several values of one key the newest stays.
        sorted.sort_by_key(|item| item.version);
        self.amend(|snapshot, database, options| {
            let mut taking = Taking {
                ledger: self,
                snapshot,
                database,
                options,
                batch: WriteBatch::default(),
                refused: Vec::new(),
                blocks: BTreeMap::new(),
            };
            for item in sorted {
                taking.take(item)?;
            }
            Ok((taking.refused, taking.batch))
        })
    }
}

struct Taking<'a> {
    ledger: &'a Ledger,
    snapshot: &'a Snapshot,
    database: &'a Database,
    options: &'a Options,
    batch: WriteBatch,
    refused: Vec<MissingPrivateData>,
    blocks: BTreeMap<u64, ParsedBlock>,
}

impl Taking<'_> {
    fn take(&mut self, item: &OldPrivateData) -> Result<()> {
        let (version, namespace, collection) = (item.version, &item.namespace, &item.collection);
        let mut rows = Vec::new();
        for kind in MISSING_KINDS {
            let row = missing_row(kind, version, namespace, collection);
            if self.snapshot.0.bytes(Column::PrivateSets, &row)?.is_some() {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let (expected, is_valid) = self.expected(item)?;
        let purged = self.purges(item, &expected)?;
        let accepted = expected
            .filter(|expected| !expected.is_empty())
            .and_then(|expected| {
                let purged = |key: &Bytes| purged.get(key).copied();
                expected.accept(&item.write_set, purged, version)
            });
        let Some(accepted) = accepted else {
            self.refused.push(MissingPrivateData {
                version,
                namespace: namespace.clone(),
                collection: collection.clone(),
            });
            return Ok(());
        };
        let column = self.database.column(Column::PrivateSets)?;
        for row in rows {
            self.batch.delete_cf(column, row);
        }
        self.keep(item, &accepted, is_valid)
    }

    /// What the block, or the snapshot which the ledger began with, says of this data; and whether the transaction is
    /// valid.
    fn expected(&mut self, item: &OldPrivateData) -> Result<(Option<Expected>, bool)> {
        let OldPrivateData {
            version,
            namespace,
            collection,
            ..
        } = item;
        if version.block < self.ledger.first_block() {
            let hashes = self
                .ledger
                .hashes_of_snapshot(*version, namespace, collection)?;
            return Ok((Some(Expected::of_snapshot(hashes)), true));
        }
        let Some(block) = self.block(version.block)? else {
            return Ok((None, false));
        };
        let index = usize::try_from(version.tx).unwrap_or(usize::MAX);
        let is_valid = block.codes().get(index) == Some(&0);
        let Some(envelope) = block.envelopes.get(index) else {
            return Ok((None, false));
        };
        let Content::ReadWriteSet(results) = Outline::of(envelope).content else {
            return Ok((None, false));
        };
        let Ok(set) = TxSet::decode(results) else {
            return Ok((None, false));
        };
        Ok((
            set.collection(namespace, collection).map(Expected::of),
            is_valid,
        ))
    }

    fn block(&mut self, number: u64) -> Result<Option<&ParsedBlock>> {
        if !self.blocks.contains_key(&number) {
            let Some(bytes) = self.ledger.block_by_number(number)? else {
                return Ok(None);
            };
            self.blocks.insert(number, ParsedBlock::parse(&bytes)?);
        }
        Ok(self.blocks.get(&number))
    }

    /// Purges of the keys that are expected, by the hash of the key.
    fn purges(
        &self,
        item: &OldPrivateData,
        expected: &Option<Expected>,
    ) -> Result<BTreeMap<Bytes, Version>> {
        let mut out = BTreeMap::new();
        for key in expected.iter().flat_map(Expected::keys) {
            let marker = purge_marker_key(&item.namespace, &item.collection, key);
            if let Some(stored) = self.snapshot.0.bytes(Column::PrivateSets, &marker)? {
                let purge = parse_purge_marker(&stored).ok_or_else(|| LedgerError::Corrupt {
                    what: "purge marker",
                    key: hex::encode(&marker),
                })?;
                out.insert(key.clone(), purge);
            }
        }
        Ok(out)
    }

    fn keep(&mut self, item: &OldPrivateData, accepted: &Accepted, is_valid: bool) -> Result<()> {
        let (version, namespace, collection) = (item.version, &item.namespace, &item.collection);
        let source = &*self.options.block_to_live;
        let mut expiry = Expiry::new(version.block, self.snapshot, source, self.database);
        let expires = match expiry.expires(namespace, collection) {
            Ok(expires) => expires,
            // Of an invalid transaction that names a collection which nobody knows.
            Err(_) if !is_valid => return Ok(()),
            Err(error) => return Err(error),
        };
        let committed = self.snapshot.0.savepoint.block;
        if expires.is_some_and(|expires| expires <= committed) {
            return Ok(());
        }
        let column = self.database.column(Column::PrivateSets)?;
        let row = write_set_key(version, namespace, collection);
        expiry.remove_later(namespace, collection, &row, &mut self.batch)?;
        self.batch.put_cf(column, row, &accepted.bytes);
        for (row, key) in purge_index_rows(version, namespace, collection, &accepted.set) {
            expiry.remove_later(namespace, collection, &row, &mut self.batch)?;
            self.batch.put_cf(column, row, key);
        }
        if !is_valid {
            return Ok(());
        }
        for write in &accepted.set.writes {
            let value = (!is_write_delete(write)).then_some(&write.value);
            self.become_state(item, &write.key, value)?;
        }
        for write in &accepted.set.metadata_writes {
            self.lift(item, &write.key)?;
        }
        Ok(())
    }

    /// A value enters the state if it is the one whose hash is there: other peers that have it find it under that
    /// version.
    ///
    /// Fabric: core/ledger/kvledger/txmgmt/txmgr/lockbased_txmgr.go, checkIfPvtWriteIsStale.
    fn become_state(
        &mut self,
        item: &OldPrivateData,
        key: &str,
        value: Option<&Bytes>,
    ) -> Result<()> {
        let hashed = self.hashed(item, key)?;
        let row = private_row(item, key);
        let column = self.database.column(Column::Private)?;
        match (hashed, value) {
            // Deleted, and still so.
            (None, None) => self.batch.delete_cf(column, row),
            (Some(hashed), Some(value)) if names(&hashed, item.version, value) => {
                let stored = VersionedValue::encode(hashed.version, &[], value);
                self.batch.put_cf(column, row, stored);
                self.expire(item, hashed.version, key)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A metadata write moved the version of the hash; the value that is here follows.
    fn lift(&mut self, item: &OldPrivateData, key: &str) -> Result<()> {
        let row = private_row(item, key);
        let held = self.snapshot.0.get(Column::Private, &row)?;
        let (Some(hashed), Some(held)) = (self.hashed(item, key)?, held) else {
            return Ok(());
        };
        if hashed.version != held.version && is_hash_of(&hashed.value, &held.value) {
            let stored = VersionedValue::encode(hashed.version, &[], &held.value);
            let column = self.database.column(Column::Private)?;
            self.batch.put_cf(column, row, stored);
            self.expire(item, hashed.version, key)?;
        }
        Ok(())
    }

    /// The entry that expires the hash learns the key behind it.
    fn expire(&mut self, item: &OldPrivateData, version: Version, key: &str) -> Result<()> {
        let (namespace, collection) = (&item.namespace, &item.collection);
        let source = &*self.options.block_to_live;
        let mut expiry = Expiry::new(version.block, self.snapshot, source, self.database);
        if let Some(expires) = expiry.expires(namespace, collection)? {
            let hash = Sha256::digest(key);
            let row = expiry_key(expires, version.block, namespace, collection, &hash);
            let column = self.database.column(Column::PrivateSets)?;
            self.batch
                .put_cf(column, row, [b"k", key.as_bytes()].concat());
        }
        Ok(())
    }

    fn hashed(&self, item: &OldPrivateData, key: &str) -> Result<Option<VersionedValue>> {
        let space = hashed_namespace(&item.namespace, &item.collection);
        let row = state_key(&space, &Sha256::digest(key));
        self.snapshot.0.get(Column::Hashed, &row)
    }
}

fn private_row(item: &OldPrivateData, key: &str) -> Vec<u8> {
    let space = private_namespace(&item.namespace, &item.collection);
    state_key(&space, key.as_bytes())
}

fn names(hashed: &VersionedValue, version: Version, value: &[u8]) -> bool {
    hashed.version == version || is_hash_of(&hashed.value, value)
}

fn is_hash_of(hash: &[u8], value: &[u8]) -> bool {
    hash == Sha256::digest(value).as_slice()
}
