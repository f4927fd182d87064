use super::Defined;
use super::definitions::{self, Definitions};
use super::maintain::split;
use super::rows::{bound, row};
use crate::LedgerError;
use crate::error::Result;
use crate::store::{Column, Database, VersionedValue, state_bounds};
use bytes::Bytes;
use rocksdb::{IteratorMode, ReadOptions, WriteBatch};
use selvedge_query::{Document, Index, IndexError};
use std::sync::Arc;

/// A file below `META-INF/statedb/couchdb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFile {
    /// For the log.
    pub name: String,
    pub definition: Bytes,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexOutcome {
    /// Design document and name of an index that is now there, and was not before.
    Built(String),
    /// An index of this name and definition was there.
    Kept(String),
    /// As in Fabric, the other files are taken nevertheless.
    Refused(IndexError),
}

/// Rows written at a time: a build must not hold a whole namespace in memory.
const PORTION: usize = 1000;

/// Where the values of an indexed namespace lie.
fn column(namespace: &str) -> Column {
    if namespace.contains("$$p") {
        Column::Private
    } else {
        Column::State
    }
}

/// Makes the indexes of one namespace, in the order of the files' names; of two with one name the later stays.
pub(crate) fn deploy(
    database: &Database,
    namespace: &str,
    files: &[IndexFile],
) -> Result<Vec<(String, IndexOutcome)>> {
    let mut sorted: Vec<&IndexFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut out = Vec::new();
    for file in sorted {
        let outcome = match Index::parse(&file.definition) {
            Ok(index) => define(database, namespace, index)?,
            Err(error) => IndexOutcome::Refused(error),
        };
        out.push((file.name.clone(), outcome));
    }
    Ok(out)
}

fn define(database: &Database, namespace: &str, index: Index) -> Result<IndexOutcome> {
    let label = index.label();
    let known = database.definitions();
    let same = known
        .of(namespace)
        .iter()
        .find(|defined| defined.index.label() == label);
    if same.is_some_and(|defined| defined.index.is_same(&index)) {
        return Ok(IndexOutcome::Kept(label));
    }
    build(database, namespace, Arc::new(index))?;
    Ok(IndexOutcome::Built(label))
}

/// Rows first, under a number that nobody knows yet; then the definition with the number, in one write.
fn build(database: &Database, namespace: &str, index: Arc<Index>) -> Result<()> {
    let id = definitions::take_id(database)?;
    let rich = database.column(Column::Rich)?;
    let (lower, upper) = state_bounds(namespace, "", "");
    let mut options = ReadOptions::default();
    options.set_iterate_upper_bound(upper);
    let rows = database.raw().iterator_cf_opt(
        database.column(column(namespace))?,
        options,
        IteratorMode::From(&lower, rocksdb::Direction::Forward),
    );
    let mut batch = WriteBatch::default();
    for found in rows {
        let (key, stored) = found.map_err(|source| LedgerError::Read {
            what: "values to index",
            source,
        })?;
        let value =
            VersionedValue::decode(Bytes::from(stored)).ok_or_else(|| LedgerError::Corrupt {
                what: "value",
                key: hex::encode(&key),
            })?;
        let Some((_, name)) = split(&key) else {
            continue;
        };
        if let Some(entry) = index.entry(&Document::new(name, &value.value)) {
            let (key, value) = row(id, &entry, name.as_bytes());
            batch.put_cf(rich, key, value);
        }
        if batch.len() >= PORTION {
            database.write_index(std::mem::take(&mut batch))?;
        }
    }
    let defined = Defined {
        id,
        index,
        is_current: true,
    };
    publish(database, namespace, defined, batch)
}

fn publish(
    database: &Database,
    namespace: &str,
    defined: Defined,
    mut batch: WriteBatch,
) -> Result<()> {
    let mut all = Definitions::clone(&database.definitions());
    let label = defined.index.label();
    let replaced = all
        .of(namespace)
        .iter()
        .find(|other| other.index.label() == label);
    if let Some(replaced) = replaced {
        let rich = database.column(Column::Rich)?;
        let lower = bound(replaced.id, &[]);
        batch.delete_range_cf(rich, lower, bound(replaced.id.saturating_add(1), &[]));
    }
    definitions::write(database, &mut batch, namespace, &defined)?;
    database.write_index(batch)?;
    all.put(namespace, defined);
    database.set_definitions(all);
    Ok(())
}

