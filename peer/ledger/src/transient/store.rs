use super::TransientError as Error;
use super::keys;
use bytes::Bytes;
use rocksdb::{
    BlockBasedOptions, DB, DBRawIterator, IteratorMode, LogLevel, Options, ReadOptions, WriteBatch,
    WriteOptions,
};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::Arc;

/// Private write sets of proposals that were endorsed, here or elsewhere, kept until the transaction that carries their
/// hashes commits. One database serves all channels of a peer: it is small, and lives shorter than any ledger.
///
/// What is kept survives a crash: without it, data that an organisation has nowhere else would be lost although its
/// transaction commits. Fabric: core/transientstore.
#[derive(Clone)]
pub struct TransientStore(Arc<Inner>);

struct Inner {
    db: DB,
    sync: bool,
}

/// The part of one channel.
#[derive(Clone)]
pub struct TransientChannel {
    store: TransientStore,
    channel: Arc<str>,
}

/// The private data of one endorsement. Several of one transaction may differ: a client may ask twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransientEntry {
    /// Height of the channel when it was endorsed.
    pub endorsed_at: u64,
    /// Serialized `transientstore.TxPvtReadWriteSetWithConfigInfo`.
    pub data: Bytes,
}

const WRITE_BUFFER: usize = 8 << 20;
/// Larger sets are kept outside the tree: they are written once, read once and deleted.
const BLOB_FROM: u64 = 16 << 10;

impl TransientStore {
    /// Opens the store in `dir`, or makes one. With `sync` whatever is kept is on the disk when it is acknowledged.
    pub fn open(dir: &Path, sync: bool) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(|source| Error::CreateDir {
            dir: dir.into(),
            source,
        })?;
        let db = DB::open(&options(), dir).map_err(|source| Error::Open {
            dir: dir.into(),
            source,
        })?;
        Ok(Self(Arc::new(Inner { db, sync })))
    }

    pub fn channel(&self, channel: &str) -> TransientChannel {
        TransientChannel {
            store: self.clone(),
            channel: channel.into(),
        }
    }

    fn write(&self, batch: WriteBatch) -> Result<(), Error> {
        let mut options = WriteOptions::default();
        options.set_sync(self.0.sync);
        self.0.db.write_opt(batch, &options).map_err(Error::Write)
    }
}

impl TransientChannel {
    /// Keeps the data of one endorsement. The same data twice is kept once.
    pub fn persist(&self, tx_id: &str, endorsed_at: u64, data: &[u8]) -> Result<(), Error> {
        let digest = Sha256::digest(data).into();
        let mut batch = WriteBatch::default();
        batch.put(
            keys::entry(&self.channel, tx_id, endorsed_at, &digest),
            data,
        );
        let row = keys::by_height(&self.channel, tx_id, endorsed_at, &digest);
        batch.put(row, b"");
        self.store.write(batch)
    }

    /// Everything known of a transaction, oldest first.
    pub fn get(&self, tx_id: &str) -> Result<Vec<TransientEntry>, Error> {
        let prefix = keys::of_tx(&self.channel, tx_id);
        let mut found = Vec::new();
        self.rows(&prefix, keys::behind(&prefix), |row, data| {
            if let Some((endorsed_at, _)) = keys::parse_entry(row) {
                found.push(TransientEntry {
                    endorsed_at,
                    data: Bytes::copy_from_slice(data),
                });
            }
        })?;
        Ok(found)
    }

