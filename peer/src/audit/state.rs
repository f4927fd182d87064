//! The state behind the last block: written down, and compared with the one a peer keeps.

use super::AuditError;
use super::report::{Difference, Kind};
use bytes::Bytes;
use selvedge_ledger::{Snapshot, StateKind, VersionedValue};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// One row of a state, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    namespace: &'a str,
    key_hex: String,
    /// Of keys that are printable ASCII.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_text: Option<&'a str>,
    value_hex: String,
    version_block: u64,
    version_tx: u64,
    metadata_hex: String,
}

/// Writes `public_state.jsonl` and `private_state_hashes.jsonl` to `dir`, each row a line, in the order of a snapshot.
///
/// # Errors
/// Also when one of the files is there already.
pub(super) fn write(state: &Snapshot, dir: &Path) -> Result<(), AuditError> {
    std::fs::create_dir_all(dir).map_err(|source| AuditError::Write {
        path: dir.to_owned(),
        source,
    })?;
    write_kind(state, StateKind::Public, &dir.join("public_state.jsonl"))?;
    let hashes = dir.join("private_state_hashes.jsonl");
    write_kind(state, StateKind::Hashed, &hashes)
}

fn write_kind(state: &Snapshot, kind: StateKind, path: &Path) -> Result<(), AuditError> {
    let failed = |source| AuditError::Write {
        path: path.to_owned(),
        source,
    };
    let mut out = BufWriter::new(File::create_new(path).map_err(failed)?);
    state.each(kind, |namespace, key, found| {
        let row = Row {
            namespace: &namespace,
            key_hex: hex::encode(&key),
            key_text: std::str::from_utf8(&key)
                .ok()
                .filter(|text| text.bytes().all(|byte| (0x20..0x7f).contains(&byte)))
                .filter(|_| kind == StateKind::Public),
            value_hex: hex::encode(&found.value),
            version_block: found.version.block,
            version_tx: found.version.tx,
            metadata_hex: hex::encode(&found.metadata),
        };
        let line = serde_json::to_writer(&mut out, &row).map_err(Into::into);
        line.and_then(|()| out.write_all(b"\n")).map_err(failed)
    })?;
    out.flush().map_err(failed)
}

/// How many rows there are, and what is different about the first that is not the same in both.
pub(super) struct Compared {
    pub(super) rows: u64,
    pub(super) difference: Option<String>,
}

/// Compares `ours`, which was computed, with `kept`, which a peer has.
pub(super) fn compare(
    ours: &Snapshot,
    kept: &Snapshot,
    kind: StateKind,
) -> Result<Compared, AuditError> {
    let mut out = Compared {
        rows: 0,
        difference: None,
    };
    ours.each(kind, |namespace, key, found| {
        out.rows += 1;
        if out.difference.is_none() {
            let other = kept.row(kind, &namespace, &key)?;
            out.difference = differ(&namespace, &key, Some(&found), other.as_ref());
        }
        Ok::<_, AuditError>(())
    })?;
    kept.each(kind, |namespace, key, found| {
        if out.difference.is_none() && ours.row(kind, &namespace, &key)?.is_none() {
            out.difference = differ(&namespace, &key, None, Some(&found));
        }
        Ok::<_, AuditError>(())
    })?;
    Ok(out)
}

pub(super) fn rows(state: &Snapshot, kind: StateKind) -> Result<u64, AuditError> {
    let mut count = 0;
    state.each(kind, |_, _, _| {
        count += 1;
        Ok::<_, AuditError>(())
    })?;
    Ok(count)
}

fn differ(
    namespace: &str,
    key: &Bytes,
    ours: Option<&VersionedValue>,
    kept: Option<&VersionedValue>,
) -> Option<String> {
    if ours == kept {
        return None;
    }
    let key = match std::str::from_utf8(key) {
        Ok(text) => text.escape_debug().to_string(),
        Err(_) => hex::encode(key),
    };
    let text = |row: Option<&VersionedValue>| match row {
        None => "absent".to_owned(),
        Some(row) => format!(
            "{} at version {} with metadata {}",
            hex::encode(&row.value),
            row.version,
            hex::encode(&row.metadata)
        ),
    };
    Some(format!(
        "key [{key}] of [{namespace}] should be {}, and is {}",
        text(ours),
        text(kept)
    ))
}

pub(super) fn difference(block: u64, origin: &str, message: String) -> Difference {
    Difference {
        block,
        origin: origin.to_owned(),
        transaction: None,
        tx_id: String::new(),
        what: Kind::State,
        message,
        explanation: None,
    }
}
