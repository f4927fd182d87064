//! The ledger against what real Fabric v3.1.5 peers recorded.

use crate::recording::{Recording, as_ordered, block, codes, json, json_lines, options};
use crate::synthetic;
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_ledger::{
    Ledger, Options, ParsedBlock, StateKind, Version, VersionedValue, data_hash, header_hash,
};
use selvedge_protos::rwset;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

#[test]
fn header_and_data_hashes_of_every_block() {
    for expected in &Recording::load().blocks {
        let number = expected["number"].as_u64().unwrap();
        let parsed = ParsedBlock::parse(&block(number)).unwrap();
        assert_eq!(parsed.header.number, number);
        assert_eq!(
            hex::encode(header_hash(&parsed.header)),
            expected["header_hash"],
            "block {number}"
        );
        assert_eq!(
            hex::encode(data_hash(&parsed.envelopes)),
            expected["data_hash"],
            "block {number}"
        );
        assert_eq!(
            hex::encode(&parsed.header.previous_hash),
            expected["previous_hash"],
            "block {number}"
        );
    }
}

#[test]
fn codes_commit_hashes_and_stored_blocks() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    for expected in recording.blocks.iter().skip(1) {
        let number = expected["number"].as_u64().unwrap();
        let committed = ledger.commit(recording.input(number, "Org1")).unwrap();
        assert_eq!(
            hex::encode(&committed.codes),
            expected["flags"],
            "codes of block {number}"
        );
        assert_eq!(
            hex::encode(&committed.commit_hash),
            expected["commit_hash"],
            "commit hash of block {number}"
        );
        assert_eq!(
            ledger.block_by_number(number).unwrap().unwrap(),
            block(number),
            "block {number} as stored"
        );
        let invalidated = committed
            .codes
            .iter()
            .zip(codes(expected))
            .filter(|(now, before)| *now != before)
            .count();
        assert_eq!(committed.conflicts.len(), invalidated);
        for (tx, id) in expected["txs"]
            .as_array()
            .unwrap()
            .iter()
            .zip(&committed.tx_ids)
        {
            // Without an ID in its header a transaction is indexed under the computed one.
            let recorded = tx["txid"].as_str().unwrap_or_default();
            assert!(recorded.is_empty() || recorded == id, "{recorded} {id}");
        }
    }
    assert_eq!(ledger.block_by_number(0).unwrap().unwrap(), block(0));
    let conflicts: u64 = recording
        .blocks
        .iter()
        .flat_map(|block| block["txs"].as_array().unwrap())
        .filter(is_conflict)
        .count() as u64;
    assert_eq!(conflicts, 19);
}

fn is_conflict(tx: &&Value) -> bool {
    matches!(tx["code"].as_u64(), Some(11 | 12))
}

fn dump(ledger: &Ledger, kind: StateKind) -> Vec<String> {
    let line = |(namespace, key, found): (String, Bytes, VersionedValue)| {
        let VersionedValue {
            value,
            version,
            metadata,
        } = found;
        format!(
            "{namespace} {} = {} @{version} {}",
            hex::encode(key),
            hex::encode(value),
            hex::encode(metadata)
        )
    };
    ledger
        .snapshot()
        .dump(kind)
        .unwrap()
        .into_iter()
        .map(line)
        .collect()
}

fn recorded(path: &str) -> Vec<String> {
    let line = |row: &Value| {
        format!(
            "{} {} = {} @{{BlockNum: {}, TxNum: {}}} {}",
            row["namespace"].as_str().unwrap(),
            row["key_hex"].as_str().unwrap(),
            row["value_hex"].as_str().unwrap(),
            row["version_block"],
            row["version_tx"],
            row["metadata_hex"].as_str().unwrap_or_default()
        )
    };
    json_lines(path).iter().map(line).collect()
}

fn assert_state(ledger: &Ledger, org: &str) {
    let pairs = [
        (StateKind::Public, "state/public_state.jsonl".to_owned()),
        (
            StateKind::Hashed,
            "state/private_state_hashes.jsonl".to_owned(),
        ),
        (StateKind::Private, format!("state/private_{org}.jsonl")),
    ];
    for (kind, path) in pairs {
        assert_kind(ledger, kind, &path);
    }
}

/// One state space is as recorded in a file.
pub(crate) fn assert_kind(ledger: &Ledger, kind: StateKind, path: &str) {
    let (ours, theirs) = (dump(ledger, kind), recorded(path));
    for (one, other) in ours.iter().zip(&theirs) {
        assert_eq!(one, other, "{path}");
    }
    assert_eq!(ours.len(), theirs.len(), "{path}");
}

#[test]
fn state_of_every_organisation() {
    let recording = Recording::load();
    for org in ["Org1", "Org2", "Org3"] {
        let dir = synthetic::dir();
        let ledger = recording.create(dir.path()).unwrap();
        recording.feed(&ledger, org, recording.last()).unwrap();
        assert_state(&ledger, org);
    }
}

