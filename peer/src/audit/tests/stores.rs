//! Ledgers of peers.

use super::super::{AuditError, AuditOptions, Folder, Store};
use super::{Kind, Told, found, golden};
use crate::lifecycle::{DefinedBlockToLive, DefinedConfigs};
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{BlockAndCodes, Ledger, Options, StateDatabase};
use selvedge_protos::common::Block;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn options() -> Options {
    Options {
        block_to_live: Arc::new(DefinedBlockToLive),
        collection_configs: Arc::new(DefinedConfigs),
        sync: false,
        ..Options::default()
    }
}

/// One of the recorded blocks.
fn block(number: u64) -> Bytes {
    let path = golden().join(format!("blocks/{number:04}.block"));
    Bytes::from(fs::read(path).unwrap())
}

/// A ledger of the recorded blocks up to `last`, each committed with the codes that `codes` makes of the recorded ones.
fn ledger(dir: &Path, last: u64, codes: impl Fn(u64, &mut Vec<u8>)) -> Ledger {
    let ledger = Ledger::create(dir, block(0), options()).unwrap();
    feed(&ledger, 1..=last, codes);
    ledger
}

fn feed(ledger: &Ledger, numbers: RangeInclusive<u64>, codes: impl Fn(u64, &mut Vec<u8>)) {
    for number in numbers {
        let bytes = block(number);
        let block = Block::decode(bytes.clone()).unwrap();
        let mut given = block.metadata.unwrap().metadata[2].to_vec();
        codes(number, &mut given);
        let input = BlockAndCodes {
            block: bytes,
            codes: given,
            private: Vec::new(),
        };
        ledger.commit(input).unwrap();
    }
}

#[test]
fn a_ledger_in_use_is_read_and_not_touched() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("golden");
    let ledger = ledger(&dir, 30, |_, _| {});
    let store = Store::open(&dir, StateDatabase::LevelDb).unwrap();
    assert_eq!(store.channel_id(), "golden");
    let told = Told::of(&store, Some(found(&golden().join("genesis.block"))));
    assert!(told.error.is_none(), "{:?}", told.error);
    assert!(told.differences().is_empty(), "{:?}", told.differences());
    let summary = told.summary();
    assert_eq!(summary.blocks, 31);
    assert!(summary.state_compared && summary.public_rows > 10 && summary.hashed_rows > 10);
    assert!(summary.private_sets > 0);
    drop(ledger);
    Ledger::open(&dir, options()).unwrap();
}

#[test]
fn a_peer_that_decided_otherwise() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("golden");
    // The first write of the chaincode was left out, and with it a row of the state.
    let mut spoilt = None;
    for number in 1..30 {
        let path = golden().join(format!("blocks/{number:04}.block"));
        let block = Block::decode(fs::read(path).unwrap().as_slice()).unwrap();
        let codes = block.metadata.unwrap().metadata[2].to_vec();
        if number > 5 && codes.first() == Some(&0) {
            spoilt = Some(number);
            break;
        }
    }
    let spoilt = spoilt.unwrap();
    drop(ledger(&dir, spoilt, |number, codes| {
        if number == spoilt {
            codes[0] = 10;
        }
    }));
    let store = Store::open(&dir, StateDatabase::LevelDb).unwrap();
    let told = Told::of(&store, None);
    let kinds = told.kinds();
    assert_eq!(kinds[0], (spoilt, Kind::Verdict));
    assert!(kinds.contains(&(spoilt, Kind::CommitHash)));
    assert_eq!(kinds.last(), Some(&(spoilt, Kind::State)), "{told:?}");
    let summary = told.summary();
    assert!(summary.state_compared);
}

/// A ledger that began with the snapshot behind block 20 of another one and holds the blocks up to 30; and the snapshot.
fn joined(home: &Path, codes: impl Fn(u64, &mut Vec<u8>)) -> (PathBuf, PathBuf) {
    let snapshots = home.join("snapshots");
    let mut options = options();
    options.snapshots = Some(snapshots.clone());
    let first = Ledger::create(&home.join("first"), block(0), options).unwrap();
    first.submit_snapshot_request(20).unwrap();
    feed(&first, 1..=20, |_, _| {});
    first.wait_for_snapshot();
    let snapshot = snapshots.join("completed/golden/20");
    let dir = home.join("joined");
    let second = Ledger::create_from_snapshot(&dir, &snapshot, self::options()).unwrap();
    feed(&second, 21..=30, codes);
    (dir, snapshot)
}

