//! The state made again from the blocks, and ledgers cut back to an earlier one.
//!
//! Codes are taken from the blocks, as they were once decided; private data from what is kept of each transaction. What
//! comes out must have the commit hash that every block carries.
//!
//! Fabric: core/ledger/kvledger/rebuild_dbs.go, rollback.go, reset.go and recovery.go. There the databases are dropped and
//! filled at the next start; here both is one step, which goes on at the next opening when it is interrupted.

use crate::block::ParsedBlock;
use crate::commit::{self, Stored};
use crate::error::Result;
use crate::integrity::{check_block, damaged};
use crate::rich::{self, Definitions};
use crate::store::{
    Column, Database, MISSING_KINDS, Meta, Savepoint, StateCache, View, missing_bounds,
};
use crate::{BlockAndCodes, Ledger, LedgerError, Options, Snapshot};
use bytes::Bytes;
use rocksdb::WriteBatch;
use std::path::Path;
use std::sync::Arc;

impl Ledger {
    /// Makes state, private state, history and indexes again from the blocks of the ledger in `dir`.
    ///
    /// # Errors
    /// [`LedgerError::FromSnapshot`] when the first blocks are not there, [`LedgerError::Damaged`] when a block cannot be
    /// read or does not lead to the commit hash it carries.
    pub fn rebuild(dir: &Path, options: Options) -> Result<Self> {
        cut(dir, &options, "rebuild databases", Ok)?;
        Self::open(dir, options)
    }

    /// Forgets the blocks behind `block`, and what they did. The private data that came with them is kept for the time when
    /// they come again.
    ///
    /// # Errors
    /// As [`Ledger::rebuild`]; [`LedgerError::RollbackTarget`] when there is nothing behind `block`.
    pub fn rollback(dir: &Path, block: u64, options: Options) -> Result<Self> {
        cut(dir, &options, "rollback any channel", |last| {
            if block < last {
                return Ok(block);
            }
            Err(LedgerError::RollbackTarget { block, last })
        })?;
        Self::open(dir, options)
    }

    /// Forgets everything but the genesis block.
    ///
    /// # Errors
    /// As [`Ledger::rebuild`].
    pub fn reset(dir: &Path, options: Options) -> Result<Self> {
        cut(dir, &options, "reset channels", |_| Ok(0))?;
        Self::open(dir, options)
    }
}

/// Writes down what the ledger is to be cut to and does it.
fn cut(
    dir: &Path,
    options: &Options,
    what: &'static str,
    target: impl FnOnce(u64) -> Result<u64>,
) -> Result<()> {
    let database = Arc::new(Database::open(dir, options)?);
    let meta = Meta::read(&database)?;
    if meta.bootstrap.is_some() {
        let channel = meta.channel_id;
        return Err(LedgerError::FromSnapshot { what, channel });
    }
    let target = target(meta.savepoint.block)?;
    let mut batch = WriteBatch::default();
    Meta::note_rebuild(&database, &mut batch, target)?;
    database.write(target, batch)?;
    finish(&database, options)
}

/// Does what was written down, if anything was.
pub(crate) fn finish(database: &Arc<Database>, options: &Options) -> Result<()> {
    let Some(target) = Meta::rebuild_target(database)? else {
        return Ok(());
    };
    // Indexes of rich queries are made behind the values, all at once.
    database.set_definitions(Definitions::default());
    drop_derived(database, target)?;
    let mut view = Arc::new(before_genesis(database)?);
    for number in 0..=target {
        let stored = stored_block(database, number)?;
        let snapshot = Snapshot(Arc::clone(&view));
        let (savepoint, with_metadata) = replay(number, stored, &snapshot, options, database)?;
        view = Arc::new(View::new(
            Arc::clone(database),
            Arc::new(StateCache::new(number, 0)),
            savepoint,
            with_metadata,
        )?);
    }
    rich::rebuild(database)?;
    let mut batch = WriteBatch::default();
    Meta::forget_rebuild(database, &mut batch)?;
    database.write(target, batch)
}

/// An empty view to put the first block on.
pub(crate) fn before_genesis(database: &Arc<Database>) -> Result<View> {
    let before = Savepoint {
        block: 0,
        block_hash: [0; 32],
        commit_hash: Bytes::new(),
    };
    View::new(
        Arc::clone(database),
        Arc::new(StateCache::new(0, 0)),
        before,
        Arc::default(),
    )
}

/// All rows that blocks lead to, and the blocks behind `target`. What is kept of private data stays.
fn drop_derived(database: &Database, target: u64) -> Result<()> {
    let mut batch = WriteBatch::default();
    let all = [0xff; 2];
    for column in [
        Column::Index,
        Column::State,
        Column::Hashed,
        Column::Private,
        Column::History,
    ] {
        batch.delete_range_cf(database.column(column)?, [].as_slice(), all.as_slice());
    }
    let sets = database.column(Column::PrivateSets)?;
    // What expires is scheduled anew; what is missing behind the target will be found out anew.
    batch.delete_range_cf(sets, b"e".as_slice(), b"f".as_slice());
    for kind in MISSING_KINDS {
        let (mut behind, end) = missing_bounds(kind);
        behind.extend_from_slice(&target.saturating_add(1).to_be_bytes());
        batch.delete_range_cf(sets, behind, end);
    }
    let blocks = database.column(Column::Blocks)?;
    let behind = target.saturating_add(1).to_be_bytes();
    batch.delete_range_cf(blocks, behind.as_slice(), [0xff; 9].as_slice());
    Meta::drop_derived(database, &mut batch)?;
    database.write(target, batch)
}

fn stored_block(database: &Database, number: u64) -> Result<Bytes> {
    let found = database.get(Column::Blocks, &number.to_be_bytes(), "a block");
    let found = found.map_err(|error| crate::integrity::unreadable(database, number, &error))?;
    let block = found.ok_or_else(|| damaged(database, format!("block [{number}] is missing")))?;
    check_block(database, number, block)
}

type Replayed = (Savepoint, Arc<std::collections::BTreeSet<String>>);

fn replay(
    number: u64,
    stored: Bytes,
    snapshot: &Snapshot,
    options: &Options,
    database: &Database,
) -> Result<Replayed> {
    let parsed = ParsedBlock::parse(&stored)?;
    let input = BlockAndCodes {
        codes: parsed.codes().to_vec(),
        block: stored,
        private: Vec::new(),
    };
    if input.codes.len() != parsed.envelopes.len() {
        return Err(damaged(
            database,
            format!("block [{number}] has not one code for each transaction"),
        ));
    }
    let plan = commit::plan(&input, &parsed, snapshot, options, database, Stored::Yes)?;
    if plan.committed.commit_hash != parsed.commit_hash() {
        return Err(damaged(
            database,
            format!("block [{number}] does not lead to the commit hash it carries"),
        ));
    }
    database.write_unsynced(number, plan.batch)?;
    Ok((plan.savepoint, plan.with_metadata))
}
