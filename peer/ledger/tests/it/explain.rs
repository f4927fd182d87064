//! Verdicts that say why.

use crate::synthetic;
use bytes::Bytes;
use selvedge_ledger::{
    BlockAndCodes, Conflict, ConflictSubject, Ledger, NoCollections, Simulator, Version,
};
use std::sync::{Arc, Mutex};

const MVCC: u8 = 11;
const PHANTOM: u8 = 12;

fn simulate(ledger: &Ledger, script: impl FnOnce(&mut Simulator)) -> Bytes {
    let mut simulator = ledger.simulator("tx", Arc::new(NoCollections));
    script(&mut simulator);
    simulator.results().unwrap().public
}

/// Commits the sets as one block; transaction IDs are `<block>-<index>`.
fn commit(ledger: &Ledger, sets: Vec<Bytes>) -> Vec<Conflict> {
    let number = ledger.height();
    let codes = vec![0; sets.len()];
    let envelopes = (0..)
        .zip(sets)
        .map(|(index, set)| synthetic::transaction(&format!("{number}-{index}"), set));
    let block = synthetic::next_block(ledger, envelopes.collect());
    ledger
        .commit(BlockAndCodes {
            block,
            codes,
            private: Vec::new(),
        })
        .unwrap()
        .conflicts
        .clone()
}

fn value(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[test]
fn who_changed_what_was_read() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let put = simulate(&ledger, |tx| tx.put("cc", "a", value("1")).unwrap());
    assert_eq!(commit(&ledger, vec![put]), []);
    let read = |tx: &mut Simulator| {
        tx.get("cc", "a").unwrap();
    };
    let stale = simulate(&ledger, read);
    let write = simulate(&ledger, |tx| tx.put("cc", "a", value("2")).unwrap());
    let conflicts = commit(&ledger, vec![write.clone(), stale.clone()]);
    let expected = Conflict {
        tx: 1,
        tx_id: "2-1".into(),
        code: MVCC,
        namespace: "cc".into(),
        collection: None,
        subject: ConflictSubject::Key("a".into()),
        read: Some(Version::new(1, 0)),
        found: Some(Version::new(2, 0)),
        by: Some(Version::new(2, 0)),
    };
    assert_eq!(conflicts, std::slice::from_ref(&expected));
    // The same in a later block.
    let conflicts = commit(&ledger, vec![stale]);
    assert_eq!(
        conflicts,
        [Conflict {
            tx: 0,
            tx_id: "3-0".into(),
            ..expected
        }]
    );
    assert_eq!(
        ledger
            .tx_id_at(conflicts[0].by.unwrap())
            .unwrap()
            .as_deref(),
        Some("2-0")
    );
}

#[test]
fn which_row_of_a_range_is_new() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let rows = |range: std::ops::Range<u32>| {
        move |tx: &mut Simulator| {
            range.for_each(|row| tx.put("cc", &format!("{row:04}"), value("v")).unwrap())
        }
    };
    let scan =
        |end: &'static str| move |tx: &mut Simulator| drop(tx.range("cc", "0010", end).unwrap());
    let put = simulate(&ledger, rows(0..100));
    commit(&ledger, vec![put]);
    let few = simulate(&ledger, scan("0020"));
    let many = simulate(&ledger, scan("0090"));
    let other = simulate(&ledger, scan("0012"));
    let insert = simulate(&ledger, |tx| tx.put("cc", "0015x", value("new")).unwrap());
    let conflicts = commit(&ledger, vec![insert, few, many, other]);
    let by = Some(Version::new(2, 0));
    assert_eq!(conflicts.len(), 2);
    assert!(
        conflicts
            .iter()
            .all(|conflict| conflict.code == PHANTOM && conflict.read.is_none())
    );
    let range = |end: &str, key: Option<&str>| ConflictSubject::Range {
        start: "0010".into(),
        end: end.into(),
        key: key.map(str::to_owned),
    };
    assert_eq!(
        (&conflicts[0].subject, conflicts[0].by),
        (&range("0020", Some("0015x")), by)
    );
    // More than fifty rows leave a summary, which knows no keys.
    assert_eq!(
        (&conflicts[1].subject, conflicts[1].by),
        (&range("0090", None), None)
    );
}

