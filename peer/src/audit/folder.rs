use super::{AuditError, Found, Source};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::common::Block;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of blocks, one in each file, whatever the files are called. Hidden files and folders are passed over.
///
/// Only the places of the blocks are kept in memory.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    files: BTreeMap<u64, PathBuf>,
}

impl Folder {
    /// # Errors
    /// When a file is no block, two files are one block with different bytes, or there is none.
    pub fn open(dir: &Path) -> Result<Self, AuditError> {
        let mut files: BTreeMap<u64, PathBuf> = BTreeMap::new();
        for path in list(dir)? {
            let (_, block) = read(&path)?;
            let number = block.header.unwrap_or_default().number;
            if let Some(one) = files.get(&number) {
                same(number, one, &path)?;
                continue;
            }
            files.insert(number, path);
        }
        if files.is_empty() {
            return Err(AuditError::NoBlocks(dir.to_owned()));
        }
        Ok(Self {
            dir: dir.to_owned(),
            files,
        })
    }

    fn last(&self) -> u64 {
        self.files.keys().next_back().copied().unwrap_or_default()
    }
}

impl Source for Folder {
    fn height(&self) -> u64 {
        self.last().saturating_add(1)
    }

    fn place(&self) -> String {
        self.dir.display().to_string()
    }

    fn block(&self, number: u64) -> Result<Option<Found>, AuditError> {
        let Some(path) = self.files.get(&number) else {
            if number == 0 {
                return Ok(None);
            }
            return Err(AuditError::Missing {
                block: number,
                place: self.place(),
                last: self.last(),
            });
        };
        let (bytes, _) = read(path)?;
        let origin = path.display().to_string();
        Ok(Some(Found { bytes, origin }))
    }
}

/// The files of a folder, sorted.
fn list(dir: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let failed = |source| AuditError::Read {
        path: dir.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file that holds a block, and nothing else.
pub(super) fn read(path: &Path) -> Result<(Bytes, Block), AuditError> {
    let bytes = fs::read(path).map_err(|source| AuditError::Read {
        path: path.to_owned(),
        source,
    })?;
    let bytes = Bytes::from(bytes);
    let no_block = |cause: String| AuditError::NotABlock {
        path: path.to_owned(),
        cause,
    };
    let block = Block::decode(bytes.clone()).map_err(|error| no_block(error.to_string()))?;
    match (&block.header, &block.data) {
        (None, _) => Err(no_block("it has no header".to_owned())),
        (Some(header), None) => Err(no_block(format!("block [{}] has no data", header.number))),
        _ => Ok((bytes, block)),
    }
}

/// A block that was fetched twice.
fn same(block: u64, one: &Path, other: &Path) -> Result<(), AuditError> {
    if read(one)?.0 == read(other)?.0 {
        return Ok(());
    }
    Err(AuditError::Twice {
        block,
        one: one.to_owned(),
        other: other.to_owned(),
    })
}
