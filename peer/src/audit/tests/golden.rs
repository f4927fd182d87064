use super::super::{Count, Folder};
use super::{Told, found, golden, options};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn recorded_counts(dir: &std::path::Path) -> BTreeMap<String, u64> {
    let expected: Value =
        serde_json::from_slice(&fs::read(dir.join("expected.json")).unwrap()).unwrap();
    let mut counts = BTreeMap::new();
    for block in expected["blocks"].as_array().unwrap() {
        for tx in block["txs"].as_array().unwrap() {
            let name = tx["code_name"].as_str().unwrap().to_owned();
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
}

#[test]
fn both_recorded_channels_are_as_they_should_be() {
    for (dir, blocks) in [(golden(), 54), (golden().join("aux"), 0)] {
        let folder = Folder::open(&dir.join("blocks")).unwrap();
        let told = Told::of(&folder, None);
        assert!(told.error.is_none(), "{:?}", told.error);
        assert!(told.differences().is_empty(), "{:?}", told.differences());
        let summary = told.summary();
        assert!(blocks == 0 || summary.blocks == blocks);
        for (name, count) in recorded_counts(&dir) {
            let both = Count {
                computed: count,
                recorded: count,
            };
            assert_eq!(summary.verdicts.get(&name), Some(&both), "{name}");
        }
        assert_eq!(summary.without_verdicts, 0);
    }
}

#[test]
fn the_state_written_is_the_recorded_one_byte_for_byte() {
    let folder = Folder::open(&golden().join("blocks")).unwrap();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("state");
    let genesis = found(&golden().join("genesis.block"));
    let audit =
        |genesis| super::super::audit(&folder, genesis, &options(), Some(&dir), &mut |_| Ok(()));
    let summary = audit(Some(genesis)).unwrap();
    for name in ["public_state.jsonl", "private_state_hashes.jsonl"] {
        let ours = fs::read_to_string(dir.join(name)).unwrap();
        let recorded = fs::read_to_string(golden().join("state").join(name)).unwrap();
        for (one, other) in ours.lines().zip(recorded.lines()) {
            assert_eq!(one, other, "{name}");
        }
        assert_eq!(ours, recorded, "{name}");
    }
    let lines = |name: &str| fs::read_to_string(dir.join(name)).unwrap().lines().count() as u64;
    assert_eq!(summary.public_rows, lines("public_state.jsonl"));
    assert_eq!(summary.hashed_rows, lines("private_state_hashes.jsonl"));
    // What is there is not written over.
    assert!(
        audit(None)
            .unwrap_err()
            .to_string()
            .contains("public_state.jsonl")
    );
}

/// Blocks of an orderer carry neither verdicts nor commit hashes.
#[test]
fn blocks_without_verdicts_get_them() {
    let copy = super::Copy::up_to(20);
    for number in 0..=20 {
        copy.change(number, |block| {
            super::metadata(block, 2).clear();
            super::metadata(block, 4).clear();
        });
    }
    let told = copy.audit();
    assert!(told.error.is_none() && told.differences().is_empty());
    let summary = told.summary();
    assert_eq!((summary.blocks, summary.without_verdicts), (21, 21));
    let whole = super::Copy::up_to(20).audit();
    assert_eq!(summary.commit_hash, whole.summary().commit_hash);
}
