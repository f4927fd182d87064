use super::commit_hash::commit_hash;
use super::expiry::Expiry;
use super::prepare::Prepared;
use super::private::PrivateUpdates;
use super::purge::{self, Purges};
use super::state::place;
use super::updates::Updates;
use super::validate::{Validated, validate};
use super::{BlockAndCodes, Committed, StateUpdate};
use crate::block::{ParsedBlock, header_hash, with_outcome};
use crate::error::Result;
use crate::history::HistoryRow;
use crate::store::{
    Change, Column, Database, Savepoint, VersionedValue, hash_key, hashed_namespace, history_key,
    metadata_hint_key, missing_key, tx_id_key, write_set_key,
};
use crate::{BlockToLive, Snapshot, TxStatus, Version};
use bytes::Bytes;
use rocksdb::WriteBatch;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// All that a block changes, not yet written.
pub(crate) struct Plan {
    pub(crate) batch: WriteBatch,
    /// Public keys and their new values, for the cache.
    pub(crate) changes: Vec<Change>,
    pub(crate) committed: Committed,
    pub(crate) savepoint: Savepoint,
    /// Namespaces that have ever stored key metadata.
    pub(crate) with_metadata: Arc<BTreeSet<String>>,
}

struct Writer<'a> {
    block: u64,
    database: &'a Database,
    batch: WriteBatch,
    changes: Vec<Change>,
}

/// Decides everything about the next block; reads the database and writes nothing.
pub(crate) fn plan(
    input: &BlockAndCodes,
    parsed: &ParsedBlock,
    snapshot: &Snapshot,
    block_to_live: &dyn BlockToLive,
    database: &Database,
) -> Result<Plan> {
    let block = parsed.header.number;
    let view = &*snapshot.0;
    let Validated {
        prepared,
        updates,
        conflicts,
    } = validate(block, &parsed.envelopes, &input.codes, view)?;
    let mut private = PrivateUpdates::gather(block, &prepared, &input.private, &updates, view)?;
    let purges = Purges::of(block, &prepared);
    purges.filter(&mut private.write_sets);

    let codes: Vec<u8> = prepared.iter().map(|tx| tx.code).collect();
    let previous = &view.savepoint.commit_hash;
    let chained = block == 1 || !previous.is_empty();
    let commit_hash = if block > 0 && chained {
        commit_hash(&codes, &updates, previous)
    } else {
        Bytes::new()
    };
    let stored = with_outcome(&input.block, parsed, &codes, &commit_hash)?;
    let block_hash = header_hash(&parsed.header);
    let savepoint = Savepoint {
        block,
        block_hash,
        commit_hash: commit_hash.clone(),
    };

    let mut writer = Writer {
        block,
        database,
        batch: WriteBatch::default(),
        changes: Vec::new(),
    };
    let mut expiry = Expiry::new(block, snapshot, block_to_live, database);
    purges.apply(&private, view, database, &mut writer.batch)?;
    // After the purges, which would bring back a write set that expires with this block.
    expiry.apply(&updates, &private, &mut writer.batch)?;
    writer.state(&updates)?;
    writer.private(&private, &mut expiry)?;
    expiry.schedule(&updates, &private, &mut writer.batch)?;
    writer.history(&prepared)?;
    writer.block(&stored, &block_hash, &prepared)?;
    let with_metadata = writer.hints(&updates, &view.with_metadata)?;
    savepoint.write(database, &mut writer.batch)?;

    let committed = Committed {
        number: block,
        block: stored,
        block_hash,
        codes,
        tx_ids: prepared.into_iter().map(|tx| tx.outline.tx_id).collect(),
        commit_hash,
        conflicts,
        updates: state_updates(&updates),
    };
    Ok(Plan {
        batch: writer.batch,
        changes: writer.changes,
        committed,
        savepoint,
        with_metadata,
    })
}

impl Writer<'_> {
    fn state(&mut self, updates: &Updates) -> Result<()> {
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

    fn private(&mut self, private: &PrivateUpdates, expiry: &mut Expiry<'_>) -> Result<()> {
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
        for (version, namespace, collection) in &private.missing {
            let row = missing_key(*version, namespace, collection);
            expiry.remove_later(namespace, collection, &row, &mut self.batch)?;
            self.batch.put_cf(sets, row, b"");
        }
        Ok(())
    }

    /// One row per public write of a valid endorser transaction. Of two writes of one key in a set, Fabric shows the
    /// first.
    fn history(&mut self, prepared: &[Prepared]) -> Result<()> {
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

    fn block(&mut self, stored: &Bytes, block_hash: &[u8], prepared: &[Prepared]) -> Result<()> {
        let index = self.database.column(Column::Index)?;
        let number = self.block.to_be_bytes();
        self.batch
            .put_cf(self.database.column(Column::Blocks)?, number, stored);
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

    fn hints(
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

fn state_updates(updates: &Updates) -> Vec<StateUpdate> {
    let mut out = Vec::new();
    for (namespace, _, keys) in updates
        .spaces()
        .filter(|(_, collection, _)| collection.is_empty())
    {
        out.extend(keys.iter().map(|(key, pending)| StateUpdate {
            namespace: namespace.to_owned(),
            key: String::from_utf8_lossy(key).into_owned(),
            value: pending.value.clone(),
            version: pending.version,
        }));
    }
    out
}
