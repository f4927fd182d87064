use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// What went wrong with the orderer's own copy of a chain.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("opening the block file {path}")]
    Open { path: PathBuf, source: io::Error },
    #[error("reading block [{number}] from {path}")]
    Read {
        number: u64,
        path: PathBuf,
        source: io::Error,
    },
    #[error("writing block [{number}] to {path}: it was not ordered")]
    Write {
        number: u64,
        path: PathBuf,
        source: io::Error,
    },
    /// A record in front of the last one does not have the checksum it was written with.
    #[error("block [{number}] in {path} is damaged")]
    Damaged { number: u64, path: PathBuf },
}

type Result<T> = std::result::Result<T, StoreError>;

/// Serialized blocks one behind the other in one file, each under its length and checksum.
///
/// Opening reads the file once and cuts off a last record that a crash left unfinished. Offsets are kept in memory,
/// 16 bytes a block: this is the development orderer, whose chains are short.
#[derive(Debug)]
pub(super) struct BlockStore {
    path: PathBuf,
    sync: bool,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    /// Position of each block's bytes.
    blocks: Vec<(u64, u32)>,
    end: u64,
}

/// Length as 4 bytes, little-endian, then the first 8 bytes of SHA-256.
const PREFIX: u64 = 12;

impl BlockStore {
    /// `sync`: wait for the disk after each block.
    pub(super) fn open(path: &Path, sync: bool) -> Result<Self> {
        let failed = |source| StoreError::Open {
            path: path.to_owned(),
            source,
        };
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(failed)?;
        }
        let options = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
        };
        let file = options().map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let (blocks, end) = scan(&file, length, path)?;
        if end < length {
            tracing::warn!(path = %path.display(), "cutting off an unfinished block record");
            file.set_len(end).map_err(failed)?;
        }
        Ok(Self {
            path: path.to_owned(),
            sync,
            inner: Mutex::new(Inner { file, blocks, end }),
        })
    }

    pub(super) fn height(&self) -> u64 {
        self.inner.lock().blocks.len() as u64
    }

    /// `None`: beyond the end of the chain.
    pub(super) fn block(&self, number: u64) -> Result<Option<Bytes>> {
        let inner = self.inner.lock();
        let Some(&(offset, length)) = usize::try_from(number)
            .ok()
            .and_then(|index| inner.blocks.get(index))
        else {
            return Ok(None);
        };
        let mut bytes = vec![0; length as usize];
        inner
            .file
            .read_exact_at(&mut bytes, offset)
            .map_err(|source| StoreError::Read {
                number,
                path: self.path.clone(),
                source,
            })?;
        Ok(Some(bytes.into()))
    }

    pub(super) fn append(&self, block: &[u8]) -> Result<()> {
        let mut inner = self.inner.lock();
        let number = inner.blocks.len() as u64;
        let failed = |source| StoreError::Write {
            number,
            path: self.path.clone(),
            source,
        };
        let length =
            u32::try_from(block.len()).map_err(|_| failed(io::ErrorKind::FileTooLarge.into()))?;
        let mut record = Vec::with_capacity(block.len() + PREFIX as usize);
        record.extend(length.to_le_bytes());
        record.extend(checksum(block));
        record.extend(block);
        inner
            .file
            .write_all_at(&record, inner.end)
            .map_err(failed)?;
        if self.sync {
            inner.file.sync_data().map_err(failed)?;
        } else {
            inner.file.flush().map_err(failed)?;
        }
        let offset = inner.end + PREFIX;
        inner.blocks.push((offset, length));
        inner.end = offset + u64::from(length);
        Ok(())
    }
}

/// The whole records of a file and where they end.
fn scan(file: &File, length: u64, path: &Path) -> Result<(Vec<(u64, u32)>, u64)> {
    let mut blocks = Vec::new();
    let mut end = 0u64;
    while end + PREFIX <= length {
        let number = blocks.len() as u64;
        let failed = |source| StoreError::Read {
            number,
            path: path.to_owned(),
            source,
        };
        let mut size = [0; 4];
        let mut sum = [0; 8];
        file.read_exact_at(&mut size, end).map_err(failed)?;
        file.read_exact_at(&mut sum, end + 4).map_err(failed)?;
        let size = u32::from_le_bytes(size);
        let next = end + PREFIX + u64::from(size);
        if next > length {
            break;
        }
        let mut block = vec![0; size as usize];
        file.read_exact_at(&mut block, end + PREFIX)
            .map_err(failed)?;
        if checksum(&block) != sum {
            if next == length {
                break;
            }
            return Err(StoreError::Damaged {
                number,
                path: path.to_owned(),
            });
        }
        blocks.push((end + PREFIX, size));
        end = next;
    }
    Ok((blocks, end))
}

fn checksum(block: &[u8]) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(block).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(dir: &tempfile::TempDir) -> BlockStore {
        BlockStore::open(&dir.path().join("chain/blocks"), false).unwrap()
    }

    #[test]
    fn reopens_where_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let first = store(&dir);
        first.append(b"zero").unwrap();
        first.append(b"").unwrap();
        drop(first);
        let second = store(&dir);
        assert_eq!(second.height(), 2);
        second.append(b"two").unwrap();
        assert_eq!(
            second.block(0).unwrap().as_deref(),
            Some(b"zero".as_slice())
        );
        assert_eq!(second.block(2).unwrap().as_deref(), Some(b"two".as_slice()));
        assert_eq!(second.block(3).unwrap(), None);
    }

    #[test]
    fn an_unfinished_record_is_cut_off_at_any_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain/blocks");
        store(&dir).append(b"whole").unwrap();
        let whole = fs::read(&path).unwrap();
        store(&dir).append(b"broken").unwrap();
        let both = fs::read(&path).unwrap();
        for length in whole.len()..both.len() {
            fs::write(&path, both.get(..length).unwrap()).unwrap();
            let opened = store(&dir);
            assert_eq!(opened.height(), 1);
            opened.append(b"again").unwrap();
            assert_eq!(
                store(&dir).block(1).unwrap().as_deref(),
                Some(b"again".as_slice())
            );
        }
    }

    #[test]
    fn damage_in_the_middle_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chain/blocks");
        store(&dir).append(b"first").unwrap();
        store(&dir).append(b"second").unwrap();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.get_mut(PREFIX as usize).unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(
            BlockStore::open(&path, false),
            Err(StoreError::Damaged { number: 0, .. })
        ));
    }
}
