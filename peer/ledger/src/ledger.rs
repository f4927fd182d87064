use crate::archive::Requests;
use crate::block::{Outline, ParsedBlock};
use crate::commit::{self, Plan, Stored};
use crate::config_history;
use crate::error::Result;
use crate::integrity::{check_block, check_last_block, check_place, damaged, unreadable};
use crate::rebuild;
use crate::rich::{self, IndexFile, IndexOutcome};
use crate::store::{
    Bootstrap, Column, Database, Meta, StateCache, View, hash_key, private_namespace, tx_id_key,
    write_set_key,
};
use crate::{
    BlockAndCodes, CollectionSource, CollectionsAt, Committed, LedgerError, Options, Simulator,
    Snapshot, StateDatabase, Version,
};
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use rocksdb::WriteBatch;

use std::path::Path;
use std::sync::Arc;

type Listener = Arc<dyn Fn(&Arc<Committed>) + Send + Sync>;

/// The ledger of one channel. Cheap to clone; all clones are one ledger.
#[derive(Clone)]
pub struct Ledger(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) database: Arc<Database>,
    pub(crate) channel_id: String,
    pub(crate) options: Options,
    pub(crate) bootstrap: Option<Bootstrap>,
    pub(crate) requests: Requests,
    cache: Arc<StateCache>,
    /// What readers see. Replaced after every commit; who holds the old one keeps reading it.
    pub(crate) view: RwLock<Arc<View>>,
    /// Held for the whole of a commit. Says why an earlier one failed.
    pub(crate) commit: Mutex<Option<String>>,
    listeners: RwLock<Vec<Listener>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainInfo {
    /// Number of blocks.
    pub height: u64,
    pub current_block_hash: Bytes,
    /// Empty when the current block is the genesis block.
    pub previous_block_hash: Bytes,
    /// The last block of the snapshot that the ledger began with.
    pub snapshot: Option<u64>,
}

/// Where a transaction ID was first seen, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxStatus {
    /// `TxValidationCode`.
    pub code: u8,
    pub block: u64,
    /// Index in the block.
    pub tx: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedTransaction {
    /// Serialized `common.Envelope`.
    pub envelope: Bytes,
    pub status: TxStatus,
}

impl Ledger {
    /// A new ledger whose block 0 is `genesis`, a block of one valid configuration transaction. A database that an
    /// interrupted creation left behind is taken over.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] when `dir` holds a ledger.
    pub fn create(dir: &Path, genesis: Bytes, options: Options) -> Result<Self> {
        let parsed = ParsedBlock::parse(&genesis)?;
        check_place(&parsed, 0, None)?;
        let Some(config) = parsed.envelopes.first() else {
            return Err(LedgerError::Malformed {
                block: "0".into(),
                what: "it has no transaction".into(),
            });
        };
        let channel_id = Outline::of(config).channel_id;
        let codes = vec![0; parsed.envelopes.len()];
        let database = Self::new_database(dir, &options)?;
        // An empty view to validate the first block against; it is never shown.
        let view = Snapshot(Arc::new(rebuild::before_genesis(&database)?));
        let input = BlockAndCodes {
            block: genesis,
            codes,
            private: Vec::new(),
        };
        let mut plan = commit::plan(&input, &parsed, &view, &options, &database, Stored::No)?;
        Meta::begin(&database, &mut plan.batch, &channel_id, None)?;
        database.write(0, plan.batch)?;
        let whole = Meta {
            channel_id,
            savepoint: plan.savepoint,
            bootstrap: None,
            with_metadata: plan.with_metadata,
        };
        Self::assemble(database, whole, options)
    }

    /// An empty database in `dir`, where there must be no ledger.
    pub(crate) fn new_database(dir: &Path, options: &Options) -> Result<Arc<Database>> {
        let mut is_whole = false;
        let database = Database::create(dir, options, |found| {
            is_whole = Meta::exists(found)?;
            Ok(is_whole)
        })?;
        if is_whole {
            return Err(LedgerError::Exists { dir: dir.into() });
        }
        Ok(Arc::new(database))
    }

