//! Private data that comes after its block: the ledger ends where one is that had it in time.

use crate::synthetic;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{
    BlockAndCodes, BlockToLive, Eligibility, Ledger, MissingPrivateData, OldPrivateData, Options,
    Snapshot, StateKind, TxPrivateData, Version,
};
use selvedge_protos::{kvrwset, rwset};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a transaction does to a private key.
#[derive(Clone, Copy)]
enum Act {
    Put(&'static str, &'static str),
    Delete(&'static str),
    Purge(&'static str),
    /// Changes the key's metadata alone.
    Note(&'static str),
}

const NAMESPACE: &str = "cc";

fn digest(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(&Sha256::digest(bytes))
}

fn private(acts: &[Act]) -> Bytes {
    let mut set = kvrwset::KvrwSet::default();
    for act in acts {
        let write = |key: &str, value: &str| kvrwset::KvWrite {
            key: key.to_owned(),
            is_delete: value.is_empty(),
            value: Bytes::copy_from_slice(value.as_bytes()),
        };
        match act {
            Act::Put(key, value) => set.writes.push(write(key, value)),
            Act::Delete(key) | Act::Purge(key) => set.writes.push(write(key, "")),
            Act::Note(key) => set.metadata_writes.push(kvrwset::KvMetadataWrite {
                key: (*key).to_owned(),
                entries: Vec::new(),
            }),
        }
    }
    set.encode_to_vec().into()
}

fn hashed(acts: &[Act]) -> kvrwset::HashedRwSet {
    let mut set = kvrwset::HashedRwSet::default();
    for act in acts {
        let write = |key: &str, value: Bytes, is_purge| kvrwset::KvWriteHash {
            key_hash: digest(key),
            is_delete: value.is_empty(),
            value_hash: value,
            is_purge,
        };
        match act {
            Act::Put(key, value) => set.hashed_writes.push(write(key, digest(value), false)),
            Act::Delete(key) => set.hashed_writes.push(write(key, Bytes::new(), false)),
            Act::Purge(key) => set.hashed_writes.push(write(key, Bytes::new(), true)),
            Act::Note(key) => set.metadata_writes.push(kvrwset::KvMetadataWriteHash {
                key_hash: digest(key),
                entries: vec![kvrwset::KvMetadataEntry {
                    name: "note".to_owned(),
                    value: Bytes::from_static(b"1"),
                }],
            }),
        }
    }
    set
}

fn transaction(number: u64, collection: &str, acts: &[Act]) -> Bytes {
    let collection = rwset::CollectionHashedReadWriteSet {
        collection_name: collection.to_owned(),
        hashed_rwset: hashed(acts).encode_to_vec().into(),
        pvt_rwset_hash: digest(private(acts)),
    };
    let set = rwset::TxReadWriteSet {
        data_model: 0,
        ns_rwset: vec![rwset::NsReadWriteSet {
            namespace: NAMESPACE.to_owned(),
            rwset: Bytes::new(),
            collection_hashed_rwset: vec![collection],
        }],
    };
    synthetic::transaction(&format!("tx{number}"), set.encode_to_vec().into())
}

/// One block with one transaction, with its private data or without.
fn commit(ledger: &Ledger, collection: &str, acts: &[Act], with_data: bool, code: u8) -> Version {
    let number = ledger.height();
    let envelope = transaction(number, collection, acts);
    let set = rwset::TxPvtReadWriteSet {
        data_model: 0,
        ns_pvt_rwset: vec![rwset::NsPvtReadWriteSet {
            namespace: NAMESPACE.to_owned(),
            collection_pvt_rwset: vec![rwset::CollectionPvtReadWriteSet {
                collection_name: collection.to_owned(),
                rwset: private(acts),
            }],
        }],
    };
    let data = TxPrivateData {
        tx: 0,
        write_set: set.encode_to_vec().into(),
    };
    let input = BlockAndCodes {
        block: synthetic::next_block(ledger, vec![envelope]),
        codes: vec![code],
        private: if with_data { vec![data] } else { Vec::new() },
    };
    ledger.commit(input).unwrap();
    Version::new(number, 0)
}

fn late(version: Version, collection: &str, acts: &[Act]) -> OldPrivateData {
    OldPrivateData {
        version,
        namespace: NAMESPACE.to_owned(),
        collection: collection.to_owned(),
        write_set: private(acts),
    }
}

fn row(version: Version, collection: &str) -> MissingPrivateData {
    MissingPrivateData {
        version,
        namespace: NAMESPACE.to_owned(),
        collection: collection.to_owned(),
    }
}

/// `short` lives for two blocks, all else for ever.
struct Lives;

impl BlockToLive for Lives {
    fn block_to_live(&self, _: &Snapshot, _: &str, collection: &str) -> Result<u64, String> {
        Ok(if collection == "short" { 2 } else { 0 })
    }
}

fn options() -> Options {
    Options {
        block_to_live: Arc::new(Lives),
        ..synthetic::options()
    }
}

fn create(dir: &Path) -> Ledger {
    Ledger::create(dir, synthetic::genesis(), options()).unwrap()
}

fn same(one: &Ledger, other: &Ledger) {
    for kind in [StateKind::Public, StateKind::Hashed, StateKind::Private] {
        let dump = |ledger: &Ledger| ledger.snapshot().dump(kind).unwrap();
        assert_eq!(dump(one), dump(other), "{kind:?}");
    }
    for block in 1..one.height() {
        for collection in ["long", "short"] {
            let set = |ledger: &Ledger| {
                ledger
                    .private_write_set(Version::new(block, 0), NAMESPACE, collection)
                    .unwrap()
            };
            assert_eq!(set(one), set(other), "block {block}, {collection}");
        }
    }
}

/// Everything that can happen to a key before its older values come.
const STORY: &[(&str, &[Act])] = &[
    ("long", &[Act::Put("a", "1"), Act::Put("b", "1")]),
    ("long", &[Act::Put("a", "2"), Act::Put("c", "1")]),
    ("long", &[Act::Delete("b")]),
    ("short", &[Act::Put("s", "1"), Act::Put("t", "1")]),
    ("long", &[Act::Note("c")]),
    ("short", &[Act::Put("s", "2")]),
    ("long", &[Act::Put("d", "1"), Act::Put("e", "1")]),
    ("long", &[Act::Purge("d")]),
    ("long", &[Act::Put("f", "1")]),
];

#[test]
fn it_does_not_matter_when_or_in_which_order_it_comes() {
    let (dir, late_dir) = (synthetic::dir(), synthetic::dir());
    let in_time = create(dir.path());
    for (collection, acts) in STORY {
        commit(&in_time, collection, acts, true, 0);
    }
    for backwards in [false, true] {
        for one_by_one in [false, true] {
            let name = format!("{backwards}{one_by_one}");
            let ledger = create(&late_dir.path().join(name));
            let mut data = Vec::new();
            for (collection, acts) in STORY {
                let version = commit(&ledger, collection, acts, false, 0);
                data.push(late(version, collection, acts));
            }
            if backwards {
                data.reverse();
            }
            if one_by_one {
                for item in &data {
                    let refused = ledger.commit_old_private_data(std::slice::from_ref(item));
                    assert!(refused.unwrap().is_empty());
                }
            } else {
                assert!(ledger.commit_old_private_data(&data).unwrap().is_empty());
            }
            same(&in_time, &ledger);
            assert!(ledger.missing_private_data(10).unwrap().is_empty());
        }
    }
}

#[test]
fn it_expires_with_its_block_and_not_with_its_coming() {
    let (dir, late_dir) = (synthetic::dir(), synthetic::dir());
    let (in_time, ledger) = (create(dir.path()), create(late_dir.path()));
    let acts: &[Act] = &[Act::Put("s", "1")];
    commit(&in_time, "short", acts, true, 0);
    let version = commit(&ledger, "short", acts, false, 0);
    for ledger in [&in_time, &ledger] {
        commit(ledger, "long", &[Act::Put("x", "1")], true, 0);
    }
    ledger
        .commit_old_private_data(&[late(version, "short", acts)])
        .unwrap();
    same(&in_time, &ledger);
    for _ in 0..3 {
        for ledger in [&in_time, &ledger] {
            commit(ledger, "long", &[Act::Put("x", "2")], true, 0);
        }
        same(&in_time, &ledger);
    }
    assert!(
        ledger
            .snapshot()
            .private(NAMESPACE, "short", "s")
            .unwrap()
            .is_none()
    );
    // What expired before it came is not missed any more.
    let dir = synthetic::dir();
    let ledger = create(dir.path());
    let version = commit(&ledger, "short", acts, false, 0);
    for _ in 0..3 {
        commit(&ledger, "long", &[Act::Put("x", "1")], true, 0);
    }
    assert!(ledger.missing_private_data(10).unwrap().is_empty());
    ledger
        .commit_old_private_data(&[late(version, "short", acts)])
        .unwrap();
    assert_eq!(
        ledger
            .private_write_set(version, NAMESPACE, "short")
            .unwrap(),
        None
    );
}

#[test]
fn what_is_not_genuine_is_refused_and_stays_missing() {
    let dir = synthetic::dir();
    let ledger = create(dir.path());
    let acts: &[Act] = &[Act::Put("a", "1")];
    let version = commit(&ledger, "long", acts, false, 0);
    let missing = row(version, "long");
    for lie in [
        late(version, "long", &[Act::Put("a", "x")]),
        late(version, "long", &[]),
    ] {
        let refused = ledger.commit_old_private_data(&[lie]).unwrap();
        assert_eq!(refused, std::slice::from_ref(&missing));
    }
    assert!(
        ledger
            .snapshot()
            .private(NAMESPACE, "long", "a")
            .unwrap()
            .is_none()
    );
    assert_eq!(
        ledger
            .private_write_set(version, NAMESPACE, "long")
            .unwrap(),
        None
    );
    // Nobody asked for these.
    let elsewhere = [
        late(Version::new(9, 0), "long", acts),
        late(version, "other", acts),
        late(Version::new(0, 0), "long", acts),
    ];
    assert!(
        ledger
            .commit_old_private_data(&elsewhere)
            .unwrap()
            .is_empty()
    );
    ledger.put_off(std::slice::from_ref(&missing)).unwrap();
    assert!(ledger.missing_private_data(10).unwrap().is_empty());
    assert_eq!(ledger.put_off_of_recent_blocks(10).unwrap(), [missing]);
    let truth = late(version, "long", acts);
    assert!(ledger.commit_old_private_data(&[truth]).unwrap().is_empty());
    assert!(ledger.put_off_of_recent_blocks(10).unwrap().is_empty());
    let found = ledger
        .snapshot()
        .private(NAMESPACE, "long", "a")
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.value.as_ref(), found.version),
        (b"1".as_slice(), version)
    );
}

#[test]
fn data_of_invalid_transactions_is_kept_and_is_no_state() {
    let dir = synthetic::dir();
    let ledger = create(dir.path());
    let acts: &[Act] = &[Act::Put("a", "1")];
    let version = commit(&ledger, "long", acts, false, 10);
    assert_eq!(
        ledger.missing_private_data(10).unwrap(),
        [row(version, "long")]
    );
    let data = late(version, "long", acts);
    assert!(ledger.commit_old_private_data(&[data]).unwrap().is_empty());
    assert_eq!(
        ledger
            .private_write_set(version, NAMESPACE, "long")
            .unwrap(),
        Some(private(acts))
    );
    assert!(
        ledger
            .snapshot()
            .private(NAMESPACE, "long", "a")
            .unwrap()
            .is_none()
    );
}

/// A member or not, as told.
struct Told(AtomicBool);

impl Eligibility for Told {
    fn is_eligible(&self, _: &Snapshot, _: &str, _: &str) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn who_becomes_a_member_wants_what_it_missed() {
    let dir = synthetic::dir();
    let member = Arc::new(Told(AtomicBool::new(false)));
    let options = Options {
        eligibility: member.clone(),
        ..options()
    };
    let ledger = Ledger::create(dir.path(), synthetic::genesis(), options.clone()).unwrap();
    let acts: &[Act] = &[Act::Put("a", "1")];
    let versions: Vec<Version> = (0..3)
        .map(|_| commit(&ledger, "long", acts, false, 0))
        .collect();
    commit(&ledger, "short", acts, false, 0);
    assert!(ledger.missing_private_data(10).unwrap().is_empty());
    let known = ledger.ineligible_collections().unwrap();
    let names: Vec<&str> = known.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["long", "short"]);
    member.0.store(true, Ordering::SeqCst);
    assert_eq!(ledger.become_eligible(NAMESPACE, "long", 2).unwrap(), 2);
    assert_eq!(ledger.become_eligible(NAMESPACE, "long", 2).unwrap(), 1);
    assert_eq!(ledger.become_eligible(NAMESPACE, "long", 2).unwrap(), 0);
    drop(ledger);
    let ledger = Ledger::open(dir.path(), options).unwrap();
    let missing = ledger.missing_of_recent_blocks(2).unwrap();
    assert_eq!(
        missing,
        [row(versions[2], "long"), row(versions[1], "long")]
    );
    assert_eq!(ledger.ineligible_private_data(10).unwrap().len(), 1);
}
