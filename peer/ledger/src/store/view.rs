use super::{Column, Database, Rules, Savepoint, StateCache, VersionedValue};
use crate::error::Result;
use crate::rich::Definitions;
use crate::{LedgerError, Row, Version};
use bytes::Bytes;
use prost::Message;
use rocksdb::{ColumnFamily, DBPinnableSlice, DBRawIterator, ReadOptions};
use selvedge_interface::MetadataEntry;
use selvedge_protos::kvrwset;
use std::collections::BTreeSet;
use std::sync::Arc;

self_cell::self_cell!(
    struct Frozen {
        owner: Arc<Database>,
        #[covariant]
        dependent: Handles,
    }
);

struct Handles<'a> {
    snapshot: rocksdb::Snapshot<'a>,
    /// In the order of [`Column::ALL`]: looking one up by name costs as much as a short read.
    columns: [&'a ColumnFamily; Column::COUNT],
}

/// The database as of one committed block. One is made per block and shared by all who read that height.
pub(crate) struct View {
    frozen: Frozen,
    cache: Arc<StateCache>,
    pub(crate) savepoint: Savepoint,
    pub(crate) with_metadata: Arc<BTreeSet<String>>,
    /// Indexes whose rows are in this view.
    pub(crate) definitions: Arc<Definitions>,
}

impl View {
    pub(crate) fn new(
        database: Arc<Database>,
        cache: Arc<StateCache>,
        savepoint: Savepoint,
        with_metadata: Arc<BTreeSet<String>>,
    ) -> Result<Self> {
        let definitions = database.definitions();
        let frozen = Frozen::try_new(database, |database| {
            Ok::<_, LedgerError>(Handles {
                snapshot: database.raw().snapshot(),
                columns: database.columns()?,
            })
        })?;
        Ok(Self {
            frozen,
            cache,
            savepoint,
            with_metadata,
            definitions,
        })
    }

    pub(crate) fn rules(&self) -> Rules {
        self.frozen.borrow_owner().rules()
    }

    pub(crate) fn get(&self, column: Column, key: &[u8]) -> Result<Option<VersionedValue>> {
        let cached = column == Column::State;
        let block = self.savepoint.block;
        if cached && let Some(found) = self.cache.get(key, block) {
            return Ok(Some(found));
        }
        let Some(slice) = self.pinned(column, key)? else {
            return Ok(None);
        };
        let found = decode(key, &slice)?;
        if cached {
            self.cache.offer(key, &found, block);
        }
        Ok(Some(found))
    }

    pub(crate) fn version(&self, column: Column, key: &[u8]) -> Result<Option<Version>> {
        if column == Column::State
            && let Some(found) = self.cache.get(key, self.savepoint.block)
        {
            return Ok(Some(found.version));
        }
        let Some(slice) = self.pinned(column, key)? else {
            return Ok(None);
        };
        let version = VersionedValue::decode_version(&slice);
        version.map(Some).ok_or_else(|| corrupt("value", key))
    }

