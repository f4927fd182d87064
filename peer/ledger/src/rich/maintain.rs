use super::rows::row;
use super::{Defined, Definitions};
use crate::LedgerError;
use crate::error::Result;
use crate::store::{Column, Database, VersionedValue};
use bytes::Bytes;
use rocksdb::{WriteBatch, WriteBatchIteratorCf};
use selvedge_query::Document;
use std::collections::BTreeMap;

/// Adds to a batch what it means for the indexes: the rows of old values go, those of new ones come. Every batch passes
/// here on its way to the disk, so that whoever writes or deletes a value (a block, an expiry, a purge, private data
/// that came late) need not know of indexes.
pub(crate) fn maintain(
    database: &Database,
    definitions: &Definitions,
    batch: &mut WriteBatch,
) -> Result<()> {
    if definitions.is_empty() {
        return Ok(());
    }
    let mut found = Found {
        state: database.column_id(Column::State),
        private: database.column_id(Column::Private),
        definitions,
        changes: BTreeMap::new(),
    };
    batch.iterate_cf(&mut found);
    let column = database.column(Column::Rich)?;
    for ((from, key), new) in std::mem::take(&mut found.changes) {
        let Some((namespace, name)) = split(&key) else {
            continue;
        };
        let old = database.get(from, &key, "the value before")?;
        let old = old.map(decode(&key)).transpose()?;
        let new = new.map(decode(&key)).transpose()?;
        if old == new {
            continue;
        }
        let old = old.map(|value| Document::new(name, &value));
        let new = new.map(|value| Document::new(name, &value));
        for Defined { id, index, .. } in definitions.of(namespace) {
            let before = old.as_ref().and_then(|document| index.entry(document));
            let after = new.as_ref().and_then(|document| index.entry(document));
            if before == after {
                continue;
            }
            if let Some(entry) = before {
                batch.delete_cf(column, row(*id, &entry, name.as_bytes()).0);
            }
            if let Some(entry) = after {
                let (key, value) = row(*id, &entry, name.as_bytes());
                batch.put_cf(column, key, value);
            }
        }
    }
    Ok(())
}

/// Namespace and key of a row of the state.
pub(super) fn split(key: &[u8]) -> Option<(&str, &str)> {
    let end = key.iter().position(|byte| *byte == 0)?;
    let namespace = std::str::from_utf8(&key[..end]).ok()?;
    let name = std::str::from_utf8(&key[end + 1..]).ok()?;
    Some((namespace, name))
}

fn decode(key: &[u8]) -> impl Fn(Bytes) -> Result<Bytes> {
    move |stored| {
        let found = VersionedValue::decode(stored).ok_or_else(|| LedgerError::Corrupt {
            what: "value",
            key: hex::encode(key),
        })?;
        Ok(found.value)
    }
}

/// The last word of a batch on every key in a namespace with indexes.
struct Found<'a> {
    state: u32,
    private: u32,
    definitions: &'a Definitions,
    changes: BTreeMap<(Column, Vec<u8>), Option<Bytes>>,
}

impl Found<'_> {
    fn note(&mut self, column: u32, key: &[u8], value: Option<&[u8]>) {
        let column = match column {
            id if id == self.state => Column::State,
            id if id == self.private => Column::Private,
            _ => return,
        };
        let indexed =
            split(key).is_some_and(|(namespace, _)| !self.definitions.of(namespace).is_empty());
        if indexed {
            self.changes
                .insert((column, key.to_vec()), value.map(Bytes::copy_from_slice));
        }
    }
}

impl WriteBatchIteratorCf for Found<'_> {
    fn put_cf(&mut self, column: u32, key: &[u8], value: &[u8]) {
        self.note(column, key, Some(value));
    }

    fn delete_cf(&mut self, column: u32, key: &[u8]) {
        self.note(column, key, None);
    }

    /// This database merges nothing.
    fn merge_cf(&mut self, _: u32, _: &[u8], _: &[u8]) {}
}
