use super::files::{failed, hash_file, write_text};
use crate::LedgerError;
use crate::error::Result;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) const SIGNABLE: &str = "_snapshot_signable_metadata.json";
pub(super) const ADDITIONAL: &str = "_snapshot_additional_metadata.json";

/// What organisations compare and sign. Order and names are part of the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Signable {
    pub(super) channel_name: String,
    pub(super) last_block_number: u64,
    /// Hex, as the next.
    pub(super) last_block_hash: String,
    pub(super) previous_block_hash: String,
    pub(super) snapshot_files_raw_hashes: BTreeMap<String, String>,
    pub(super) state_db_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Additional {
    pub(super) snapshot_hash: String,
    pub(super) last_block_commit_hash: String,
}

/// Writes both files.
pub(super) fn write(dir: &Path, signable: &Signable, commit_hash: &[u8]) -> Result<()> {
    let path = dir.join(SIGNABLE);
    let text = json(signable, &path)?;
    write_text(&path, &text)?;
    let additional = Additional {
        snapshot_hash: hex::encode(Sha256::digest(&text)),
        last_block_commit_hash: hex::encode(commit_hash),
    };
    let path = dir.join(ADDITIONAL);
    write_text(&path, &json(&additional, &path)?)
}

/// As Go's encoder indents.
fn json(value: &impl Serialize, path: &Path) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    value
        .serialize(&mut serializer)
        .map_err(|error| malformed(path, error.to_string()))?;
    Ok(out)
}

/// Reads both files and checks every hash they name.
pub(super) fn verify(dir: &Path) -> Result<(Signable, Additional)> {
    let signable: Signable = read(&dir.join(SIGNABLE))?;
    let additional: Additional = read(&dir.join(ADDITIONAL))?;
    check(dir, SIGNABLE, &additional.snapshot_hash)?;
    for (name, hash) in &signable.snapshot_files_raw_hashes {
        let path = dir.join(name);
        if path.file_name().is_none_or(|last| last != name.as_str()) {
            return Err(malformed(
                &dir.join(SIGNABLE),
                format!("[{name}] is not the name of a file"),
            ));
        }
        check(dir, name, hash)?;
    }
    Ok((signable, additional))
}

pub(super) fn channel(dir: &Path) -> Result<String> {
    Ok(read::<Signable>(&dir.join(SIGNABLE))?.channel_name)
}

pub(super) fn hash(dir: &Path) -> Result<String> {
    Ok(read::<Additional>(&dir.join(ADDITIONAL))?.snapshot_hash)
}

fn check(dir: &Path, name: &str, expected: &str) -> Result<()> {
    let actual = hash_file(&dir.join(name))?;
    if actual == expected {
        return Ok(());
    }
    Err(LedgerError::SnapshotHash {
        file: name.to_owned(),
        expected: expected.to_owned(),
        actual,
    })
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let text = std::fs::read(path).map_err(|source| failed(path, source))?;
    serde_json::from_slice(&text).map_err(|error| malformed(path, error.to_string()))
}

pub(super) fn malformed(path: &Path, what: String) -> LedgerError {
    LedgerError::SnapshotMalformed {
        path: path.into(),
        what,
    }
}
