use super::{export, import};
use crate::error::Result;
use crate::store::Meta;
use crate::{Ledger, Options, Version};
use bytes::Bytes;
use rocksdb::WriteBatch;
use std::path::Path;
use std::sync::Arc;

impl Ledger {
    /// A new ledger that continues where the snapshot in `snapshot` ends. What an interrupted attempt left in `dir` is
    /// thrown away.
    ///
    /// Blocks and private data from before are not there; hashes of private data are, and all of it is recorded as missing.
    ///
    /// # Errors
    /// [`crate::LedgerError::SnapshotHash`] when a file is not the one that was written,
    /// [`crate::LedgerError::Exists`] when `dir` holds a ledger.
    pub fn create_from_snapshot(dir: &Path, snapshot: &Path, options: Options) -> Result<Self> {
        let database = Self::new_database(dir, &options)?;
        let imported = import(snapshot, &database, &options)?;
        let mut batch = WriteBatch::default();
        imported.savepoint.write(&database, &mut batch)?;
        let from = Some(&imported.bootstrap);
        Meta::begin(&database, &mut batch, &imported.channel_id, from)?;
        database.write(imported.savepoint.block, batch)?;
        let meta = Meta {
            channel_id: imported.channel_id,
            savepoint: imported.savepoint,
            bootstrap: Some(imported.bootstrap),
            with_metadata: imported.with_metadata,
        };
        Self::assemble(database, meta, options)
    }

    /// The channel whose snapshot is in `snapshot`, as its metadata say; nothing of it has been checked.
    pub fn channel_of_snapshot(snapshot: &Path) -> Result<String> {
        super::manifest::channel(snapshot)
    }

    /// Hex SHA-256 of what organisations compare and sign of the snapshot in `snapshot`, as its metadata say; a ledger is
    /// begun only from one that has it.
    pub fn hash_of_snapshot(snapshot: &Path) -> Result<String> {
        super::manifest::hash(snapshot)
    }

    /// Asks for a snapshot of the state behind `block`; 0 stands for the last committed one. It is written when the block
    /// is committed, on another thread; the block after it waits.
    pub fn submit_snapshot_request(&self, block: u64) -> Result<()> {
        // No commit meanwhile: what is the last block must not change.
        let _committing = self.0.commit.lock();
        let last = self.snapshot().0.savepoint.block;
        if self.0.requests.submit(block, last)? {
            self.write_snapshot_if_asked()?;
        }
        Ok(())
    }

    pub fn cancel_snapshot_request(&self, block: u64) -> Result<()> {
        self.0.requests.cancel(block)
    }

    /// Blocks whose snapshots are asked for or being written, ascending.
    pub fn pending_snapshot_requests(&self) -> Vec<u64> {
        self.0.requests.pending()
    }

    /// Waits until no snapshot is being written.
    pub fn wait_for_snapshot(&self) {
        self.0.requests.wait();
    }

    /// Hashes of keys and values that came with the snapshot for one collection of a transaction, in the order of the key
    /// hashes: what private data that arrives later is checked against.
    pub fn hashes_of_snapshot(
        &self,
        version: Version,
        namespace: &str,
        collection: &str,
    ) -> Result<Vec<(Bytes, Bytes)>> {
        let lower = crate::store::boot_hash_key(version, namespace, collection, &[]);
        let upper = [lower.as_slice(), &[0xff; 33]].concat();
        let skip = lower.len();
        let snapshot = self.snapshot();
        let column = crate::store::Column::PrivateSets;
        let mut rows = snapshot.0.rows(column, &lower, upper);
        let mut out = Vec::new();
        while let Some(row) = rows.next_with(|key, value| {
            let key = key.get(skip..).unwrap_or_default();
            (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value))
        })? {
            out.push(row);
        }
        Ok(out)
    }

    pub(crate) fn write_snapshot_if_asked(&self) -> Result<()> {
        let snapshot = self.snapshot();
        let block = snapshot.0.savepoint.block;
        let Some((root, gate)) = self.0.requests.begin(block)? else {
            return Ok(());
        };
        let ledger = self.clone();
        std::thread::spawn(move || {
            let written = ledger
                .previous_hash(&snapshot)
                .and_then(|previous| export(&snapshot.0, &root, ledger.channel_id(), &previous));
            let finished = ledger.0.requests.finish(block);
            let outcome = written.and_then(|dir| finished.map(|()| dir));
            let done = Arc::clone(&ledger.0.options.snapshot_done);
            // Whoever waits may want to open the ledger's files again.
            drop((ledger, snapshot));
            gate.open();
            done(block, outcome);
        });
        Ok(())
    }
}
