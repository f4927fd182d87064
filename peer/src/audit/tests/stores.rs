//! Ledgers of peers.

use super::super::{AuditError, Store};
use super::{Kind, Told, found, golden};
use crate::lifecycle::{DefinedBlockToLive, DefinedConfigs};
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{BlockAndCodes, Ledger, Options, StateDatabase};
use selvedge_protos::common::Block;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn options() -> Options {
    Options {
        block_to_live: Arc::new(DefinedBlockToLive),
        collection_configs: Arc::new(DefinedConfigs),
        sync: false,
        ..Options::default()
    }
}

/// A ledger of the recorded blocks up to `last`, each committed with the codes that `codes` makes of the recorded ones.
fn ledger(dir: &Path, last: u64, codes: impl Fn(u64, &mut Vec<u8>)) -> Ledger {
    let read = |number: u64| {
        let path = golden().join(format!("blocks/{number:04}.block"));
        Bytes::from(fs::read(path).unwrap())
    };
    let ledger = Ledger::create(dir, read(0), options()).unwrap();
    for number in 1..=last {
        let bytes = read(number);
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
    ledger
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

#[test]
fn no_ledger_and_one_that_begins_with_a_snapshot() {
    let home = tempfile::tempdir().unwrap();
    let absent = Store::open(&home.path().join("absent"), StateDatabase::LevelDb);
    assert!(matches!(absent, Err(AuditError::Store { .. })));
    let dir = home.path().join("joined");
    drop(Ledger::create_from_snapshot(&dir, &golden().join("snapshot"), options()).unwrap());
    let joined = Store::open(&dir, StateDatabase::LevelDb);
    assert!(matches!(
        joined,
        Err(AuditError::Snapshot { first: 54, .. })
    ));
}
