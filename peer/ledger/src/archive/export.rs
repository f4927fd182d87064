use super::files::{Writer, failed, sync_dir};
use super::hashed::in_order_of_text;
use super::manifest::{self, Signable};
use super::{CONFIG_HISTORY, HASHES, PUBLIC, TX_IDS};
use crate::VersionedValue;
use crate::config_history;
use crate::error::Result;
use crate::store::{Column, View, split_row, tx_id_of_key, tx_ids_bounds};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::privacyenabledstate::SnapshotRecord;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What Fabric calls its kinds of state database.
const SIMPLE: &str = "SimpleKeyValueDB";
const COUCHDB: &str = "CouchDB";

/// File name to hash.
type Hashes = BTreeMap<String, String>;

/// Where the snapshot of a block is, or will be.
pub(super) fn place(root: &Path, channel_id: &str, block: u64) -> PathBuf {
    root.join("completed")
        .join(channel_id)
        .join(block.to_string())
}

/// Writes the snapshot of `view` below `root`. It appears in its place whole and on the disk, or not at all.
pub(crate) fn export(
    view: &View,
    root: &Path,
    channel_id: &str,
    previous_hash: &[u8],
) -> Result<PathBuf> {
    let last = &view.savepoint;
    let temporary = root
        .join("temp")
        .join(format!("{channel_id}-{}", last.block));
    if temporary.exists() {
        // Left by a process that ended within an export.
        fs::remove_dir_all(&temporary).map_err(|source| failed(&temporary, source))?;
    }
    create(&temporary)?;
    let mut files = Hashes::new();
    tx_ids(view, &temporary, &mut files)?;
    config_history(view, &temporary, &mut files)?;
    state(view, Column::State, PUBLIC, &temporary, &mut files)?;
    state(view, Column::Hashed, HASHES, &temporary, &mut files)?;
    let signable = Signable {
        channel_name: channel_id.to_owned(),
        last_block_number: last.block,
        last_block_hash: hex::encode(last.block_hash),
        previous_block_hash: hex::encode(previous_hash),
        snapshot_files_raw_hashes: files,
        state_db_type: if view.rules().couchdb() {
            COUCHDB
        } else {
            SIMPLE
        }
        .to_owned(),
    };
    manifest::write(&temporary, &signable, &last.commit_hash)?;
    sync_dir(&temporary)?;
    let place = place(root, channel_id, last.block);
    let parent = root.join("completed").join(channel_id);
    create(&parent)?;
    fs::rename(&temporary, &place).map_err(|source| failed(&place, source))?;
    sync_dir(&parent)?;
    Ok(place)
}

fn create(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|source| failed(dir, source))
}

/// A data file, and beside it a file that says what is in there. Neither exists where there is no data.
struct Pair<'a> {
    dir: &'a Path,
    names: [&'a str; 2],
    data: Option<Writer>,
}

impl<'a> Pair<'a> {
    fn new(dir: &'a Path, names: [&'a str; 2]) -> Self {
        Self {
            dir,
            names,
            data: None,
        }
    }

    fn item(&mut self, item: &[u8]) -> Result<()> {
        if self.data.is_none() {
            self.data = Some(Writer::create(self.dir, self.names[0])?);
        }
        self.data.as_mut().map_or(Ok(()), |data| data.item(item))
    }

    fn finish(
        self,
        files: &mut Hashes,
        metadata: impl FnOnce(&mut Writer) -> Result<()>,
    ) -> Result<()> {
        let Some(data) = self.data else { return Ok(()) };
        files.insert(self.names[0].to_owned(), data.finish()?);
        let mut writer = Writer::create(self.dir, self.names[1])?;
        metadata(&mut writer)?;
        files.insert(self.names[1].to_owned(), writer.finish()?);
        Ok(())
    }
}

/// The IDs of all transactions, invalid ones too. One without an ID is in the index and not in the file.
fn tx_ids(view: &View, dir: &Path, files: &mut Hashes) -> Result<()> {
    let (lower, upper) = tx_ids_bounds();
    let mut rows = view.rows(Column::Index, &lower, upper);
    let mut pair = Pair::new(dir, TX_IDS);
    let mut count = 0;
    while let Some(written) = rows.next_with(|key, _| match tx_id_of_key(key) {
        None | Some([]) => Ok(0),
        Some(id) => pair.item(id).map(|()| 1),
    })? {
        count += written?;
    }
    pair.finish(files, |metadata| metadata.number(count))
}

fn config_history(view: &View, dir: &Path, files: &mut Hashes) -> Result<()> {
    let mut pair = Pair::new(dir, CONFIG_HISTORY);
    let mut count = 0;
    for (key, package) in config_history::all(view)? {
        pair.item(&key)?;
        pair.item(&package)?;
        count += 1;
    }
    pair.finish(files, |metadata| metadata.number(count))
}

/// Calls `with` for every row of a column, in the order and with the values of the database that the channel's peers have.
fn each_row(
    view: &View,
    column: Column,
    with: &mut impl FnMut(String, Bytes, VersionedValue) -> Result<()>,
) -> Result<()> {
    let rules = view.rules();
    if column == Column::Hashed && rules.couchdb() {
        return in_order_of_text(view, with);
    }
    let mut rows = view.all(column);
    while let Some(row) = rows.next_with(split_row)? {
        let (namespace, key, mut found) = row?;
        found.value = rules.shown(found.value);
        with(namespace, key, found)?;
    }
    Ok(())
}

fn state(
    view: &View,
    column: Column,
    names: [&str; 2],
    dir: &Path,
    files: &mut Hashes,
) -> Result<()> {
    let mut pair = Pair::new(dir, names);
    let mut counts: Vec<(String, u64)> = Vec::new();
    each_row(view, column, &mut |namespace, key, found| {
        let record = SnapshotRecord {
            key,
            value: found.value,
            metadata: found.metadata,
            version: Bytes::from(found.version.ordered_bytes()),
        };
        pair.item(&record.encode_to_vec())?;
        match counts.last_mut() {
            Some((last, count)) if *last == namespace => *count += 1,
            _ => counts.push((namespace, 1)),
        }
        Ok(())
    })?;
    pair.finish(files, |metadata| {
        metadata.number(counts.len() as u64)?;
        for (namespace, count) in &counts {
            metadata.item(namespace.as_bytes())?;
            metadata.number(*count)?;
        }
        Ok(())
    })
}
