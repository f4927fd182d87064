use super::files::Reader;
use super::manifest::{self, SIGNABLE, malformed};
use super::{CONFIG_HISTORY, HASHES, PUBLIC, TX_IDS};
use crate::error::Result;
use crate::store::{
    Bootstrap, Column, Database, MissingKind, Savepoint, StateCache, VersionedValue, View,
    boot_hash_key, expiry_key, history_of_collections, metadata_hint_key, missing_row, removal_key,
    state_key, tx_id_key,
};
use crate::{BlockToLive, LedgerError, Options, Snapshot, Version};
use bytes::Bytes;
use prost::Message as _;
use rocksdb::WriteBatch;
use selvedge_protos::privacyenabledstate::SnapshotRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Written at once while importing.
const BATCH: usize = 4 << 20;

/// What a ledger begun from a snapshot knows of itself.
pub(crate) struct Imported {
    pub(crate) channel_id: String,
    pub(crate) savepoint: Savepoint,
    pub(crate) bootstrap: Bootstrap,
    pub(crate) with_metadata: Arc<BTreeSet<String>>,
}

/// Fills an empty database from the snapshot in `dir`, all but the rows that make it a ledger: whoever finds a database
/// without them starts over.
///
/// Fabric: core/ledger/kvledger/snapshot.go, CreateFromSnapshot.
pub(crate) fn import(dir: &Path, database: &Arc<Database>, options: &Options) -> Result<Imported> {
    let (signable, additional) = manifest::verify(dir)?;
    let block = signable.last_block_number;
    let hash = |hex_text: &str, what: &str| {
        hex::decode(hex_text)
            .map(Bytes::from)
            .map_err(|_| malformed(&dir.join(SIGNABLE), format!("{what} is not hex")))
    };
    let last_hash = hash(&signable.last_block_hash, "last_block_hash")?;
    let block_hash: [u8; 32] = last_hash.as_ref().try_into().map_err(|_| {
        malformed(
            &dir.join(SIGNABLE),
            "last_block_hash has not 32 bytes".to_owned(),
        )
    })?;
    let savepoint = Savepoint {
        block,
        block_hash,
        commit_hash: hash(&additional.last_block_commit_hash, "last_block_commit_hash")?,
    };
    let bootstrap = Bootstrap {
        last_block: block,
        previous_hash: hash(&signable.previous_block_hash, "previous_block_hash")?,
    };
    let mut import = Import {
        dir,
        block,
        database,
        batch: WriteBatch::default(),
        with_metadata: BTreeSet::new(),
    };
    import.tx_ids()?;
    import.config_history()?;
    import.state(Column::State, PUBLIC)?;
    import.state(Column::Hashed, HASHES)?;
    import.flush()?;
    let with_metadata = Arc::new(import.with_metadata);
    let view = Snapshot(Arc::new(View::new(
        Arc::clone(database),
        Arc::new(StateCache::new(block, 0)),
        savepoint.clone(),
        Arc::clone(&with_metadata),
    )?));
    private_data(&view, database, &*options.block_to_live)?;
    Ok(Imported {
        channel_id: signable.channel_name,
        savepoint,
        bootstrap,
        with_metadata,
    })
}

struct Import<'a> {
    dir: &'a Path,
    block: u64,
    database: &'a Database,
    batch: WriteBatch,
    with_metadata: BTreeSet<String>,
}