    /// Opens what [`Ledger::create`] or [`Ledger::create_from_snapshot`] made, after checking that its last block is whole and linked.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        let database = Arc::new(Database::open(dir, &options)?);
        rebuild::finish(&database, &options)?;
        let meta = Meta::read(&database)?;
        check_last_block(&database, &meta)?;
        rich::recover(&database)?;
        let ledger = Self::assemble(database, meta, options)?;
        // One that the last process did not finish.
        ledger.write_snapshot_if_asked()?;
        Ok(ledger)
    }

    /// Opens a ledger to read it: nothing is written, and the peer it belongs to may be running. What is read is what was
    /// committed when it was opened; every commit fails.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when its state was being made again and is not whole.
    pub fn open_read_only(dir: &Path, options: Options) -> Result<Self> {
        let database = Arc::new(Database::open_read_only(dir, &options)?);
        if Meta::rebuild_target(&database)?.is_some() {
            let what = "its state was being made again; start the peer, which finishes that";
            return Err(damaged(&database, what.to_owned()));
        }
        let meta = Meta::read(&database)?;
        check_last_block(&database, &meta)?;
        Self::assemble(database, meta, options)
    }

    pub(crate) fn assemble(database: Arc<Database>, meta: Meta, options: Options) -> Result<Self> {
        let Meta {
            channel_id,
            savepoint,
            bootstrap,
            with_metadata,
        } = meta;
        let cache = Arc::new(StateCache::new(savepoint.block, options.state_cache_bytes));
        let view = View::new(
            Arc::clone(&database),
            Arc::clone(&cache),
            savepoint,
            with_metadata,
        )?;
        let requests = Requests::load(
            options.snapshots.clone(),
            channel_id.clone(),
            Arc::clone(&database),
            &view,
        )?;
        Ok(Self(Arc::new(Inner {
            database,
            channel_id,
            options,
            bootstrap,
            requests,
            cache,
            view: RwLock::new(Arc::new(view)),
            commit: Mutex::new(None),
            listeners: RwLock::default(),
        })))
    }

    /// Whose rules the state follows.
    pub fn state_database(&self) -> StateDatabase {
        self.0.database.rules().state_database
    }

    pub fn channel_id(&self) -> &str {
        &self.0.channel_id
    }

    /// Number of blocks.
    pub fn height(&self) -> u64 {
        self.snapshot().height()
    }

    pub fn chain_info(&self) -> Result<ChainInfo> {
        let snapshot = self.snapshot();
        let last = &snapshot.0.savepoint;
        Ok(ChainInfo {
            height: snapshot.height(),
            current_block_hash: Bytes::copy_from_slice(&last.block_hash),
            previous_block_hash: self.previous_hash(&snapshot)?,
            snapshot: self.0.bootstrap.as_ref().map(|from| from.last_block),
        })
    }

    /// What the last block of a view says of the one before.
    pub(crate) fn previous_hash(&self, snapshot: &Snapshot) -> Result<Bytes> {
        let number = snapshot.0.savepoint.block;
        if let Some(from) = &self.0.bootstrap
            && from.last_block == number
        {
            return Ok(from.previous_hash.clone());
        }
        let block = snapshot.0.bytes(Column::Blocks, &number.to_be_bytes())?;
        let block = block
            .ok_or_else(|| damaged(&self.0.database, format!("block [{number}] is missing")))?;
        Ok(ParsedBlock::parse(&block)?.header.previous_hash)
    }

    /// Number of the first block that can be served: 0, unless the ledger began with a snapshot.
    pub fn first_block(&self) -> u64 {
        self.0
            .bootstrap
            .as_ref()
            .map_or(0, |from| from.last_block.saturating_add(1))
    }

    /// Commit hash of the last block; empty after the genesis block.
    pub fn commit_hash(&self) -> Bytes {
        self.0.view.read().savepoint.commit_hash.clone()
    }

    /// Serialized `common.Block` as stored: final codes in slot 2, commit hash in slot 4.
    ///
    /// # Errors
    /// [`LedgerError::BlockBeforeSnapshot`] for blocks that are only in the snapshot which the ledger began with,
    /// [`LedgerError::Damaged`] for one whose bytes are not those that were committed.
    pub fn block_by_number(&self, number: u64) -> Result<Option<Bytes>> {
        let first = self.first_block();
        if number < first {
            return Err(LedgerError::BlockBeforeSnapshot {
                block: number,
                first,
            });
        }
        // From the view, so that a block is not seen before its state.
        let snapshot = self.snapshot();
        let found = snapshot.0.bytes(Column::Blocks, &number.to_be_bytes());
        let found = found.map_err(|error| unreadable(&self.0.database, number, &error))?;
        found
            .map(|block| check_block(&self.0.database, number, block))
            .transpose()
    }

    pub fn block_by_hash(&self, hash: &[u8]) -> Result<Option<Bytes>> {
        let Some(stored) = self.snapshot().0.bytes(Column::Index, &hash_key(hash))? else {
            return Ok(None);
        };
        let number = stored
            .as_ref()
            .try_into()
            .map(u64::from_be_bytes)
            .map_err(|_| LedgerError::Corrupt {
                what: "block number",
                key: hex::encode(hash),
            })?;
        self.block_by_number(number)
    }

    pub fn block_by_tx_id(&self, tx_id: &str) -> Result<Option<Bytes>> {
        match self.tx_status(tx_id)? {
            Some(status) => self.block_by_number(status.block),
            None => Ok(None),
        }
    }

    pub fn transaction_by_id(&self, tx_id: &str) -> Result<Option<RecordedTransaction>> {
        let Some(status) = self.tx_status(tx_id)? else {
            return Ok(None);
        };
        let envelope = self.envelope(Version {
            block: status.block,
            tx: status.tx,
        })?;
        Ok(envelope.map(|envelope| RecordedTransaction { envelope, status }))
    }

    /// Whether any block has a transaction of this ID, valid or not, also when details of it are not known here.
    pub fn has_transaction(&self, tx_id: &str) -> Result<bool> {
        let found = self.snapshot().0.bytes(Column::Index, &tx_id_key(tx_id))?;
        Ok(found.is_some())
    }

    /// Of several transactions with one ID, the first.
    ///
    /// # Errors
    /// [`LedgerError::TxBeforeSnapshot`] when only its ID came with the snapshot which the ledger began with.
    pub fn tx_status(&self, tx_id: &str) -> Result<Option<TxStatus>> {
        let Some(stored) = self.snapshot().0.bytes(Column::Index, &tx_id_key(tx_id))? else {
            return Ok(None);
        };
        if stored.is_empty() {
            return Err(LedgerError::TxBeforeSnapshot {
                tx_id: tx_id.to_owned(),
                first: self.first_block(),
            });
        }
        let status = TxStatus::decode(&stored);
        let corrupt = || LedgerError::Corrupt {
            what: "transaction status",
            key: tx_id.to_owned(),
        };
        status.ok_or_else(corrupt).map(Some)
    }

    /// The ID of the transaction at a height, for explaining a [`crate::Conflict`].
    pub fn tx_id_at(&self, version: Version) -> Result<Option<String>> {
        Ok(self
            .envelope(version)?
            .map(|envelope| Outline::of(&envelope).tx_id))
    }

    /// The last committed height, frozen.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(Arc::clone(&self.0.view.read()))
    }

    /// A simulator on the last committed height.
    pub fn simulator(
        &self,
        tx_id: impl Into<String>,
        collections: Arc<dyn CollectionSource>,
    ) -> Simulator {
        Simulator::new(self.snapshot(), tx_id.into(), collections)
    }

    /// Checks the block's read sets, applies what is valid and stores the block: all of it in one write, or nothing.
    /// One at a time; simulations go on meanwhile. Listeners have run when this returns.
    ///
    /// # Errors
    /// After [`LedgerError::Write`] the ledger takes no block until it is opened again: what the disk holds is only
    /// known then. Reads go on. Any other error leaves the ledger as it was, a full disk
    /// ([`LedgerError::is_disk_full`]) too.
    pub fn commit(&self, input: BlockAndCodes) -> Result<Arc<Committed>> {
        let inner = &*self.0;
        let mut failed = inner.commit.lock();
        inner.requests.wait();
        let parsed = ParsedBlock::parse(&input.block)?;
        let block = parsed.header.number;
        if let Some(cause) = &*failed {
            return Err(LedgerError::Poisoned {
                block,
                cause: cause.clone(),
            });
        }
        let snapshot = self.snapshot();
        check_place(&parsed, snapshot.height(), Some(&snapshot.0.savepoint))?;
        let (transactions, codes) = (parsed.envelopes.len(), input.codes.len());
        if transactions != codes {
            return Err(LedgerError::WrongCodes {
                block,
                transactions,
                codes,
            });
        }
        let plan = commit::plan(
            &input,
            &parsed,
            &snapshot,
            &inner.options,
            &inner.database,
            Stored::No,
        )?;
        let committed = self
            .write(plan)
            .inspect_err(|error| poison(&mut failed, error))?;
        let listeners = inner.listeners.read().clone();
        for listener in listeners {
            listener(&committed);
        }
        self.write_snapshot_if_asked()?;
        Ok(committed)
    }

    fn write(&self, plan: Plan) -> Result<Arc<Committed>> {
        let inner = &*self.0;
        inner.database.write(plan.committed.number, plan.batch)?;
        let view = View::new(
            Arc::clone(&inner.database),
            Arc::clone(&inner.cache),
            plan.savepoint,
            plan.with_metadata,
        )?;
        // Before anyone reads at the new height.
        inner.cache.advance(plan.committed.number, plan.changes);
        *inner.view.write() = Arc::new(view);
        Ok(Arc::new(plan.committed))
    }

    /// Makes the indexes that a chaincode's package brings, for its public state or for one of its collections. Those
    /// that are there already stay; none is ever removed, as in Fabric. Commits wait meanwhile.
    pub fn deploy_indexes(
        &self,
        namespace: &str,
        collection: Option<&str>,
        files: &[IndexFile],
    ) -> Result<Vec<(String, IndexOutcome)>> {
        let inner = &*self.0;
        let _no_commit = inner.commit.lock();
        let namespace = match collection {
            None => namespace.to_owned(),
            Some(collection) => private_namespace(namespace, collection),
        };
        let outcomes = rich::deploy(&inner.database, &namespace, files)?;
        let changed = |outcome: &IndexOutcome| matches!(outcome, IndexOutcome::Built(_));
        if outcomes.iter().any(|(_, outcome)| changed(outcome)) {
            let current = self.snapshot().0;
            let view = View::new(
                Arc::clone(&inner.database),
                Arc::clone(&inner.cache),
                current.savepoint.clone(),
                Arc::clone(&current.with_metadata),
            )?;
            *inner.view.write() = Arc::new(view);
        }
        Ok(outcomes)
    }

    /// Changes what is beside the blocks: what `plan` writes is written, all of it or nothing, between two commits.
    ///
    /// # Errors
    /// As [`Ledger::commit`].
    pub(crate) fn amend<T>(
        &self,
        plan: impl FnOnce(&Snapshot, &Database, &Options) -> Result<(T, WriteBatch)>,
    ) -> Result<T> {
        let inner = &*self.0;
        let mut failed = inner.commit.lock();
        inner.requests.wait();
        let snapshot = self.snapshot();
        let block = snapshot.0.savepoint.block;
        if let Some(cause) = &*failed {
            return Err(LedgerError::Poisoned {
                block,
                cause: cause.clone(),
            });
        }
        let (out, batch) = plan(&snapshot, &inner.database, &inner.options)?;
        if batch.is_empty() {
            return Ok(out);
        }
        let view = inner.database.write(block, batch).and_then(|()| {
            View::new(
                Arc::clone(&inner.database),
                Arc::clone(&inner.cache),
                snapshot.0.savepoint.clone(),
                Arc::clone(&snapshot.0.with_metadata),
            )
        });
        let view = view.inspect_err(|error| poison(&mut failed, error))?;
        *inner.view.write() = Arc::new(view);
        Ok(out)
    }

    /// Calls `listener` after every commit, in block order, on the committing thread, when readers see the block. It
    /// must not commit.
    pub fn on_commit(&self, listener: impl Fn(&Arc<Committed>) + Send + Sync + 'static) {
        self.0.listeners.write().push(Arc::new(listener));
    }

    /// The private write set this peer keeps for one collection of a transaction: a serialized `kvrwset.KVRWSet`,
    /// without the keys purged since.
    pub fn private_write_set(
        &self,
        version: Version,
        namespace: &str,
        collection: &str,
    ) -> Result<Option<Bytes>> {
        self.snapshot().0.bytes(
            Column::PrivateSets,
            &write_set_key(version, namespace, collection),
        )
    }

    /// The collections of a chaincode that governed private data of `block`: those of its last definition before.
    pub fn collections_before(&self, chaincode: &str, block: u64) -> Result<Option<CollectionsAt>> {
        config_history::most_recent_below(&self.snapshot().0, chaincode, block)
    }

    fn envelope(&self, version: Version) -> Result<Option<Bytes>> {
        let Some(block) = self.block_by_number(version.block)? else {
            return Ok(None);
        };
        let index = usize::try_from(version.tx).unwrap_or(usize::MAX);
        Ok(ParsedBlock::parse(&block)?.envelopes.into_iter().nth(index))
    }
}

/// What the disk holds is not known from here on, but where it was only full.
fn poison(failed: &mut Option<String>, error: &LedgerError) {
    if !error.is_disk_full() {
        *failed = Some(crate::error::chain(error));
    }
}

impl TxStatus {
    pub(crate) fn encode(self) -> Vec<u8> {
        [
            self.block.to_be_bytes().as_slice(),
            &self.tx.to_be_bytes(),
            &[self.code],
        ]
        .concat()
    }

    fn decode(stored: &[u8]) -> Option<Self> {
        let (block, rest) = stored.split_first_chunk::<8>()?;
        let (tx, rest) = rest.split_first_chunk::<8>()?;
        let code = *rest.first()?;
        Some(Self {
            code,
            block: u64::from_be_bytes(*block),
            tx: u64::from_be_bytes(*tx),
        })
    }
}
