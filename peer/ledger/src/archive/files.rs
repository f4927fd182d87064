use crate::LedgerError;
use crate::error::Result;
use bytes::Bytes;
use prost::encoding::{decode_varint, encode_varint};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// First byte of every binary file.
const FORMAT: u8 = 1;
/// Longest item that is believed; nothing a block can hold is longer.
const MAX_ITEM: u64 = 1 << 30;

pub(super) fn failed(path: &Path, source: std::io::Error) -> LedgerError {
    LedgerError::SnapshotFile {
        path: path.into(),
        source,
    }
}

/// Writes one binary file and hashes what it writes. A file that exists is never written to.
pub(super) struct Writer {
    path: PathBuf,
    out: BufWriter<File>,
    hash: Sha256,
}

impl Writer {
    pub(super) fn create(dir: &Path, name: &str) -> Result<Self> {
        let path = dir.join(name);
        let file = create(&path)?;
        let mut writer = Self {
            path,
            out: BufWriter::with_capacity(1 << 16, file),
            hash: Sha256::new(),
        };
        writer.raw(&[FORMAT])?;
        Ok(writer)
    }

    pub(super) fn number(&mut self, number: u64) -> Result<()> {
        let mut bytes = Vec::with_capacity(10);
        encode_varint(number, &mut bytes);
        self.raw(&bytes)
    }

    /// With its length in front.
    pub(super) fn item(&mut self, item: &[u8]) -> Result<()> {
        self.number(item.len() as u64)?;
        self.raw(item)
    }

    /// On the disk when this returns. Answers the hash of the file in hex.
    pub(super) fn finish(self) -> Result<String> {
        let path = self.path;
        let file = self.out.into_inner();
        let file = file.map_err(|error| failed(&path, error.into_error()))?;
        file.sync_all().map_err(|source| failed(&path, source))?;
        Ok(hex::encode(self.hash.finalize()))
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        let written = self.out.write_all(bytes);
        written.map_err(|source| failed(&self.path, source))
    }
}

/// A new file that may only be read later.
fn create(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o444)
        .open(path)
        .map_err(|source| failed(path, source))
}

pub(super) fn write_text(path: &Path, text: &[u8]) -> Result<()> {
    let mut file = create(path)?;
    file.write_all(text)
        .and_then(|()| file.sync_all())
        .map_err(|source| failed(path, source))
}

pub(super) fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| failed(dir, source))
}

/// SHA-256 of a whole file in hex.
pub(super) fn hash_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(|source| failed(path, source))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|source| failed(path, source))?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Reads what [`Writer`] wrote.
pub(super) struct Reader {
    path: PathBuf,
    input: BufReader<File>,
}

impl Reader {
    /// `None`: there is no such file, because there was nothing to put into it.
    pub(super) fn open(dir: &Path, name: &str) -> Result<Option<Self>> {
        let path = dir.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(&path, source)),
        };
        let mut reader = Self {
            path,
            input: BufReader::with_capacity(1 << 16, file),
        };
        let format = reader.byte()?;
        if format == FORMAT {
            return Ok(Some(reader));
        }
        Err(reader.malformed(format!("its format is [{format}], not [{FORMAT}]")))
    }

    pub(super) fn number(&mut self) -> Result<u64> {
        let mut bytes = Vec::with_capacity(10);
        while bytes.len() < 10 && bytes.last().is_none_or(|byte| byte & 0x80 != 0) {
            bytes.push(self.byte()?);
        }
        decode_varint(&mut bytes.as_slice())
            .map_err(|error| self.malformed(format!("a number cannot be read: {error}")))
    }

    pub(super) fn item(&mut self) -> Result<Bytes> {
        let length = self.number()?;
        if length > MAX_ITEM {
            return Err(self.malformed(format!("an item has [{length}] bytes")));
        }
        let mut item = Vec::new();
        let read = (&mut self.input).take(length).read_to_end(&mut item);
        let read = read.map_err(|source| failed(&self.path, source))?;
        if read as u64 == length {
            Ok(item.into())
        } else {
            Err(self.malformed("it ends within an item".to_owned()))
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        String::from_utf8(self.item()?.into())
            .map_err(|_| self.malformed("a name is not UTF-8".to_owned()))
    }

    pub(super) fn malformed(&self, what: String) -> LedgerError {
        LedgerError::SnapshotMalformed {
            path: self.path.clone(),
            what,
        }
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        match self.input.read_exact(&mut byte) {
            Ok(()) => Ok(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(self.malformed("it ends too early".to_owned()))
            }
            Err(source) => Err(failed(&self.path, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path(), "a").unwrap();
        writer.number(300).unwrap();
        writer.item(b"item").unwrap();
        writer.item(b"").unwrap();
        let hash = writer.finish().unwrap();
        assert_eq!(hash, hash_file(&dir.path().join("a")).unwrap());
        let mut reader = Reader::open(dir.path(), "a").unwrap().unwrap();
        assert_eq!(reader.number().unwrap(), 300);
        assert_eq!(reader.text().unwrap(), "item");
        assert!(reader.item().unwrap().is_empty());
        let error = reader.number().unwrap_err().to_string();
        assert!(error.ends_with("it ends too early"), "{error}");
        assert!(Writer::create(dir.path(), "a").is_err(), "it exists");
        assert!(Reader::open(dir.path(), "b").unwrap().is_none());
    }

    #[test]
    fn broken_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for (bytes, error) in [
            (&[2_u8][..], "its format is [2], not [1]"),
            (&[1, 5, b'x'], "it ends within an item"),
            (&[1, 0xff, 0xff, 0xff, 0xff, 0x7f], "bytes"),
            (&[], "it ends too early"),
        ] {
            std::fs::write(dir.path().join("a"), bytes).unwrap();
            let found = match Reader::open(dir.path(), "a") {
                Ok(reader) => reader.unwrap().item().map(drop),
                Err(error) => Err(error),
            };
            let found = found.unwrap_err().to_string();
            assert!(found.contains(error), "{found}");
        }
    }
}
