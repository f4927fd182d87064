use super::commit_hash::commit_hash;
use super::expiry::Expiry;
use super::private::PrivateUpdates;
use super::purge::Purges;
use super::updates::Updates;
use super::validate::{Validated, validate};
use super::write::Writer;
use super::{BlockAndCodes, Committed, StateUpdate};
use crate::block::{ParsedBlock, header_hash, with_outcome};
use crate::config_history::{self, AfterBlock};
use crate::error::Result;
use crate::store::{Change, Database, Savepoint};
use crate::{LedgerError, Options, Snapshot};
use bytes::Bytes;
use rocksdb::WriteBatch;
use std::collections::BTreeSet;
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

/// Whether a block was committed before, and only its consequences are made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Its codes are final, and its private data is what is kept of it.
    Yes,
    No,
}

/// Decides everything about the next block; reads the database and writes nothing.
pub(crate) fn plan(
    input: &BlockAndCodes,
    parsed: &ParsedBlock,
    snapshot: &Snapshot,
    options: &Options,
    database: &Database,
    stored: Stored,
) -> Result<Plan> {
    let block = parsed.header.number;
    let view = &*snapshot.0;
    let validated = validate(block, &parsed.envelopes, &input.codes, view, stored)?;
    let Validated {
        prepared, updates, ..
    } = &validated;
    let mut private =
        PrivateUpdates::gather(block, prepared, &input.private, updates, view, stored)?;
    // What is kept was struck by purges long ago.
    let purges = match stored {
        Stored::Yes => Purges::default(),
        Stored::No => Purges::of(block, prepared),
    };
    purges.filter(&mut private.write_sets);
    let (committed, savepoint) = conclude(input, parsed, &view.savepoint.commit_hash, &validated)?;

    // A quarter for the state, the history and the indexes.
    let room = match stored {
        Stored::Yes => 0,
        Stored::No => committed.block.len() / 4 * 5,
    };
    let mut writer = Writer::new(block, database, room);
    let mut expiry = Expiry::new(block, snapshot, &*options.block_to_live, database);
    purges.apply(&private, view, database, &mut writer.batch, &options.purged)?;
    // After the purges, which would bring back a write set that expires with this block.
    expiry.apply(updates, &private, &mut writer.batch, stored)?;
    writer.state(updates)?;
    writer.private(&private, &mut expiry, stored, &*options.eligibility)?;
    expiry.schedule(updates, &private, &mut writer.batch)?;
    writer.history(prepared)?;
    writer.block(&committed.block, &committed.block_hash, prepared, stored)?;
    let with_metadata = writer.hints(updates, &view.with_metadata)?;
    let changed = options.collection_configs.changed(&AfterBlock {
        view,
        updates: &committed.updates,
    });
    let changed = changed.map_err(|cause| LedgerError::CollectionConfigs { block, cause })?;
    config_history::record(block, &changed, database, &mut writer.batch)?;
    savepoint.write(database, &mut writer.batch)?;
    Ok(Plan {
        batch: writer.batch,
        changes: writer.changes,
        committed,
        savepoint,
        with_metadata,
    })
}

/// Final codes, commit hash and the block to store. The genesis block has no commit hash; neither has a chain whose
/// peers did not compute it from block 1 on.
fn conclude(
    input: &BlockAndCodes,
    parsed: &ParsedBlock,
    previous: &Bytes,
    validated: &Validated,
) -> Result<(Committed, Savepoint)> {
    let Validated {
        prepared,
        updates,
        conflicts,
    } = validated;
    let block = parsed.header.number;
    let codes: Vec<u8> = prepared.iter().map(|tx| tx.code).collect();
    let chained = block == 1 || (block > 1 && !previous.is_empty());
    let commit_hash = if chained {
        commit_hash(&codes, updates, previous)
    } else {
        Bytes::new()
    };
    let block_hash = header_hash(&parsed.header);
    let savepoint = Savepoint {
        block,
        block_hash,
        commit_hash: commit_hash.clone(),
    };
    let committed = Committed {
        number: block,
        block: with_outcome(&input.block, parsed, &codes, &commit_hash)?,
        block_hash,
        codes,
        tx_ids: prepared.iter().map(|tx| tx.outline.tx_id.clone()).collect(),
        commit_hash,
        conflicts: conflicts.clone(),
        updates: state_updates(updates),
    };
    Ok((committed, savepoint))
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
