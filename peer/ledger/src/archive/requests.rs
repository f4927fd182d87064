use super::export::place;
use crate::LedgerError;
use crate::error::Result;
use crate::store::{Column, Database, View, meta_rows_from, request_key};
use parking_lot::{Condvar, Mutex};
use rocksdb::WriteBatch;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Asked-for snapshots of one ledger, kept in its database until they are there.
///
/// One is written at a time, from the committed height, while the next block waits: a process that ends meanwhile finds the
/// ledger at the same height and writes it then.
///
/// Fabric: core/ledger/kvledger/snapshot_mgmt.go.
pub(crate) struct Requests {
    /// `None`: this ledger takes no requests.
    root: Option<PathBuf>,
    channel_id: String,
    database: Arc<Database>,
    pending: Mutex<BTreeSet<u64>>,
    gate: Arc<Gate>,
}

/// Closed while a snapshot is being written. Apart from the rest, so that whoever writes can let go of the ledger before
/// others go on.
#[derive(Default)]
pub(crate) struct Gate {
    /// The block whose snapshot it is.
    running: Mutex<Option<u64>>,
    opened: Condvar,
}

impl Gate {
    pub(crate) fn open(&self) {
        *self.running.lock() = None;
        self.opened.notify_all();
    }

    fn wait(&self) {
        let mut running = self.running.lock();
        while running.is_some() {
            self.opened.wait(&mut running);
        }
    }
}

impl Requests {
    pub(crate) fn load(
        root: Option<PathBuf>,
        channel_id: String,
        database: Arc<Database>,
        view: &View,
    ) -> Result<Self> {
        let (lower, upper) = meta_rows_from(&request_key(None));
        let skip = lower.len();
        let mut rows = view.rows(Column::Meta, &lower, upper);
        let mut pending = BTreeSet::new();
        while let Some(block) = rows.next_with(|key, _| {
            let number = key.get(skip..)?.try_into().ok()?;
            Some(u64::from_be_bytes(number))
        })? {
            pending.extend(block);
        }
        drop(rows);
        Ok(Self {
            root,
            channel_id,
            database,
            pending: Mutex::new(pending),
            gate: Arc::default(),
        })
    }

    /// Ascending.
    pub(crate) fn pending(&self) -> Vec<u64> {
        self.pending.lock().iter().copied().collect()
    }

    /// `last` is the newest committed block. Answers whether its snapshot is to be written now.
    pub(crate) fn submit(&self, block: u64, last: u64) -> Result<bool> {
        let mut pending = self.pending.lock();
        let wanted = if block == 0 { last } else { block };
        if wanted < last {
            return Err(LedgerError::SnapshotTooLow {
                block: wanted,
                last,
            });
        }
        if wanted == last && self.exists(wanted)? {
            return Err(LedgerError::SnapshotExists(wanted));
        }
        if pending.contains(&wanted) {
            return Err(LedgerError::SnapshotRequested(wanted));
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.database.column(Column::Meta)?,
            request_key(Some(wanted)),
            b"",
        );
        self.database.write(wanted, batch)?;
        pending.insert(wanted);
        Ok(wanted == last)
    }

    pub(crate) fn cancel(&self, block: u64) -> Result<()> {
        let mut pending = self.pending.lock();
        if *self.gate.running.lock() == Some(block) {
            return Err(LedgerError::SnapshotRunning);
        }
        if !pending.contains(&block) {
            return Err(LedgerError::SnapshotNotRequested(block));
        }
        self.forget(&mut pending, block)
    }

    /// Whether the snapshot of `block`, the newest, is asked for and not there yet. If so the gate is closed: then comes
    /// [`Requests::finish`], and the gate must be opened.
    pub(crate) fn begin(&self, block: u64) -> Result<Option<(PathBuf, Arc<Gate>)>> {
        let mut pending = self.pending.lock();
        let mut running = self.gate.running.lock();
        if running.is_some() || !pending.contains(&block) {
            return Ok(None);
        }
        let Some(root) = self.root.clone() else {
            return Ok(None);
        };
        if self.exists(block)? {
            self.forget(&mut pending, block)?;
            return Ok(None);
        }
        *running = Some(block);
        Ok(Some((root, Arc::clone(&self.gate))))
    }

    /// Written or failed: either way the request is gone, as on Go peers.
    pub(crate) fn finish(&self, block: u64) -> Result<()> {
        let mut pending = self.pending.lock();
        self.forget(&mut pending, block)
    }

    /// Until no snapshot is being written.
    pub(crate) fn wait(&self) {
        self.gate.wait();
    }

    fn forget(&self, pending: &mut BTreeSet<u64>, block: u64) -> Result<()> {
        let mut batch = WriteBatch::default();
        batch.delete_cf(
            self.database.column(Column::Meta)?,
            request_key(Some(block)),
        );
        self.database.write(block, batch)?;
        pending.remove(&block);
        Ok(())
    }

    fn exists(&self, block: u64) -> Result<bool> {
        let Some(root) = &self.root else {
            return Err(LedgerError::NoSnapshots);
        };
        Ok(place(root, &self.channel_id, block).exists())
    }
}
