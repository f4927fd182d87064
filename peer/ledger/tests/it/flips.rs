//! A disk that changes a bit or loses a file: found, named and refused, never served.

use crate::recording::{Recording, options};
use crate::{crash, synthetic};
use bytes::Bytes;
use selvedge_ledger::{Ledger, LedgerError, Options, StateKind, VersionedValue};
use std::fs;
use std::path::{Path, PathBuf};

/// As a production peer opens it.
fn careful() -> Options {
    Options {
        sync: true,
        ..options()
    }
}

/// Everything that a ledger of the recorded channel holds.
#[derive(PartialEq)]
struct Content {
    blocks: Vec<Bytes>,
    state: Vec<(String, Bytes, VersionedValue)>,
}

fn content(ledger: &Ledger) -> Result<Content, LedgerError> {
    let blocks: Result<Vec<_>, _> = (0..ledger.height())
        .map(|number| Ok(ledger.block_by_number(number)?.unwrap()))
        .collect();
    let mut state = Vec::new();
    for kind in [StateKind::Public, StateKind::Hashed, StateKind::Private] {
        state.extend(ledger.snapshot().dump(kind)?);
    }
    Ok(Content {
        blocks: blocks?,
        state,
    })
}

/// The recorded channel: most of it in tables, its last blocks in the log.
fn recorded(dir: &Path) -> Content {
    let recording = Recording::load();
    drop(recording.create(dir).unwrap());
    for last in [20, 40, recording.last()] {
        let ledger = Ledger::open(dir, careful()).unwrap();
        recording.feed(&ledger, "Org1", last).unwrap();
    }
    content(&Ledger::open(dir, careful()).unwrap()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

#[test]
fn a_changed_bit_is_never_served() {
    let home = synthetic::dir();
    let (dir, broken) = (home.path().join("whole"), home.path().join("broken"));
    let whole = recorded(&dir);
    let (mut refused, mut found) = (0, 0);
    for file in files(&dir) {
        let name = file.file_name().unwrap().to_owned();
        let bytes = fs::read(&file).unwrap();
        // Spread over the file, and over the bits.
        for part in 0..12_usize {
            copy(&dir, &broken);
            let mut bytes = bytes.clone();
            let Some(byte) = bytes.len().checked_sub(1).map(|last| last * part / 11) else {
                continue;
            };
            bytes[byte] ^= 1 << (part % 8);
            fs::write(broken.join(&name), bytes).unwrap();
            let what = format!("{} byte {byte}", name.display());
            match Ledger::open(&broken, careful()) {
                Err(error) => {
                    let text = format!("{error:?}");
                    assert!(text.contains(&*broken.to_string_lossy()), "{what}: {text}");
                    refused += 1;
                }
                Ok(ledger) => match content(&ledger) {
                    Ok(now) => assert!(now == whole, "{what} changed what is served"),
                    Err(_) => found += 1,
                },
            }
        }
    }
    assert!(refused > 10 && found > 10, "{refused} {found}");
}

/// Whatever byte of the tables is wrong: a block is the one that was committed, or named in the error.
#[test]
fn a_changed_block_is_named() {
    let home = synthetic::dir();
    let (dir, broken) = (home.path().join("whole"), home.path().join("broken"));
    let whole = recorded(&dir);
    let mut named = 0;
    let is_table = |file: &PathBuf| {
        let extension = file.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("blob" | "sst"))
    };
    for file in files(&dir).into_iter().filter(is_table) {
        let original = fs::read(&file).unwrap();
        for part in 1..10 {
            copy(&dir, &broken);
            let mut bytes = original.clone();
            let at = bytes.len() * part / 10;
            bytes[at] ^= 0x10;
            fs::write(broken.join(file.file_name().unwrap()), bytes).unwrap();
            let Ok(ledger) = Ledger::open(&broken, careful()) else {
                continue;
            };
            for (number, block) in (0..).zip(&whole.blocks) {
                match ledger.block_by_number(number) {
                    Ok(found) => assert_eq!(found.as_ref(), Some(block)),
                    Err(error) => {
                        assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
                        let name = format!("block [{number}] cannot be read: ");
                        assert!(error.to_string().contains(&name), "{error}");
                        named += 1;
                    }
                }
            }
        }
    }
    assert!(named > 10, "{named}");
}

#[test]
fn a_log_that_is_damaged_before_its_end_is_not_cut() {
    let home = synthetic::dir();
    let (dir, broken) = (home.path().join("whole"), home.path().join("broken"));
    let ledger = synthetic::create(&dir);
    for _ in 0..9 {
        ledger.commit(crash::input(&ledger)).unwrap();
    }
    drop(ledger);
    copy(&dir, &broken);
    let log = files(&broken)
        .into_iter()
        .rfind(|file| file.extension().is_some_and(|extension| extension == "log"))
        .unwrap();
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&log, bytes).unwrap();
    let careful = Options {
        sync: true,
        ..synthetic::options()
    };
    let error = Ledger::open(&broken, careful).err().unwrap();
    let text = error.to_string();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
    assert!(text.contains("its log is damaged behind block ["), "{text}");
}