/// When the ledger is opened: what an interrupted build left goes, and rows in an order that this program does not write
/// are written anew.
pub(crate) fn recover(database: &Database) -> Result<()> {
    let known = database.definitions();
    definitions::sweep(database, &known)?;
    for (namespace, defined) in known.all().filter(|(_, defined)| !defined.is_current) {
        build(database, namespace, Arc::clone(&defined.index))?;
    }
    Ok(())
}

/// Makes all indexes anew: values were changed without them.
pub(crate) fn rebuild(database: &Database) -> Result<()> {
    database.set_definitions(Definitions::load(database)?);
    let known = database.definitions();
    for (namespace, defined) in known.all() {
        build(database, namespace, Arc::clone(&defined.index))?;
    }
    definitions::sweep(database, &database.definitions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::state_key;
    use crate::{Options, Version};

    const FILE: &[u8] = br#"{"index":{"fields":["a"]},"ddoc":"d","name":"n"}"#;

    fn options() -> Options {
        Options {
            sync: false,
            ..Options::default()
        }
    }

    fn with_values(dir: &std::path::Path) -> Database {
        let database = Database::create(dir, &options(), |_| Ok(true)).unwrap();
        let mut batch = WriteBatch::default();
        for key in 0..5 {
            let stored = VersionedValue::encode(Version::new(1, 0), &[], br#"{"a":1}"#);
            let key = state_key("cc", format!("k{key}").as_bytes());
            batch.put_cf(database.column(Column::State).unwrap(), key, stored);
        }
        database.write(1, batch).unwrap();
        database
    }

    fn files() -> Vec<IndexFile> {
        vec![IndexFile {
            name: "f".into(),
            definition: Bytes::from_static(FILE),
        }]
    }

    /// Keys of the column family below a definition's, that is rows.
    fn rows(database: &Database) -> Vec<Vec<u8>> {
        let column = database.column(Column::Rich).unwrap();
        let all = database.raw().iterator_cf(column, IteratorMode::Start);
        let keys = all.map(|row| row.unwrap().0.to_vec());
        keys.filter(|key| !key.starts_with(&[0, 0, 0, 0])).collect()
    }

    #[test]
    fn rows_of_an_interrupted_build_are_swept_away() {
        let dir = tempfile::tempdir().unwrap();
        let database = with_values(dir.path());
        let lost = definitions::take_id(&database).unwrap();
        let mut batch = WriteBatch::default();
        let (key, value) = row(lost, b"half", b"k1");
        batch.put_cf(database.column(Column::Rich).unwrap(), key, value);
        database.write_index(batch).unwrap();
        drop(database);

        let database = Database::open(dir.path(), &options()).unwrap();
        recover(&database).unwrap();
        assert_eq!(rows(&database), Vec::<Vec<u8>>::new());
        deploy(&database, "cc", &files()).unwrap();
        let built = rows(&database);
        assert_eq!(built.len(), 5);
        assert!(
            built
                .iter()
                .all(|key| !key.starts_with(&lost.to_be_bytes()))
        );
    }

    #[test]
    fn rows_in_another_order_are_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        let database = with_values(dir.path());
        deploy(&database, "cc", &files()).unwrap();
        let before = rows(&database);
        let column = database.column(Column::Rich).unwrap();
        let key = b"\0\0\0\0dcc\0_design/d/n";
        let stored = database.raw().get_cf(column, key).unwrap().unwrap();
        let text = String::from_utf8(stored).unwrap();
        let other = text.replace(selvedge_query::COLLATION, "an older order");
        assert_ne!(text, other);
        database.raw().put_cf(column, key, other).unwrap();
        drop(database);

        let database = Database::open(dir.path(), &options()).unwrap();
        recover(&database).unwrap();
        let after = rows(&database);
        assert_eq!(after.len(), before.len());
        assert_ne!(after, before);
        recover(&database).unwrap();
        assert_eq!(rows(&database), after, "once is enough");
    }
}
