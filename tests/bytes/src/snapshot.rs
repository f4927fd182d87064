//! Snapshots of ledgers, as they come from another organisation: their hashes are right, for whoever wrote the files wrote
//! those, too.

use crate::{Target, golden, pieces};
use selvedge_ledger::{Ledger, StateDatabase};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::path::Path;

pub(crate) const TARGET: Target = Target {
    name: "snapshot",
    run,
    seeds,
};

const FILES: [&str; 8] = [
    "txids.data",
    "txids.metadata",
    "confighistory.data",
    "confighistory.metadata",
    "public_state.data",
    "public_state.metadata",
    "private_state_hashes.data",
    "private_state_hashes.metadata",
];
const SIGNABLE: &str = "_snapshot_signable_metadata.json";
const ADDITIONAL: &str = "_snapshot_additional_metadata.json";

/// The binary files, in order, and then the text that says what they are; without it one that fits them.
fn run(data: &[u8]) {
    let pieces = pieces::cut(data);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<(&str, &[u8])> = FILES.into_iter().zip(pieces.iter().copied()).collect();
    for (name, content) in &files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let signable = match pieces.get(FILES.len()) {
        Some(text) => text.to_vec(),
        None => signable(&files),
    };
    write_metadata(folder.path(), &signable);
    let _ = Ledger::channel_of_snapshot(folder.path());
    let ledger = tempfile::tempdir().unwrap();
    let options = golden::options(StateDatabase::LevelDb);
    if let Ok(ledger) = Ledger::create_from_snapshot(ledger.path(), folder.path(), options) {
        assert!(ledger.height() > 0);
        let _ = ledger.chain_info().unwrap();
    }
}

fn write_metadata(folder: &Path, signable: &[u8]) {
    let additional = json!({
        "snapshot_hash": hex::encode(Sha256::digest(signable)),
        "last_block_commit_hash": "00",
    });
    std::fs::write(folder.join(SIGNABLE), signable).unwrap();
    std::fs::write(folder.join(ADDITIONAL), additional.to_string()).unwrap();
}

fn signable(files: &[(&str, &[u8])]) -> Vec<u8> {
    let hash = |(name, content): &(&str, &[u8])| {
        let hash = hex::encode(Sha256::digest(content));
        ((*name).to_owned(), hash.into())
    };
    let hashes: serde_json::Map<_, _> = files.iter().map(hash).collect();
    let zeros = "00".repeat(32);
    json!({
        "channel_name": "golden",
        "last_block_number": 53,
        "last_block_hash": zeros,
        "previous_block_hash": zeros,
        "snapshot_files_raw_hashes": hashes,
        "state_db_type": "SimpleKeyValueDB",
    })
    .to_string()
    .into_bytes()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut files = FILES.map(|name| golden::file(&format!("snapshot/{name}")));
    let fits = pieces::join(&files);
    let told = [&files[..], &[golden::file(&format!("snapshot/{SIGNABLE}"))]].concat();
    // A smaller state for a fuzzer to play with: the metadata still counts all rows.
    files[4].truncate(600);
    vec![fits, pieces::join(&told), pieces::join(&files)]
}
