//! Snapshots: written, read again, asked for, and refused when they are broken.

use crate::recording::{Recording, golden, options};
use crate::synthetic;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, Bytes};
use prost::Message as _;
use prost::encoding::decode_varint;
use selvedge_ledger::{Ledger, LedgerError, Options, StateDatabase, StateKind, Version};
use selvedge_protos::privacyenabledstate::SnapshotRecord;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

fn recorded() -> PathBuf {
    golden().join("snapshot")
}

/// Blocks whose snapshots were written, and where.
type Written = mpsc::Receiver<(u64, Result<PathBuf, String>)>;

fn with_snapshots(root: &Path) -> (Options, Written) {
    let (sender, receiver) = mpsc::channel();
    let options = Options {
        snapshots: Some(root.into()),
        snapshot_done: Arc::new(move |block, outcome| {
            let outcome = outcome.map_err(|error| format!("{error:?}"));
            let _ = sender.send((block, outcome));
        }),
        ..options()
    };
    (options, receiver)
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_ledger_from_the_recorded_snapshot_has_the_recorded_state_and_writes_the_same_snapshot() {
    let dir = synthetic::dir();
    let (options, done) = with_snapshots(&dir.path().join("snapshots"));
    let place = dir.path().join("ledger");
    let ledger = Ledger::create_from_snapshot(&place, &recorded(), options.clone()).unwrap();
    let check = |ledger: &Ledger| {
        assert_eq!((ledger.channel_id(), ledger.height()), ("golden", 54));
        assert_eq!(ledger.first_block(), 54);
        let info = ledger.chain_info().unwrap();
        assert_eq!(info.snapshot, Some(53));
        assert!(hex::encode(info.previous_block_hash).starts_with("8a0e368a"));
        crate::golden::assert_kind(ledger, StateKind::Public, "state/public_state.jsonl");
        crate::golden::assert_kind(
            ledger,
            StateKind::Hashed,
            "state/private_state_hashes.jsonl",
        );
    };
    check(&ledger);
    ledger.submit_snapshot_request(0).unwrap();
    let (block, outcome) = done.recv().unwrap();
    assert_eq!(block, 53);
    let written = outcome.unwrap();
    assert_eq!(written, dir.path().join("snapshots/completed/golden/53"));
    assert_eq!(files(&written), files(&recorded()));
    drop(ledger);
    check(&Ledger::open(&place, options).unwrap());
}

/// The records of a file, each with its length before it, after one byte that names the format.
fn records(file: &Path) -> Vec<SnapshotRecord> {
    let mut bytes = Bytes::from(fs::read(file).unwrap()).split_off(1);
    let mut found = Vec::new();
    while !bytes.is_empty() {
        found.push(SnapshotRecord::decode_length_delimited(&mut bytes).unwrap());
    }
    found
}

/// How many records each namespace has, in their order.
fn counts(file: &Path) -> Vec<usize> {
    let mut bytes = Bytes::from(fs::read(file).unwrap()).split_off(1);
    let namespaces = decode_varint(&mut bytes).unwrap();
    let mut found = Vec::new();
    for _ in 0..namespaces {
        let name = decode_varint(&mut bytes).unwrap();
        bytes.advance(usize::try_from(name).unwrap());
        found.push(usize::try_from(decode_varint(&mut bytes).unwrap()).unwrap());
    }
    found
}

/// Fabric's peers with CouchDB keep a hash as Base64; seen beside one (`tests/interop/fabric/rich`).
#[test]
fn with_couchdbs_rules_hashes_are_in_the_order_of_their_text() {
    let dir = synthetic::dir();
    let (options, done) = with_snapshots(&dir.path().join("snapshots"));
    let place = dir.path().join("ledger");
    drop(Ledger::create_from_snapshot(&place, &recorded(), options.clone()).unwrap());
    let options = Options {
        state_database: StateDatabase::CouchDb,
        ..options
    };
    let ledger = Ledger::open(&place, options).unwrap();
    ledger.submit_snapshot_request(0).unwrap();
    let written = done.recv().unwrap().1.unwrap();

    let metadata = "private_state_hashes.metadata";
    let (ours, theirs) = (
        counts(&written.join(metadata)),
        counts(&recorded().join(metadata)),
    );
    assert_eq!(ours, theirs);
    let data = "private_state_hashes.data";
    let mut expected = records(&recorded().join(data));
    let mut rest = expected.as_mut_slice();
    for count in theirs {
        let (namespace, others) = rest.split_at_mut(count);
        namespace.sort_by_cached_key(|record| STANDARD.encode(&record.key));
        rest = others;
    }
    assert_eq!(records(&written.join(data)), expected);
    assert_ne!(expected, records(&recorded().join(data)));
}

#[test]
fn what_is_only_in_the_snapshot_is_known_and_not_served() {
    let dir = synthetic::dir();
    let ledger = Ledger::create_from_snapshot(dir.path(), &recorded(), options()).unwrap();
    let tx_id = crate::recording::json("state/txids.json")[7]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(ledger.has_transaction(&tx_id).unwrap());
    assert!(!ledger.has_transaction("elsewhere").unwrap());
    assert_eq!(
        ledger.tx_status(&tx_id).unwrap_err().to_string(),
        format!(
            "details for the TXID [{tx_id}] not available. Ledger bootstrapped from a snapshot. First available block = [54]"
        )
    );
    assert_eq!(
        ledger.block_by_number(53).unwrap_err().to_string(),
        "cannot serve block [53]. The ledger is bootstrapped from a snapshot. First available block = [54]"
    );
    assert_eq!(ledger.block_by_number(54).unwrap(), None);
    // Every version of every private hash is missing, and what it must hash to is known.
    let missing = ledger.missing_private_data(1000).unwrap();
    assert!(missing.len() > 10, "{}", missing.len());
    for entry in &missing {
        let hashes = ledger
            .hashes_of_snapshot(entry.version, &entry.namespace, &entry.collection)
            .unwrap();
        assert!(!hashes.is_empty(), "{entry:?}");
        for (key_hash, value_hash) in hashes {
            let found = ledger
                .snapshot()
                .private_hash_by_key_hash(&entry.namespace, &entry.collection, &key_hash)
                .unwrap()
                .unwrap();
            assert_eq!((found.version, found.value), (entry.version, value_hash));
        }
    }
    let collections = ledger.collections_before("kv", 54).unwrap().unwrap();
    assert!(collections.block < 54 && !collections.package.is_empty());
    assert!(ledger.collections_before("kv", 1).unwrap().is_none());
    assert!(ledger.collections_before("cc2", 54).unwrap().is_none());
}

/// A recorded channel fed up to a block, then from a snapshot of it to its end: nothing differs.
#[test]
fn a_channel_goes_on_from_a_snapshot_in_its_middle() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    for middle in [3, 17, 24, 31, 44] {
        let here = dir.path().join(middle.to_string());
        let (options, done) = with_snapshots(&here.join("snapshots"));
        let first = Ledger::create(
            &here.join("first"),
            crate::recording::as_ordered(&crate::recording::block(0)),
            options.clone(),
        )
        .unwrap();
        first.submit_snapshot_request(middle).unwrap();
        recording.feed(&first, "Org2", recording.last()).unwrap();
        let (block, written) = done.recv().unwrap();
        assert_eq!(block, middle);
        let written = written.unwrap();
        let second =
            Ledger::create_from_snapshot(&here.join("second"), &written, options.clone()).unwrap();
        for number in middle + 1..=recording.last() {
            let committed = second.commit(recording.input(number, "Org2")).unwrap();
            let expected = &recording.blocks[number as usize];
            assert_eq!(hex::encode(&committed.codes), expected["flags"], "{number}");
            assert_eq!(
                hex::encode(&committed.commit_hash),
                expected["commit_hash"],
                "{number} behind {middle}"
            );
        }
        crate::golden::assert_kind(&second, StateKind::Public, "state/public_state.jsonl");
        crate::golden::assert_kind(
            &second,
            StateKind::Hashed,
            "state/private_state_hashes.jsonl",
        );
        // Both write the same last snapshot.
        let last = |ledger: &Ledger| {
            ledger.submit_snapshot_request(0).unwrap();
            let dir = done.recv().unwrap().1.unwrap();
            let files = files(&dir);
            fs::rename(&dir, here.join(files.len().to_string())).unwrap();
            fs::remove_dir_all(here.join(files.len().to_string())).unwrap();
            files
        };
        assert_eq!(last(&first), last(&second), "behind {middle}");
    }
}