    /// Forgets committed transactions.
    pub fn purge<'a>(&self, tx_ids: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let mut batch = WriteBatch::default();
        for tx_id in tx_ids {
            let prefix = keys::of_tx(&self.channel, tx_id);
            self.rows(&prefix, keys::behind(&prefix), |row, _| {
                if let Some((height, digest)) = keys::parse_entry(row) {
                    batch.delete(keys::entry(&self.channel, tx_id, height, digest));
                    batch.delete(keys::by_height(&self.channel, tx_id, height, digest));
                }
            })?;
        }
        self.store.write(batch)
    }

    /// Drops what was endorsed below `height`: its transaction was never submitted.
    pub fn purge_below(&self, height: u64) -> Result<(), Error> {
        let prefix = keys::channel(&self.channel);
        let from = keys::at_height(&self.channel, 0);
        let to = keys::at_height(&self.channel, height);
        let mut batch = WriteBatch::default();
        let mut raw = self.iterator(&from, to.clone());
        while let Some(row) = raw.key() {
            let parsed = row.strip_prefix(prefix.as_slice());
            if let Some((height, tx_id, digest)) = parsed.and_then(keys::parse_by_height) {
                batch.delete(keys::entry(&self.channel, tx_id, height, digest));
            }
            batch.delete(row);
            raw.next();
        }
        raw.status().map_err(Error::Read)?;
        self.store.write(batch)
    }

    /// Height of the oldest entry; `None` when nothing is kept.
    pub fn oldest(&self) -> Result<Option<u64>, Error> {
        let from = keys::at_height(&self.channel, 0);
        let raw = self.iterator(&from, keys::at_height(&self.channel, u64::MAX));
        let prefix = keys::channel(&self.channel);
        let row = raw
            .key()
            .and_then(|row| row.strip_prefix(prefix.as_slice()));
        Ok(row
            .and_then(keys::parse_by_height)
            .map(|(height, _, _)| height))
    }

    /// Forgets the channel.
    pub fn clear(&self) -> Result<(), Error> {
        let prefix = keys::channel(&self.channel);
        let mut batch = WriteBatch::default();
        batch.delete_range(prefix.clone(), keys::behind(&prefix));
        self.store.write(batch)
    }

    /// Calls `each` with every row of `[from, to)`, `from` taken off its key.
    fn rows(
        &self,
        from: &[u8],
        to: Vec<u8>,
        mut each: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), Error> {
        let mut raw = self.iterator(from, to);
        while let Some((key, value)) = raw.item() {
            if let Some(row) = key.strip_prefix(from) {
                each(row, value);
            }
            raw.next();
        }
        raw.status().map_err(Error::Read)
    }

    fn iterator(&self, from: &[u8], to: Vec<u8>) -> DBRawIterator<'_> {
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(to);
        let mut raw = self.store.0.db.raw_iterator_opt(options);
        raw.seek(from);
        raw
    }
}

impl TransientStore {
    /// How many rows there are, of all channels.
    pub fn rows(&self) -> usize {
        self.0.db.iterator(IteratorMode::Start).count()
    }
}

fn options() -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_bloom_filter(10.0, false);
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(WRITE_BUFFER);
    options.set_enable_blob_files(true);
    options.set_min_blob_size(BLOB_FROM);
    options.set_enable_blob_gc(true);
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(2);
    options.set_stats_dump_period_sec(0);
    options
}

impl std::fmt::Debug for TransientStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TransientStore")
    }
}

impl std::fmt::Debug for TransientChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TransientChannel")
            .field(&self.channel)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_endorsement_once_and_forgets_it_when_committed() {
        let dir = tempfile::tempdir().unwrap();
        let store = TransientStore::open(dir.path(), false).unwrap();
        let channel = store.channel("ch");
        channel.persist("a", 3, b"x").unwrap();
        channel.persist("a", 3, b"x").unwrap();
        channel.persist("a", 4, b"y").unwrap();
        let heights = |found: Vec<TransientEntry>| -> Vec<u64> {
            found.iter().map(|entry| entry.endorsed_at).collect()
        };
        assert_eq!(heights(channel.get("a").unwrap()), [3, 4]);
        assert!(store.channel("other").get("a").unwrap().is_empty());
        channel.purge(["a", "unknown"]).unwrap();
        assert!(channel.get("a").unwrap().is_empty());
        assert_eq!(store.rows(), 0, "nothing is left by height");
    }

    #[test]
    fn drops_what_is_older_than_the_retention() {
        let dir = tempfile::tempdir().unwrap();
        let store = TransientStore::open(dir.path(), false).unwrap();
        let (channel, other) = (store.channel("ch"), store.channel("ci"));
        other.persist("a", 1, b"o").unwrap();
        channel.persist("a", 3, b"x").unwrap();
        channel.persist("a", 9, b"y").unwrap();
        channel.persist("b", 4, b"z").unwrap();
        assert_eq!(channel.oldest().unwrap(), Some(3));
        channel.purge_below(5).unwrap();
        assert_eq!(channel.get("a").unwrap().len(), 1);
        assert!(channel.get("b").unwrap().is_empty());
        assert_eq!(channel.oldest().unwrap(), Some(9));
        assert_eq!(other.get("a").unwrap().len(), 1);
        channel.clear().unwrap();
        assert_eq!(
            (channel.oldest().unwrap(), other.oldest().unwrap()),
            (None, Some(1))
        );
        assert_eq!(store.rows(), 2);
    }

    #[test]
    fn what_was_kept_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let large = vec![5; 1 << 20];
        {
            let store = TransientStore::open(dir.path(), false).unwrap();
            store.channel("ch").persist("a", 3, &large).unwrap();
        }
        let store = TransientStore::open(dir.path(), true).unwrap();
        let found = store.channel("ch").get("a").unwrap();
        assert_eq!(
            found,
            [TransientEntry {
                endorsed_at: 3,
                data: large.into()
            }]
        );
    }
}
