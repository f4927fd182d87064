use super::rows::{IndexId, ids};
use crate::LedgerError;
use crate::error::Result;
use crate::store::{Column, Database};
use rocksdb::{Direction, IteratorMode, WriteBatch};
use selvedge_query::{COLLATION, Index};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Under number 0, which no index has.
const NEXT_ID: &[u8] = b"\0\0\0\0n";
const DEFINITION: &[u8] = b"\0\0\0\0d";

/// An index as it stands in the database.
#[derive(Clone, Debug)]
pub(crate) struct Defined {
    pub(crate) id: IndexId,
    pub(crate) index: Arc<Index>,
    /// Its rows are in the order in which this program writes them.
    pub(super) is_current: bool,
}

/// All indexes of a ledger. The namespace of a collection has the name Fabric derives for its private values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    by_namespace: BTreeMap<String, Vec<Defined>>,
}

impl Definitions {
    pub(crate) fn of(&self, namespace: &str) -> &[Defined] {
        self.by_namespace.get(namespace).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_namespace.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Defined)> {
        self.by_namespace.iter().flat_map(|(namespace, defined)| {
            defined.iter().map(|defined| (namespace.as_str(), defined))
        })
    }

    pub(super) fn put(&mut self, namespace: &str, defined: Defined) {
        let all = self.by_namespace.entry(namespace.to_owned()).or_default();
        let label = defined.index.label();
        all.retain(|other| other.index.label() != label);
        all.push(defined);
    }

    pub(crate) fn load(database: &Database) -> Result<Self> {
        let mut out = Self::default();
        let rows = database.raw().iterator_cf(
            database.column(Column::Rich)?,
            IteratorMode::From(DEFINITION, Direction::Forward),
        );
        for row in rows {
            let (key, value) = row.map_err(|source| LedgerError::Read {
                what: "index definitions",
                source,
            })?;
            let Some(place) = key.strip_prefix(DEFINITION) else {
                break;
            };
            let (namespace, defined) =
                decode(place, &value).ok_or_else(|| LedgerError::Corrupt {
                    what: "index definition",
                    key: hex::encode(&key),
                })?;
            out.put(&namespace, defined);
        }
        Ok(out)
    }
}

/// Namespace, NUL, label → number, name of the order, NUL, definition.
fn decode(place: &[u8], value: &[u8]) -> Option<(String, Defined)> {
    let end = place.iter().position(|byte| *byte == 0)?;
    let namespace = std::str::from_utf8(&place[..end]).ok()?;
    let (id, rest) = value.split_first_chunk::<4>()?;
    let order = rest.iter().position(|byte| *byte == 0)?;
    let definition = &rest[order + 1..];
    Some((
        namespace.to_owned(),
        Defined {
            id: u32::from_be_bytes(*id),
            index: Arc::new(Index::parse(definition).ok()?),
            is_current: &rest[..order] == COLLATION.as_bytes(),
        },
    ))
}

pub(super) fn write(
    database: &Database,
    batch: &mut WriteBatch,
    namespace: &str,
    defined: &Defined,
) -> Result<()> {
    let column = database.column(Column::Rich)?;
    let label = defined.index.label();
    let key = [DEFINITION, namespace.as_bytes(), b"\0", label.as_bytes()].concat();
    let value = [
        defined.id.to_be_bytes().as_slice(),
        COLLATION.as_bytes(),
        b"\0",
        defined.index.to_json().as_bytes(),
    ]
    .concat();
    batch.put_cf(column, key, value);
    Ok(())
}

/// A number that no index has had. Written at once, so that rows of an interrupted build are nobody's.
pub(super) fn take_id(database: &Database) -> Result<IndexId> {
    let next = next_id(database)?;
    let mut batch = WriteBatch::default();
    batch.put_cf(
        database.column(Column::Rich)?,
        NEXT_ID,
        next.saturating_add(1).to_be_bytes(),
    );
    database.write_index(batch)?;
    Ok(next)
}

fn next_id(database: &Database) -> Result<IndexId> {
    let stored = database.get(Column::Rich, NEXT_ID, "the next index")?;
    Ok(stored
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .map_or(1, u32::from_be_bytes))
}

/// Removes rows whose number belongs to no definition: of builds that a crash interrupted.
pub(super) fn sweep(database: &Database, definitions: &Definitions) -> Result<()> {
    let mut known: Vec<IndexId> = definitions.all().map(|(_, defined)| defined.id).collect();
    known.sort_unstable();
    known.push(next_id(database)?);
    let mut batch = WriteBatch::default();
    let mut from = 1;
    for id in known {
        if id > from && has_rows(database, from, id)? {
            let (lower, upper) = ids(from, id);
            batch.delete_range_cf(database.column(Column::Rich)?, lower, upper);
        }
        from = id.saturating_add(1);
    }
    if batch.is_empty() {
        return Ok(());
    }
    database.write_index(batch)
}

fn has_rows(database: &Database, from: IndexId, to: IndexId) -> Result<bool> {
    let (lower, upper) = ids(from, to);
    let mut rows = database
        .raw()
        .raw_iterator_cf(database.column(Column::Rich)?);
    rows.seek(lower);
    rows.status().map_err(|source| LedgerError::Read {
        what: "index rows",
        source,
    })?;
    Ok(rows.key().is_some_and(|key| key < upper.as_slice()))
}