#[test]
fn requests_are_kept_answered_and_refused_in_fabrics_words() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let (options, done) = with_snapshots(&dir.path().join("snapshots"));
    let place = dir.path().join("ledger");
    let ledger = Ledger::create(
        &place,
        crate::recording::as_ordered(&crate::recording::block(0)),
        options.clone(),
    )
    .unwrap();
    recording.feed(&ledger, "Org1", 4).unwrap();
    let refused = |outcome: Result<(), LedgerError>| outcome.unwrap_err().to_string();
    assert_eq!(
        refused(ledger.submit_snapshot_request(3)),
        "requested snapshot for block number 3 cannot be less than the last committed block number 4"
    );
    for block in [9, 6, 7] {
        ledger.submit_snapshot_request(block).unwrap();
    }
    assert_eq!(
        refused(ledger.submit_snapshot_request(6)),
        "duplicate snapshot request for block number 6"
    );
    assert_eq!(
        refused(ledger.cancel_snapshot_request(5)),
        "no snapshot request exists for block number 5"
    );
    ledger.cancel_snapshot_request(7).unwrap();
    assert_eq!(ledger.pending_snapshot_requests(), [6, 9]);
    drop(ledger);
    let ledger = Ledger::open(&place, options).unwrap();
    assert_eq!(ledger.pending_snapshot_requests(), [6, 9]);
    recording.feed(&ledger, "Org1", 8).unwrap();
    assert_eq!(done.recv().unwrap().0, 6);
    assert_eq!(ledger.pending_snapshot_requests(), [9]);
    ledger.submit_snapshot_request(0).unwrap();
    assert_eq!(done.recv().unwrap().0, 8);
    assert_eq!(
        refused(ledger.submit_snapshot_request(8)),
        "snapshot already generated for block number 8"
    );
    // A snapshot is never half there: the directory of those under way is empty.
    assert!(files(&dir.path().join("snapshots/temp")).is_empty());
    drop(ledger);
    let without = Ledger::open(&place, crate::recording::options()).unwrap();
    assert!(matches!(
        without.submit_snapshot_request(0),
        Err(LedgerError::NoSnapshots)
    ));
}