impl Import<'_> {
    /// Details of these transactions are in blocks that are not here: the entries are empty.
    fn tx_ids(&mut self) -> Result<()> {
        let Some((mut data, count)) = self.counted(TX_IDS)? else {
            return Ok(());
        };
        for _ in 0..count {
            let key = tx_id_key(&data.text()?);
            self.batch
                .put_cf(self.database.column(Column::Index)?, key, b"");
            self.flush_if_full()?;
        }
        Ok(())
    }

    fn config_history(&mut self) -> Result<()> {
        let Some((mut data, count)) = self.counted(CONFIG_HISTORY)? else {
            return Ok(());
        };
        for _ in 0..count {
            let (key, package) = (data.item()?, data.item()?);
            let column = self.database.column(Column::Meta)?;
            self.batch
                .put_cf(column, history_of_collections(&key), package);
            self.flush_if_full()?;
        }
        Ok(())
    }

    fn counted(&self, names: [&str; 2]) -> Result<Option<(Reader, u64)>> {
        let Some(data) = Reader::open(self.dir, names[0])? else {
            return Ok(None);
        };
        Ok(Some((data, self.metadata(names)?.number()?)))
    }

    fn metadata(&self, names: [&str; 2]) -> Result<Reader> {
        let missing = || LedgerError::SnapshotMalformed {
            path: self.dir.join(names[1]),
            what: format!("it is missing, and {} is there", names[0]),
        };
        Reader::open(self.dir, names[1])?.ok_or_else(missing)
    }

    fn state(&mut self, column: Column, names: [&str; 2]) -> Result<()> {
        let Some(mut data) = Reader::open(self.dir, names[0])? else {
            return Ok(());
        };
        let mut metadata = self.metadata(names)?;
        for _ in 0..metadata.number()? {
            let (namespace, count) = (metadata.text()?, metadata.number()?);
            for _ in 0..count {
                self.row(column, &namespace, &mut data)?;
            }
        }
        Ok(())
    }

    fn row(&mut self, column: Column, namespace: &str, data: &mut Reader) -> Result<()> {
        let item = data.item()?;
        let record = SnapshotRecord::decode(item)
            .map_err(|error| data.malformed(format!("a record cannot be read: {error}")))?;
        let version = Version::from_ordered_bytes(&record.version)
            .ok_or_else(|| data.malformed("a version cannot be read".to_owned()))?;
        if version.block > self.block {
            return Err(data.malformed(format!(
                "a version names block [{}], behind the snapshot",
                version.block
            )));
        }
        if !record.metadata.is_empty() && self.with_metadata.insert(namespace.to_owned()) {
            let column = self.database.column(Column::Meta)?;
            self.batch.put_cf(column, metadata_hint_key(namespace), b"");
        }
        self.batch.put_cf(
            self.database.column(column)?,
            state_key(namespace, &record.key),
            VersionedValue::encode(version, &record.metadata, &record.value),
        );
        self.flush_if_full()
    }

    fn flush_if_full(&mut self) -> Result<()> {
        if self.batch.size_in_bytes() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.database.write_unsynced(self.block, batch)
    }
}

/// Everything private is missing here. What its hashes are is kept by transaction, so that data that arrives later can be
/// checked without the blocks; and the hashes expire as they do on other peers.
///
/// Fabric: core/ledger/pvtdatastorage/snapshot_data_importer.go and
/// core/ledger/kvledger/txmgmt/pvtstatepurgemgmt/snapshot_purge_mgr_builder.go.
fn private_data(snapshot: &Snapshot, database: &Database, source: &dyn BlockToLive) -> Result<()> {
    let column = database.column(Column::PrivateSets)?;
    let block = snapshot.0.savepoint.block;
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    let mut batch = WriteBatch::default();
    let mut rows = snapshot.0.all(Column::Hashed);
    while let Some(row) = rows.next_with(crate::store::split_row)? {
        let (derived, key_hash, found) = row?;
        let Some((namespace, collection)) = derived.split_once("$$h") else {
            continue;
        };
        let version = found.version;
        let blocks = match known.get(&derived) {
            Some(blocks) => *blocks,
            None => {
                let answer = source.block_to_live(snapshot, namespace, collection);
                let blocks = answer.map_err(|cause| LedgerError::BlockToLive {
                    namespace: namespace.to_owned(),
                    collection: collection.to_owned(),
                    cause,
                })?;
                known.insert(derived.clone(), blocks);
                blocks
            }
        };
        let boot = boot_hash_key(version, namespace, collection, &key_hash);
        let missing = missing_row(MissingKind::Wanted, version, namespace, collection);
        let expires = (blocks > 0)
            .then(|| version.block.checked_add(blocks)?.checked_add(1))
            .flatten();
        if let Some(expires) = expires {
            let key = expiry_key(expires, version.block, namespace, collection, &key_hash);
            batch.put_cf(column, key, b"");
            batch.put_cf(column, removal_key(expires, &boot), b"");
            batch.put_cf(column, removal_key(expires, &missing), b"");
        }
        batch.put_cf(column, boot, &found.value);
        batch.put_cf(column, missing, b"");
        if batch.size_in_bytes() >= BATCH {
            database.write_unsynced(block, std::mem::take(&mut batch))?;
        }
    }
    database.write_unsynced(block, batch)
}