#[test]
fn listeners_run_in_order_when_readers_see_the_block() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, reader) = (Arc::clone(&seen), ledger.clone());
    ledger.on_commit(move |committed| {
        let visible = reader
            .snapshot()
            .get("cc", "a")
            .unwrap()
            .map(|found| found.version.block);
        log.lock().unwrap().push((
            committed.number,
            reader.height(),
            visible,
            committed.updates.len(),
        ));
    });
    for _ in 0..3 {
        let put = simulate(&ledger, |tx| tx.put("cc", "a", value("1")).unwrap());
        commit(&ledger, vec![put]);
    }
    assert_eq!(
        *seen.lock().unwrap(),
        [(1, 2, Some(1), 1), (2, 3, Some(2), 1), (3, 4, Some(3), 1)]
    );
}

#[test]
fn simulations_keep_their_height_while_blocks_come() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let put =
        |text: &'static str| move |tx: &mut Simulator| tx.put("cc", "a", value(text)).unwrap();
    let first = simulate(&ledger, put("first"));
    commit(&ledger, vec![first]);
    let mut simulator = ledger.simulator("tx", Arc::new(NoCollections));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..20 {
                let set = simulate(&ledger, put("later"));
                commit(&ledger, vec![set]);
            }
        });
        for _ in 0..200 {
            assert_eq!(simulator.get("cc", "a").unwrap(), Some(value("first")));
            assert_eq!(simulator.range("cc", "", "").unwrap().len(), 1);
        }
    });
    assert_eq!(simulator.height(), 2);
    assert_eq!(ledger.height(), 22);
    assert_eq!(
        ledger
            .snapshot()
            .history("cc", "a", None, 100)
            .unwrap()
            .len(),
        21
    );
}

#[test]
fn a_transaction_that_cannot_be_read_is_invalid_and_the_next_goes_on() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let good = simulate(&ledger, |tx| tx.put("cc", "a", value("1")).unwrap());
    let envelopes = vec![
        Bytes::new(),
        Bytes::from_static(b"\xff"),
        synthetic::transaction("broken set", Bytes::from_static(b"\xff")),
        synthetic::transaction("good", good),
    ];
    let block = synthetic::next_block(&ledger, envelopes);
    let committed = ledger
        .commit(BlockAndCodes {
            block,
            codes: vec![0; 4],
            private: Vec::new(),
        })
        .unwrap();
    assert_eq!(committed.codes, [255, 255, 255, 0]);
    assert_eq!(
        ledger.snapshot().get("cc", "a").unwrap().unwrap().version,
        Version::new(1, 3)
    );
}

#[test]
fn every_height_reads_its_own_values_while_blocks_come() {
    const KEYS: u32 = 8;
    const BLOCKS: u64 = 60;
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    // Block b writes b under every key, except that it deletes key b % 8.
    let script = |block: u64| {
        move |tx: &mut Simulator| {
            for key in 0..KEYS {
                let value = if u64::from(key) == block % 8 {
                    String::new()
                } else {
                    block.to_string()
                };
                tx.put("cc", &key.to_string(), value.into()).unwrap();
            }
        }
    };
    let check = |snapshot: &selvedge_ledger::Snapshot| {
        let last = snapshot.height() - 1;
        for key in 0..KEYS {
            let found = snapshot.get("cc", &key.to_string()).unwrap();
            let expected =
                (last > 0 && u64::from(key) != last % 8).then(|| Bytes::from(last.to_string()));
            assert_eq!(
                found.map(|found| found.value),
                expected,
                "key {key} at block {last}"
            );
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut kept = Vec::new();
                while ledger.height() <= BLOCKS {
                    let snapshot = ledger.snapshot();
                    check(&snapshot);
                    kept.push(snapshot);
                    kept.iter().rev().take(3).for_each(check);
                }
                kept.iter().step_by(50).for_each(check);
            });
        }
        for block in 1..=BLOCKS {
            let set = simulate(&ledger, script(block));
            commit(&ledger, vec![set]);
        }
    });
    check(&ledger.snapshot());
}