#[test]
fn state_after_reopening_on_the_way() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    drop(recording.create(dir.path()).unwrap());
    for last in [3, 17, 18, 30, 31, 44, recording.last()] {
        let ledger = Ledger::open(dir.path(), options()).unwrap();
        recording.feed(&ledger, "Org2", last).unwrap();
    }
    let ledger = Ledger::open(dir.path(), options()).unwrap();
    assert_eq!(ledger.channel_id(), "golden");
    assert_eq!(
        hex::encode(ledger.commit_hash()),
        recording.blocks.last().unwrap()["commit_hash"]
    );
    assert_state(&ledger, "Org2");
}

#[test]
fn purge_without_the_purging_write_set() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    recording.feed(&ledger, "Org2", 23).unwrap();
    assert!(
        ledger
            .snapshot()
            .private("kv", "collB", "p2")
            .unwrap()
            .is_some()
    );
    let mut input = recording.input(24, "Org2");
    input.private.retain(|data| data.tx != 0);
    ledger.commit(input).unwrap();
    assert!(
        ledger
            .snapshot()
            .private("kv", "collB", "p2")
            .unwrap()
            .is_none()
    );
    let missing = ledger.missing_private_data(1).unwrap();
    assert_eq!(
        (missing[0].version, missing[0].collection.as_str()),
        (Version::new(24, 0), "collB")
    );
    recording.feed(&ledger, "Org2", recording.last()).unwrap();
    assert_state(&ledger, "Org2");
}

/// Fabric: `ledger.pvtdataStore.purgedKeyAuditLogging`.
#[test]
fn purged_keys_are_told_with_the_transactions_that_wrote_them() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let options = Options {
        purged: Arc::new(move |purged| {
            let place = format!("{}/{}/{}", purged.namespace, purged.collection, purged.key);
            hears
                .lock()
                .push((place, purged.version, purged.ledger.to_owned()));
        }),
        ..options()
    };
    let ledger = Ledger::create(dir.path(), as_ordered(&block(0)), options).unwrap();
    recording.feed(&ledger, "Org2", 23).unwrap();
    assert!(told.lock().is_empty());
    let written = ledger.snapshot().private("kv", "collB", "p2").unwrap();
    let written = written.unwrap().version;
    recording.feed(&ledger, "Org2", 24).unwrap();
    let expected = ("kv/collB/p2".to_owned(), written, dir.path().to_owned());
    assert!(told.lock().contains(&expected), "{told:?}");
}

#[test]
fn transaction_ids_are_those_of_the_snapshot() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    recording.feed(&ledger, "Org1", recording.last()).unwrap();
    let recorded = json("state/txids.json");
    for id in recorded.as_array().unwrap() {
        let id = id.as_str().unwrap();
        let status = ledger.tx_status(id).unwrap().unwrap();
        assert_eq!(
            ledger
                .tx_id_at(Version::new(status.block, status.tx))
                .unwrap()
                .as_deref(),
            Some(id)
        );
        let transaction = ledger.transaction_by_id(id).unwrap().unwrap();
        let code = &recording.blocks[status.block as usize]["txs"][status.tx as usize]["code"];
        assert_eq!(u64::from(transaction.status.code), code.as_u64().unwrap());
        assert_eq!(
            ledger.block_by_tx_id(id).unwrap(),
            ledger.block_by_number(status.block).unwrap()
        );
    }
}

#[test]
fn first_of_several_transactions_with_one_id() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    recording.feed(&ledger, "Org1", recording.last()).unwrap();
    let mut seen = BTreeSet::new();
    let mut repeated = 0;
    for expected in &recording.blocks {
        for tx in expected["txs"].as_array().unwrap() {
            let id = tx["txid"].as_str().unwrap_or_default();
            if id.is_empty() {
                continue;
            }
            if !seen.insert(id.to_owned()) {
                repeated += 1;
                continue;
            }
            let status = ledger.tx_status(id).unwrap().unwrap();
            let place = (
                expected["number"].as_u64().unwrap(),
                tx["index"].as_u64().unwrap(),
            );
            assert_eq!((status.block, status.tx), place, "{id}");
        }
    }
    assert!(repeated >= 4);
}

#[test]
fn served_private_write_sets() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    let mut compared = 0;
    for number in 1..=recording.last() {
        ledger.commit(recording.input(number, "Org2")).unwrap();
        for record in recording.served(number, "Org2") {
            let version = Version::new(number, record.tx);
            let set = rwset::TxPvtReadWriteSet::decode(record.write_set).unwrap();
            for namespace in set.ns_pvt_rwset {
                for collection in namespace.collection_pvt_rwset {
                    let name = &collection.collection_name;
                    let kept = ledger
                        .private_write_set(version, &namespace.namespace, name)
                        .unwrap();
                    assert_eq!(kept.unwrap(), collection.rwset, "{version} {name}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 10, "{compared}");
}