/// Names that never reached the directory: what is left is a whole ledger of some height, or none.
#[test]
fn a_file_whose_name_was_lost() {
    let home = synthetic::dir();
    let (dir, broken) = (home.path().join("whole"), home.path().join("broken"));
    let ledger = synthetic::create(&dir);
    for _ in 0..5 {
        ledger.commit(crash::input(&ledger)).unwrap();
    }
    drop(ledger);
    // Tables and a log.
    let ledger = Ledger::open(&dir, synthetic::options()).unwrap();
    for _ in 0..5 {
        ledger.commit(crash::input(&ledger)).unwrap();
    }
    let height = ledger.height();
    drop(ledger);
    let mut opened = 0;
    for file in files(&dir) {
        copy(&dir, &broken);
        fs::remove_file(broken.join(file.file_name().unwrap())).unwrap();
        match Ledger::open(&broken, synthetic::options()) {
            Err(error) => {
                let text = format!("{error:?}");
                assert!(text.contains(&*broken.to_string_lossy()), "{text}");
            }
            Ok(ledger) => {
                assert!(
                    (1..=height).contains(&ledger.height()),
                    "{}",
                    file.display()
                );
                match content(&ledger) {
                    Ok(_) => crash::check(&ledger),
                    // Files of long values are only missed when such a value is read.
                    Err(error) => {
                        assert!(format!("{error:?}").contains("No such file"), "{error:?}");
                    }
                }
                opened += 1;
            }
        }
    }
    assert!(opened > 0);
}

/// A short write leaves half a record at the end of the log, which was never acknowledged.
#[test]
fn a_record_that_was_half_written() {
    let home = synthetic::dir();
    let (dir, broken) = (home.path().join("whole"), home.path().join("broken"));
    let ledger = synthetic::create(&dir);
    let mut lengths = Vec::new();
    let log = |dir: &Path| {
        files(dir)
            .into_iter()
            .rfind(|file| file.extension().is_some_and(|extension| extension == "log"))
            .unwrap()
    };
    for _ in 0..4 {
        ledger.commit(crash::input(&ledger)).unwrap();
        lengths.push((ledger.height(), fs::metadata(log(&dir)).unwrap().len()));
    }
    drop(ledger);
    let careful = || Options {
        sync: true,
        ..synthetic::options()
    };
    for pair in lengths.windows(2) {
        let ((height, start), (_, end)) = (pair[0], pair[1]);
        for cut in [start + 1, start + 6, start + (end - start) / 2, end - 1] {
            copy(&dir, &broken);
            let file = fs::OpenOptions::new()
                .write(true)
                .open(log(&broken))
                .unwrap();
            file.set_len(cut).unwrap();
            let ledger = Ledger::open(&broken, careful()).unwrap();
            assert_eq!(ledger.height(), height, "cut at {cut}");
            crash::check(&ledger);
        }
    }
}