#[test]
fn an_interrupted_export_is_made_again() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let root = dir.path().join("snapshots");
    let (options, done) = with_snapshots(&root);
    let ledger = recording.create(&dir.path().join("ledger")).unwrap();
    recording.feed(&ledger, "Org1", 5).unwrap();
    drop(ledger);
    fs::create_dir_all(root.join("temp/golden-5")).unwrap();
    fs::write(root.join("temp/golden-5/txids.data"), b"half").unwrap();
    let ledger = Ledger::open(&dir.path().join("ledger"), options).unwrap();
    ledger.submit_snapshot_request(5).unwrap();
    let written = done.recv().unwrap().1.unwrap();
    assert_eq!(files(&written).len(), 8, "nothing private yet");
    assert!(
        Ledger::create_from_snapshot(&dir.path().join("other"), &written, self::options()).is_ok()
    );
}

fn copy(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (name, bytes) in files(&recorded()) {
        fs::write(to.join(name), bytes).unwrap();
    }
}

#[test]
fn any_changed_byte_is_found_before_anything_is_imported() {
    let dir = synthetic::dir();
    for (index, (name, bytes)) in files(&recorded()).into_iter().enumerate() {
        if name == "_snapshot_additional_metadata.json" {
            continue;
        }
        let broken = dir.path().join(format!("broken-{index}"));
        copy(&broken);
        let mut bytes = bytes;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(broken.join(&name), bytes).unwrap();
        let place = dir.path().join(format!("ledger-{index}"));
        let error = Ledger::create_from_snapshot(&place, &broken, options())
            .err()
            .unwrap()
            .to_string();
        let hash = format!("hash mismatch for file [{name}]. Expected hash = [");
        assert!(
            error.starts_with(&hash) || error.contains("is malformed"),
            "{name}: {error}"
        );
        assert!(
            Ledger::open(&place, options()).is_err(),
            "no ledger is left"
        );
        // And the place can be used.
        Ledger::create_from_snapshot(&place, &recorded(), options()).unwrap();
    }
}

