use super::Stored;
use super::expiry::Expiry;
use super::prepare::Prepared;
use super::private::{Missing, PrivateUpdates};
use super::purge;
use super::state::place;
use super::updates::Updates;
use crate::error::Result;
use crate::history::HistoryRow;
use crate::store::{
    Change, Column, Database, MissingKind, VersionedValue, hash_key, hashed_namespace, history_key,
    metadata_hint_key, missing_row, tx_id_key, write_set_key,
};
use crate::{Eligibility, TxStatus, Version};
use bytes::Bytes;
use rocksdb::WriteBatch;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// The rows of one block, gathered for one write.
pub(super) struct Writer<'a> {
    block: u64,
    database: &'a Database,
    pub(super) batch: WriteBatch,
    /// Public keys and their new values.
    pub(super) changes: Vec<Change>,
}

impl<'a> Writer<'a> {
    /// With room for so many bytes of rows, so that a batch with a whole block in it need not grow to it.
    pub(super) fn new(block: u64, database: &'a Database, room: usize) -> Self {
        Self {
            block,
            database,
            batch: WriteBatch::with_capacity_bytes(room),
            changes: Vec::new(),
        }
    }

    pub(super) fn state(&mut self, updates: &Updates) -> Result<()> {
        for (namespace, collection, keys) in updates.spaces() {
            for (key, pending) in keys {
                let (column, key) = place(namespace, collection, key);
                let stored = pending.value.as_ref().map(|value| {
                    Bytes::from(VersionedValue::encode(
                        pending.version,
                        &pending.metadata,
                        value,
                    ))
                });
                let handle = self.database.column(column)?;
                match &stored {
                    None => self.batch.delete_cf(handle, &key),
                    Some(stored) => self.batch.put_cf(handle, &key, stored),
                }
                if column == Column::State {
                    self.changes
                        .push((key, stored.and_then(VersionedValue::decode)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn private(
        &mut self,
        private: &PrivateUpdates,
        expiry: &mut Expiry<'_>,
        stored: Stored,
        eligibility: &dyn Eligibility,
    ) -> Result<()> {
        let values = self.database.column(Column::Private)?;
        for (place, pending) in &private.values {
            match &pending.value {
                None => self.batch.delete_cf(values, place.database_key()),
                Some(value) => {
                    let stored = VersionedValue::encode(pending.version, &[], value);
                    self.batch.put_cf(values, place.database_key(), stored);
                }
            }
        }
        if stored == Stored::Yes {
            return Ok(());
        }
        let sets = self.database.column(Column::PrivateSets)?;
        for set in &private.write_sets {
            let row = write_set_key(set.version, &set.namespace, &set.collection);
            let scheduled =
                expiry.remove_later(&set.namespace, &set.collection, &row, &mut self.batch);
            // An invalid transaction may name a collection that nobody knows; that must not stop the channel.
            if scheduled.is_err() && !set.is_valid {
                continue;
            }
            scheduled?;
            self.batch.put_cf(sets, row, &set.bytes);
            for (row, key) in purge::index_rows(set) {
                expiry.remove_later(&set.namespace, &set.collection, &row, &mut self.batch)?;
                self.batch.put_cf(sets, row, key);
            }
        }
        self.missing(&private.missing, expiry, eligibility)
    }

    fn missing(
        &mut self,
        missing: &[Missing],
        expiry: &mut Expiry<'_>,
        eligibility: &dyn Eligibility,
    ) -> Result<()> {
        let sets = self.database.column(Column::PrivateSets)?;
        for missing in missing {
            let (namespace, collection) = (&missing.namespace, &missing.collection);
            // A block that comes again after a rollback finds what was kept of it.
            let kept = write_set_key(missing.version, namespace, collection);
            if expiry
                .snapshot
                .0
                .bytes(Column::PrivateSets, &kept)?
                .is_some()
            {
                continue;
            }
            let kind = if eligibility.is_eligible(expiry.snapshot, namespace, collection) {
                MissingKind::Wanted
            } else {
                MissingKind::Ineligible
            };
            let row = missing_row(kind, missing.version, namespace, collection);
            let scheduled = expiry.remove_later(namespace, collection, &row, &mut self.batch);
            if scheduled.is_err() && !missing.is_valid {
                continue;
            }
            scheduled?;
            self.batch.put_cf(sets, row, b"");
        }
        Ok(())
    }

    /// One row per public write of a valid endorser transaction. Of two writes of one key in a set, Fabric shows the
    /// first.
    pub(super) fn history(&mut self, prepared: &[Prepared]) -> Result<()> {
        let column = self.database.column(Column::History)?;
        for tx in prepared.iter().filter(|tx| tx.is_valid() && tx.is_endorser) {
            let version = Version {
                block: self.block,
                tx: tx.index,
            };
            for namespace in tx.set.iter().flat_map(|set| &set.namespaces) {
                for write in namespace.public.writes.iter().rev() {
                    let value = (!write.is_delete).then_some(&*write.value);
                    let row = HistoryRow::encode(&tx.outline.tx_id, tx.outline.timestamp, value);
                    self.batch.put_cf(
                        column,
                        history_key(&namespace.namespace, &write.key, version),
                        row,
                    );
                }
            }
        }
        Ok(())
    }

    pub(super) fn block(
        &mut self,
        block: &Bytes,
        block_hash: &[u8],
        prepared: &[Prepared],
        stored: Stored,
    ) -> Result<()> {
        let index = self.database.column(Column::Index)?;
        let number = self.block.to_be_bytes();
        if stored == Stored::No {
            self.batch
                .put_cf(self.database.column(Column::Blocks)?, number, block);
        }
        self.batch.put_cf(index, hash_key(block_hash), number);
        let mut seen = HashSet::with_capacity(prepared.len());
        for tx in prepared {
            let key = tx_id_key(&tx.outline.tx_id);
            let known = self
                .database
                .get(Column::Index, &key, "the transaction index")?
                .is_some();
            if !known && seen.insert(tx.outline.tx_id.as_str()) {
                let status = TxStatus {
                    code: tx.code,
                    block: self.block,
                    tx: tx.index,
                };
                self.batch.put_cf(index, key, status.encode());
            }
        }
        Ok(())
    }

    pub(super) fn hints(
        &mut self,
        updates: &Updates,
        known: &Arc<BTreeSet<String>>,
    ) -> Result<Arc<BTreeSet<String>>> {
        let mut out = Arc::clone(known);
        for (namespace, collection, keys) in updates.spaces() {
            if keys.values().all(|pending| pending.metadata.is_empty()) {
                continue;
            }
            let name = if collection.is_empty() {
                namespace.to_owned()
            } else {
                hashed_namespace(namespace, collection)
            };
            if !out.contains(&name) {
                self.batch.put_cf(
                    self.database.column(Column::Meta)?,
                    metadata_hint_key(&name),
                    b"",
                );
                Arc::make_mut(&mut out).insert(name);
            }
        }
        Ok(out)
    }
}
