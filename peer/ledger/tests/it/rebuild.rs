//! State made again from the blocks, and ledgers cut back.

use crate::recording::{Recording, golden, options};
use crate::synthetic;
use bytes::Bytes;
use selvedge_ledger::{HistoryRow, Ledger, LedgerError, StateKind, VersionedValue};

/// What a ledger answers, as far as it is made from blocks.
#[derive(Debug, PartialEq)]
struct Answers {
    height: u64,
    commit_hash: Bytes,
    state: Vec<(String, Bytes, VersionedValue)>,
    history: Vec<HistoryRow>,
    ids: Vec<Option<u8>>,
}

fn answers(ledger: &Ledger, recording: &Recording) -> Answers {
    let snapshot = ledger.snapshot();
    let mut state = Vec::new();
    let mut history = Vec::new();
    for kind in [StateKind::Public, StateKind::Hashed, StateKind::Private] {
        let rows = snapshot.dump(kind).unwrap();
        if kind == StateKind::Public {
            for (namespace, key, _) in &rows {
                let key = std::str::from_utf8(key).unwrap();
                history.extend(snapshot.history(namespace, key, None, 99).unwrap());
            }
        }
        state.extend(rows);
    }
    let txs = recording
        .blocks
        .iter()
        .flat_map(|block| block["txs"].as_array().unwrap());
    let status = |id: &str| ledger.tx_status(id).unwrap().map(|status| status.code);
    Answers {
        height: ledger.height(),
        commit_hash: ledger.commit_hash(),
        state,
        history,
        ids: txs
            .map(|tx| status(tx["txid"].as_str().unwrap_or_default()))
            .collect(),
    }
}

#[test]
fn a_rebuilt_ledger_answers_as_before_at_every_height() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let mut ledger = recording.create(dir.path()).unwrap();
    for last in [1, 9, 17, 18, 24, 25, 27, 31, 44, recording.last()] {
        recording.feed(&ledger, "Org2", last).unwrap();
        let before = answers(&ledger, &recording);
        drop(ledger);
        ledger = Ledger::rebuild(dir.path(), options()).unwrap();
        assert_eq!(answers(&ledger, &recording), before, "behind block {last}");
    }
}

#[test]
fn a_ledger_that_is_cut_back_grows_to_the_same_again() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    recording.feed(&ledger, "Org2", recording.last()).unwrap();
    let whole = answers(&ledger, &recording);
    drop(ledger);
    for target in [40, 23, 17, 3] {
        let ledger = Ledger::rollback(dir.path(), target, options()).unwrap();
        assert_eq!(ledger.height(), target + 1);
        let fresh = synthetic::dir();
        let other = recording.create(fresh.path()).unwrap();
        recording.feed(&other, "Org2", target).unwrap();
        let (ours, theirs) = (answers(&ledger, &recording), answers(&other, &recording));
        assert_eq!(ours.ids, theirs.ids);
        assert_eq!(ours.commit_hash, theirs.commit_hash);
        let shared = |answers: &Answers| {
            let rows = answers.state.iter().filter(|row| !row.0.contains("$$p"));
            rows.cloned().collect::<Vec<_>>()
        };
        // Private values that expired or were purged in the meantime are gone for good.
        assert_eq!(shared(&ours), shared(&theirs));
        recording.feed(&ledger, "Org2", recording.last()).unwrap();
        assert_eq!(answers(&ledger, &recording), whole, "cut to {target}");
    }
    let ledger = Ledger::reset(dir.path(), options()).unwrap();
    assert_eq!(ledger.height(), 1);
    recording.feed(&ledger, "Org2", recording.last()).unwrap();
    assert_eq!(answers(&ledger, &recording), whole);
}

/// The private data of a block that comes again need not be sent again.
#[test]
fn private_data_outlives_a_cut() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    recording.feed(&ledger, "Org2", 23).unwrap();
    let before = ledger.snapshot().dump(StateKind::Private).unwrap();
    let missing = ledger.missing_private_data(99).unwrap();
    assert!(!before.is_empty());
    drop(ledger);
    let ledger = Ledger::rollback(dir.path(), 21, options()).unwrap();
    for number in 22..=23 {
        let mut input = recording.input(number, "Org2");
        input.private.clear();
        ledger.commit(input).unwrap();
    }
    assert_eq!(ledger.snapshot().dump(StateKind::Private).unwrap(), before);
    assert_eq!(ledger.missing_private_data(99).unwrap(), missing);
}

#[test]
fn refused_in_fabrics_words() {
    let recording = Recording::load();
    let dir = synthetic::dir();
    let ledger = recording.create(dir.path()).unwrap();
    recording.feed(&ledger, "Org2", 5).unwrap();
    drop(ledger);
    let refused = |outcome: Result<Ledger, LedgerError>| outcome.err().unwrap().to_string();
    assert_eq!(
        refused(Ledger::rollback(dir.path(), 5, options())),
        "target block number [5] should be less than the biggest block number [5]"
    );
    let joined = dir.path().join("joined");
    drop(Ledger::create_from_snapshot(&joined, &golden().join("snapshot"), options()).unwrap());
    assert_eq!(
        refused(Ledger::reset(&joined, options())),
        "cannot reset channels because the peer contains channel(s) [golden] that were bootstrapped from snapshot"
    );
    assert_eq!(
        refused(Ledger::rollback(&joined, 5, options())),
        "cannot rollback any channel because the peer contains channel(s) [golden] that were bootstrapped from snapshot"
    );
    assert_eq!(
        refused(Ledger::rebuild(&joined, options())),
        "cannot rebuild databases because the peer contains channel(s) [golden] that were bootstrapped from snapshot"
    );
}