#[test]
fn missing_files_and_taken_places() {
    let dir = synthetic::dir();
    let broken = dir.path().join("broken");
    copy(&broken);
    fs::remove_file(broken.join("txids.data")).unwrap();
    let place = dir.path().join("ledger");
    let error = Ledger::create_from_snapshot(&place, &broken, options())
        .err()
        .unwrap();
    assert!(error.to_string().contains("txids.data"), "{error}");
    drop(Ledger::create_from_snapshot(&place, &recorded(), options()).unwrap());
    let error = Ledger::create_from_snapshot(&place, &recorded(), options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Exists { .. }), "{error:?}");
}

/// What a ledger knows of the hashes of the collection that expires.
fn expiring(ledger: &Ledger) -> Vec<(Bytes, Version)> {
    let rows = ledger.snapshot().dump(StateKind::Hashed).unwrap();
    let rows = rows.into_iter().filter(|row| row.0 == "kv$$hcollA");
    rows.map(|row| (row.1, row.2.version)).collect()
}

#[test]
fn hashes_of_private_data_expire_as_if_the_blocks_were_here() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let (options, done) = with_snapshots(&dir.path().join("snapshots"));
    let genesis = crate::recording::as_ordered(&crate::recording::block(0));
    let first = Ledger::create(&dir.path().join("first"), genesis, options).unwrap();
    let mut others: Vec<Ledger> = Vec::new();
    let mut expired = 0;
    for number in 1..=recording.last() {
        let before = expiring(&first).len();
        let input = recording.input(number, "Org2");
        for ledger in others.iter().chain([&first]) {
            ledger.commit(input.clone()).unwrap();
        }
        let now = expiring(&first);
        expired += usize::from(now.len() < before);
        for other in &others {
            assert_eq!(expiring(other), now, "block {number}");
        }
        if others.len() < 6 && !now.is_empty() {
            first.submit_snapshot_request(0).unwrap();
            let written = done.recv().unwrap().1.unwrap();
            let place = dir.path().join(number.to_string());
            others.push(Ledger::create_from_snapshot(&place, &written, self::options()).unwrap());
        }
    }
    assert!(expired > 0 && others.len() == 6);
}

/// Files of this process that are open below a directory.
#[cfg(target_os = "linux")]
fn open_below(dir: &Path) -> Vec<PathBuf> {
    let open = fs::read_dir("/proc/self/fd").unwrap();
    let targets = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    targets.filter(|target| target.starts_with(dir)).collect()
}

/// fabric#5424, #5430, #5431: what purging, importing and exporting opened is closed again.
#[cfg(target_os = "linux")]
#[test]
fn nothing_stays_open_after_a_snapshot() {
    let dir = synthetic::dir();
    let root = dir.path().canonicalize().unwrap();
    let snapshots = root.join("snapshots");
    let source = root.join("source");
    fs::create_dir(&source).unwrap();
    copy(&source);
    let (options, done) = with_snapshots(&snapshots);
    let ledger = Ledger::create_from_snapshot(&root.join("ledger"), &source, options).unwrap();
    assert_eq!(open_below(&source), Vec::<PathBuf>::new());
    ledger.submit_snapshot_request(0).unwrap();
    done.recv().unwrap().1.unwrap();
    // Told from within the export, whose last file may be about to be closed.
    while !open_below(&snapshots).is_empty() {
        std::thread::yield_now();
    }
    assert!(!open_below(&root.join("ledger")).is_empty());
    drop(ledger);
    assert_eq!(open_below(&root), Vec::<PathBuf>::new());
}