fn behind(snapshot: &Path) -> AuditOptions {
    AuditOptions {
        snapshot: Some(snapshot.to_owned()),
        ..super::options()
    }
}

#[test]
fn a_ledger_that_began_with_a_snapshot_is_judged_from_there_on() {
    let home = tempfile::tempdir().unwrap();
    let (dir, snapshot) = joined(home.path(), |_, _| {});
    let store = Store::open(&dir, StateDatabase::LevelDb).unwrap();
    let told = Told::with(&store, None, &behind(&snapshot));
    assert!(told.error.is_none(), "{:?}", told.error);
    assert!(told.differences().is_empty(), "{:?}", told.differences());
    let summary = told.summary();
    assert_eq!(summary.blocks, 10);
    assert!(summary.state_compared && summary.public_rows > 10 && summary.hashed_rows > 10);
    let begun = summary.snapshot.as_ref().unwrap();
    assert_eq!(begun.last_block, 20);
    assert_eq!(begun.hash, Ledger::hash_of_snapshot(&snapshot).unwrap());
    // A whole ledger, and a folder that has the blocks behind the snapshot only, come to the same.
    let whole = home.path().join("whole");
    drop(ledger(&whole, 30, |_, _| {}));
    let whole = Store::open(&whole, StateDatabase::LevelDb).unwrap();
    let of_whole = Told::with(&whole, None, &behind(&snapshot));
    assert_eq!(of_whole.summary(), summary);
    let copy = super::Copy::up_to(30);
    (0..=20).for_each(|number| fs::remove_file(copy.path(number)).unwrap());
    let folder = Folder::open(copy.dir.path()).unwrap();
    let of_folder = Told::with(&folder, None, &behind(&snapshot));
    assert!(of_folder.differences().is_empty() && of_folder.error.is_none());
    assert_eq!(of_folder.summary().header_hash, summary.header_hash);
    assert_eq!(of_folder.summary().commit_hash, summary.commit_hash);
}

#[test]
fn what_was_changed_behind_a_snapshot_is_found() {
    let home = tempfile::tempdir().unwrap();
    let (dir, snapshot) = joined(home.path(), |number, codes| {
        if number == 25 {
            codes[0] = if codes[0] == 0 { 10 } else { 0 };
        }
    });
    let store = Store::open(&dir, StateDatabase::LevelDb).unwrap();
    let told = Told::with(&store, None, &behind(&snapshot));
    assert_eq!(told.kinds()[0], (25, Kind::Verdict), "{told:?}");
}

#[test]
fn snapshots_that_do_not_fit() {
    let home = tempfile::tempdir().unwrap();
    let (dir, snapshot) = joined(home.path(), |_, _| {});
    let store = Store::open(&dir, StateDatabase::LevelDb).unwrap();
    let refused = |told: Told| told.error.unwrap();
    let none = refused(Told::of(&store, None));
    assert!(matches!(none, AuditError::SnapshotNeeded { first: 21, .. }));
    assert!(none.to_string().contains("--snapshot"), "{none}");
    let later = golden().join("snapshot");
    let later = refused(Told::with(&store, None, &behind(&later)));
    let blocks = "was made behind block [53], and the ledger in";
    assert!(later.to_string().contains(blocks), "{later}");
    assert!(later.to_string().contains("blocks [21] to [30]"), "{later}");
    fs::write(snapshot.join("txids.data"), b"spoilt").unwrap();
    let spoilt = refused(Told::with(&store, None, &behind(&snapshot)));
    let chain = crate::node::error_chain(&spoilt);
    assert!(chain.contains("txids.data"), "{chain}");
}

#[test]
fn no_ledger_and_one_that_has_no_block_yet() {
    let home = tempfile::tempdir().unwrap();
    let absent = Store::open(&home.path().join("absent"), StateDatabase::LevelDb);
    assert!(matches!(absent, Err(AuditError::Store { .. })));
    let (dir, snapshot) = (home.path().join("joined"), golden().join("snapshot"));
    drop(Ledger::create_from_snapshot(&dir, &snapshot, options()).unwrap());
    let store = Store::open(&dir, StateDatabase::LevelDb).unwrap();
    let told = Told::with(&store, None, &behind(&snapshot));
    assert!(told.error.is_none() && told.differences().is_empty());
    assert!(told.summary().state_compared && told.summary().blocks == 0);
}