    pub(crate) fn bytes(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self
            .pinned(column, key)?
            .map(|slice| Bytes::copy_from_slice(&slice)))
    }

    /// Rows of `[lower, upper)`, forward, positioned before the first.
    pub(crate) fn rows(&self, column: Column, lower: &[u8], upper: Vec<u8>) -> Rows<'_> {
        let mut raw = self.iterator(column, upper);
        raw.seek(lower);
        Rows { raw, forward: true }
    }

    /// Rows of `[lower, upper)`, from the last.
    pub(crate) fn rows_backward(&self, column: Column, lower: &[u8], upper: Vec<u8>) -> Rows<'_> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(lower);
        let mut raw = self.iterator_with(column, upper.clone(), options);
        raw.seek_for_prev(upper);
        Rows {
            raw,
            forward: false,
        }
    }

    /// At most `limit` rows whose keys, after `prefix` bytes of namespace, are text.
    pub(crate) fn state_rows(
        &self,
        column: Column,
        prefix: usize,
        lower: &[u8],
        upper: Vec<u8>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let mut rows = self.rows(column, lower, upper);
        let mut out = Vec::with_capacity(limit.min(128));
        while out.len() < limit {
            let Some(row) = rows.next_with(|key, stored| state_row(prefix, key, stored))? else {
                break;
            };
            out.push(row?);
        }
        Ok(out)
    }

    /// Every row of a column family.
    pub(crate) fn all(&self, column: Column) -> Rows<'_> {
        let handles = self.frozen.borrow_dependent();
        let mut raw = handles.snapshot.raw_iterator_cf(handles.column(column));
        raw.seek_to_first();
        Rows { raw, forward: true }
    }

    /// Everything, as (namespace, key, value).
    pub(crate) fn dump(&self, column: Column) -> Result<Vec<(String, Bytes, VersionedValue)>> {
        let mut rows = self.all(column);
        let mut out = Vec::new();
        while let Some(row) = rows.next_with(split_row)? {
            out.push(row?);
        }
        Ok(out)
    }

    fn iterator(&self, column: Column, upper: Vec<u8>) -> DBRawIterator<'_> {
        self.iterator_with(column, upper, ReadOptions::default())
    }

    fn iterator_with(
        &self,
        column: Column,
        upper: Vec<u8>,
        mut options: ReadOptions,
    ) -> DBRawIterator<'_> {
        options.set_iterate_upper_bound(upper);
        let handles = self.frozen.borrow_dependent();
        handles
            .snapshot
            .raw_iterator_cf_opt(handles.column(column), options)
    }

    fn pinned(&self, column: Column, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>> {
        let handles = self.frozen.borrow_dependent();
        let found = handles.snapshot.get_pinned_cf(handles.column(column), key);
        found.map_err(|source| LedgerError::Read {
            what: "state",
            source,
        })
    }
}

impl Handles<'_> {
    fn column(&self, column: Column) -> &ColumnFamily {
        self.columns[column as usize]
    }
}

/// A cursor over a view.
pub(crate) struct Rows<'a> {
    raw: DBRawIterator<'a>,
    forward: bool,
}

impl Rows<'_> {
    /// The row under the cursor; then moves on.
    pub(crate) fn next_with<T>(
        &mut self,
        read: impl FnOnce(&[u8], &[u8]) -> T,
    ) -> Result<Option<T>> {
        let Some((key, value)) = self.raw.item() else {
            let status = self.raw.status();
            return status.map(|()| None).map_err(|source| LedgerError::Read {
                what: "a range",
                source,
            });
        };
        let out = read(key, value);
        if self.forward {
            self.raw.next();
        } else {
            self.raw.prev();
        }
        Ok(Some(out))
    }
}

pub(crate) fn state_row(prefix: usize, key: &[u8], stored: &[u8]) -> Result<Row> {
    let text = key
        .get(prefix..)
        .and_then(|key| std::str::from_utf8(key).ok())
        .ok_or_else(|| corrupt("key", key))?;
    Ok(Row {
        key: text.to_owned(),
        value: decode(key, stored)?,
    })
}

/// Derived namespace, key and value of a row of state.
pub(crate) fn split_row(key: &[u8], stored: &[u8]) -> Result<(String, Bytes, VersionedValue)> {
    let split = key
        .iter()
        .position(|byte| *byte == 0)
        .ok_or_else(|| corrupt("key", key))?;
    let (namespace, rest) = key.split_at(split);
    let rest = Bytes::copy_from_slice(rest.get(1..).unwrap_or_default());
    Ok((
        String::from_utf8_lossy(namespace).into_owned(),
        rest,
        decode(key, stored)?,
    ))
}

/// The entries of serialized metadata.
pub(crate) fn decode_metadata(stored: &Bytes) -> Result<Vec<MetadataEntry>> {
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let decoded = kvrwset::KvMetadataWrite::decode(stored.clone())
        .map_err(|_| corrupt("metadata", stored))?;
    Ok(decoded
        .entries
        .into_iter()
        .map(|entry| MetadataEntry {
            name: entry.name,
            value: entry.value,
        })
        .collect())
}

pub(crate) fn decode(key: &[u8], stored: &[u8]) -> Result<VersionedValue> {
    VersionedValue::decode(Bytes::copy_from_slice(stored)).ok_or_else(|| corrupt("value", key))
}

fn corrupt(what: &'static str, key: &[u8]) -> LedgerError {
    LedgerError::Corrupt {
        what,
        key: hex::encode(key),
    }
}
