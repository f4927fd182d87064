use super::{Column, Database};
use crate::LedgerError;
use crate::error::Result;
use bytes::Bytes;
use rocksdb::{IteratorMode, WriteBatch};
use std::collections::BTreeSet;
use std::sync::Arc;

const FORMAT: &str = "selvedge-ledger/2";
const FORMAT_KEY: &[u8] = b"format";
const CHANNEL_KEY: &[u8] = b"channel";
pub(super) const SAVEPOINT_KEY: &[u8] = b"savepoint";
const BOOTSTRAP_KEY: &[u8] = b"bootstrap";
/// While the state is made again: the block to end with.
const REBUILD_KEY: &[u8] = b"rebuild";
const HINT_PREFIX: u8 = b'#';

/// The snapshot that a ledger began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bootstrap {
    /// The newest block that is in the state and not in the ledger.
    pub(crate) last_block: u64,
    /// Hash of the block before that one.
    pub(crate) previous_hash: Bytes,
}

impl Bootstrap {
    fn encode(&self) -> Vec<u8> {
        [
            self.last_block.to_be_bytes().as_slice(),
            &self.previous_hash,
        ]
        .concat()
    }

    fn decode(stored: &Bytes) -> Option<Self> {
        let (block, _) = stored.split_first_chunk::<8>()?;
        Some(Self {
            last_block: u64::from_be_bytes(*block),
            previous_hash: stored.slice(8..),
        })
    }
}

/// The last committed block. Written in the same batch as the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Savepoint {
    pub(crate) block: u64,
    pub(crate) block_hash: [u8; 32],
    /// Empty after the genesis block.
    pub(crate) commit_hash: Bytes,
}

impl Savepoint {
    fn encode(&self) -> Vec<u8> {
        [
            &self.block.to_be_bytes(),
            self.block_hash.as_slice(),
            &self.commit_hash,
        ]
        .concat()
    }

    fn decode(stored: &Bytes) -> Option<Self> {
        let (block, rest) = stored.split_first_chunk::<8>()?;
        let (block_hash, _) = rest.split_first_chunk::<32>()?;
        Some(Self {
            block: u64::from_be_bytes(*block),
            block_hash: *block_hash,
            commit_hash: stored.slice(40..),
        })
    }
}

/// What the ledger says about itself.
pub(crate) struct Meta {
    pub(crate) channel_id: String,
    pub(crate) savepoint: Savepoint,
    pub(crate) bootstrap: Option<Bootstrap>,
    /// Namespaces that have ever stored key metadata: in all others a look-up can be spared.
    pub(crate) with_metadata: Arc<BTreeSet<String>>,
}

impl Meta {
    pub(crate) fn read(database: &Database) -> Result<Self> {
        let damaged = |what: &str| LedgerError::Damaged {
            dir: database.dir().into(),
            what: what.to_owned(),
        };
        let format = database
            .get(Column::Meta, FORMAT_KEY, "the format")?
            .ok_or_else(|| damaged("no format is named"))?;
        if format != FORMAT.as_bytes() {
            return Err(LedgerError::Format {
                dir: database.dir().into(),
                found: String::from_utf8_lossy(&format).into_owned(),
                expected: FORMAT.to_owned(),
            });
        }
        let channel = database.get(Column::Meta, CHANNEL_KEY, "the channel")?;
        let channel_id = channel
            .and_then(|bytes| String::from_utf8(bytes.into()).ok())
            .ok_or_else(|| damaged("no channel is named"))?;
        let savepoint = database.get(Column::Meta, SAVEPOINT_KEY, "the savepoint")?;
        let savepoint = savepoint
            .and_then(|stored| Savepoint::decode(&stored))
            .ok_or_else(|| damaged("the savepoint is missing or too short"))?;
        let bootstrap = database
            .get(Column::Meta, BOOTSTRAP_KEY, "the snapshot")?
            .map(|stored| {
                Bootstrap::decode(&stored)
                    .ok_or_else(|| damaged("the snapshot's entry is too short"))
            })
            .transpose()?;
        Ok(Self {
            channel_id,
            savepoint,
            bootstrap,
            with_metadata: Arc::new(hints(database)?),
        })
    }

