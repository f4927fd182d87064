//! What is refused at the door: wrong blocks, wrong directories, files that others have changed.

use crate::{crash, synthetic};
use bytes::Bytes;
use selvedge_ledger::{BlockAndCodes, Ledger, LedgerError};
use std::path::Path;

fn grown(dir: &Path) -> Ledger {
    let ledger = synthetic::create(dir);
    for _ in 0..3 {
        ledger.commit(crash::input(&ledger)).unwrap();
    }
    ledger
}

#[test]
fn blocks_that_do_not_follow() {
    let dir = synthetic::dir();
    let ledger = grown(dir.path());
    let good = crash::input(&ledger);
    let commit = |block: Bytes, codes: Vec<u8>| {
        ledger
            .commit(BlockAndCodes {
                block,
                codes,
                private: Vec::new(),
            })
            .unwrap_err()
            .to_string()
    };
    let hash = ledger.chain_info().unwrap().current_block_hash;
    let skipped = synthetic::block(9, hash, vec![]);
    assert_eq!(
        commit(skipped, vec![]),
        "block number should have been 4 but was 9"
    );
    let stranger = synthetic::block(4, Bytes::from_static(&[1; 32]), vec![]);
    assert!(
        commit(stranger, vec![])
            .starts_with("unexpected Previous block hash. Expected PreviousHash = [")
    );
    assert!(commit(good.block.clone(), vec![]).contains("1 transactions but 0 validation codes"));
    assert!(commit(Bytes::from_static(b"\xff\xff"), vec![]).contains("cannot be parsed"));
    assert!(commit(Bytes::new(), vec![]).contains("it has no header"));
    let mut altered = good.block.to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    assert!(
        ledger
            .commit(BlockAndCodes {
                block: altered.into(),
                ..good.clone()
            })
            .is_err()
    );
    // None of these has hurt.
    crash::check(&ledger);
    ledger.commit(good).unwrap();
    crash::check(&ledger);
}

#[test]
fn private_data_with_a_wrong_hash_fails_the_commit() {
    let dir = synthetic::dir();
    let ledger = grown(dir.path());
    let good = crash::input(&ledger);
    let mut wrong = good.clone();
    let mut bytes = wrong.private[0].write_set.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    wrong.private[0].write_set = bytes.into();
    let error = ledger.commit(wrong).unwrap_err().to_string();
    assert!(
        error.starts_with("hash of pvt data for collection [cc:secret] does not match"),
        "{error}"
    );
    ledger.commit(good).unwrap();
    crash::check(&ledger);
}

#[test]
fn missing_private_data_is_recorded_and_reads_say_so() {
    let dir = synthetic::dir();
    let ledger = grown(dir.path());
    let mut input = crash::input(&ledger);
    input.private.clear();
    ledger.commit(input).unwrap();
    let missing = ledger.missing_private_data(10).unwrap();
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].version.block, missing[0].namespace.as_str()),
        (4, "cc")
    );
    let state = ledger.snapshot();
    assert_eq!(
        state
            .private("cc", "secret", "hidden")
            .unwrap()
            .unwrap()
            .version
            .block,
        3
    );
    assert_eq!(
        state
            .private_hash("cc", "secret", "hidden")
            .unwrap()
            .unwrap()
            .version
            .block,
        4
    );
}

#[test]
fn directories_that_are_no_ledger() {
    let dir = synthetic::dir();
    let error = Ledger::open(dir.path(), synthetic::options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::NotFound { .. }), "{error:?}");
    drop(synthetic::create(dir.path()));
    let error = Ledger::create(dir.path(), synthetic::genesis(), synthetic::options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Exists { .. }), "{error:?}");
    let ledger = Ledger::open(dir.path(), synthetic::options()).unwrap();
    // A second owner would corrupt it.
    let error = Ledger::open(dir.path(), synthetic::options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
    assert_eq!(ledger.height(), 1);
}

#[test]
fn a_file_that_was_overwritten() {
    let dir = synthetic::dir();
    drop(grown(dir.path()));
    let current = dir.path().join("CURRENT");
    std::fs::write(&current, b"MANIFEST-999999\n").unwrap();
    let error = Ledger::open(dir.path(), synthetic::options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains(&*dir.path().to_string_lossy()));
}

#[test]
fn a_log_that_lost_its_tail_opens_at_an_earlier_block() {
    let dir = synthetic::dir();
    let ledger = grown(dir.path());
    drop(ledger);
    let mut logs: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    logs.sort();
    let log = logs.pop().unwrap();
    let length = std::fs::metadata(&log).unwrap().len();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(length - 100)
        .unwrap();
    let ledger = Ledger::open(dir.path(), synthetic::options()).unwrap();
    assert_eq!(ledger.height(), 3);
    crash::check(&ledger);
}