    /// A ledger's first batch was written; a database without it was left by an interrupted creation.
    pub(crate) fn exists(database: &Database) -> Result<bool> {
        Ok(database
            .get(Column::Meta, FORMAT_KEY, "the format")?
            .is_some())
    }

    /// From here on the ledger is opened only after its state was made again up to `target`.
    pub(crate) fn note_rebuild(
        database: &Database,
        batch: &mut WriteBatch,
        target: u64,
    ) -> Result<()> {
        let column = database.column(Column::Meta)?;
        batch.put_cf(column, REBUILD_KEY, target.to_be_bytes());
        Ok(())
    }

    pub(crate) fn rebuild_target(database: &Database) -> Result<Option<u64>> {
        let stored = database.get(Column::Meta, REBUILD_KEY, "the rebuild")?;
        stored
            .map(|stored| {
                let number = stored
                    .first_chunk::<8>()
                    .map(|number| u64::from_be_bytes(*number));
                number.ok_or_else(|| LedgerError::Damaged {
                    dir: database.dir().into(),
                    what: "the entry of a rebuild is too short".to_owned(),
                })
            })
            .transpose()
    }

    pub(crate) fn forget_rebuild(database: &Database, batch: &mut WriteBatch) -> Result<()> {
        batch.delete_cf(database.column(Column::Meta)?, REBUILD_KEY);
        Ok(())
    }

    /// What blocks leave among the metadata: hints, and the history of collections.
    pub(crate) fn drop_derived(database: &Database, batch: &mut WriteBatch) -> Result<()> {
        let column = database.column(Column::Meta)?;
        let (lower, upper) = super::meta_rows_from(&super::history_of_collections(&[]));
        batch.delete_range_cf(column, lower, upper);
        batch.delete_range_cf(column, [HINT_PREFIX], [HINT_PREFIX + 1]);
        Ok(())
    }

    /// The first batch of a ledger, or the last of one that is made from a snapshot.
    pub(crate) fn begin(
        database: &Database,
        batch: &mut WriteBatch,
        channel_id: &str,
        bootstrap: Option<&Bootstrap>,
    ) -> Result<()> {
        let column = database.column(Column::Meta)?;
        if let Some(bootstrap) = bootstrap {
            batch.put_cf(column, BOOTSTRAP_KEY, bootstrap.encode());
        }
        batch.put_cf(column, FORMAT_KEY, FORMAT);
        batch.put_cf(column, CHANNEL_KEY, channel_id);
        Ok(())
    }
}

impl Savepoint {
    pub(crate) fn write(&self, database: &Database, batch: &mut WriteBatch) -> Result<()> {
        batch.put_cf(database.column(Column::Meta)?, SAVEPOINT_KEY, self.encode());
        Ok(())
    }
}

pub(crate) fn metadata_hint_key(namespace: &str) -> Vec<u8> {
    let mut key = vec![HINT_PREFIX];
    key.extend_from_slice(namespace.as_bytes());
    key
}

fn hints(database: &Database) -> Result<BTreeSet<String>> {
    let column = database.column(Column::Meta)?;
    let start = [HINT_PREFIX];
    let rows = database.raw().iterator_cf(
        column,
        IteratorMode::From(&start, rocksdb::Direction::Forward),
    );
    let mut found = BTreeSet::new();
    for row in rows {
        let (key, _) = row.map_err(|source| LedgerError::Read {
            what: "metadata hints",
            source,
        })?;
        let Some(namespace) = key.strip_prefix(&start) else {
            break;
        };
        found.insert(String::from_utf8_lossy(namespace).into_owned());
    }
    Ok(found)
}
