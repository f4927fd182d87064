//! Disks that are full or refuse to be written.

use crate::{crash, synthetic};
use selvedge_ledger::{Ledger, LedgerError};
use std::path::Path;
use std::process::{Command, Output};

const DIR: &str = "SELVEDGE_TEST_DISK_DIR";

/// Runs a test of this binary with a limit on the size of files it may write, in half KiB; the kernel then fails writes
/// as it does on a full disk, for root as well. The signal that comes with it is ignored.
fn run_limited(test: &str, half_kib: u32, dir: &Path) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f {half_kib}; exec \"$0\" {test} --exact --ignored --nocapture"
        ))
        .arg(std::env::current_exe().unwrap())
        .env(DIR, dir)
        .output()
        .unwrap()
}

fn assert_passed(output: &Output) {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&text)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[test]
#[ignore = "run by full_disk with a limit on file sizes"]
fn fill() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let ledger = Ledger::open(Path::new(&dir), synthetic::options()).unwrap();
    let error = loop {
        match ledger.commit(crash::input(&ledger)) {
            Ok(_) => assert!(ledger.height() < 2000, "the disk is never full"),
            Err(error) => break error,
        }
    };
    let height = ledger.height();
    assert!(
        matches!(error, LedgerError::Write { block, .. } if block == height),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("writing block [{height}]"))
    );
    // No further block, though reads go on.
    let again = ledger.commit(crash::input(&ledger)).unwrap_err();
    assert!(
        matches!(again, LedgerError::Poisoned { block, .. } if block == height),
        "{again:?}"
    );
    crash::check(&ledger);
    std::fs::write(Path::new(&dir).join("height"), height.to_string()).unwrap();
}

#[test]
fn full_disk() {
    let dir = synthetic::dir();
    drop(synthetic::create(dir.path()));
    assert_passed(&run_limited("disk::fill", 1024, dir.path()));
    let reached: u64 = std::fs::read_to_string(dir.path().join("height"))
        .unwrap()
        .parse()
        .unwrap();
    assert!(reached > 1);
    let ledger = Ledger::open(dir.path(), synthetic::options()).unwrap();
    assert_eq!(ledger.height(), reached);
    crash::check(&ledger);
    ledger.commit(crash::input(&ledger)).unwrap();
    crash::check(&ledger);
}

#[test]
#[ignore = "run by unwritable_disk with files of no size"]
fn open_unwritable() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let error = Ledger::open(Path::new(&dir), synthetic::options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains(&*dir.to_string_lossy()));
    let elsewhere = Path::new(&dir).join("new");
    let error = Ledger::create(&elsewhere, synthetic::genesis(), synthetic::options())
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
}

#[test]
fn unwritable_disk() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    ledger.commit(crash::input(&ledger)).unwrap();
    drop(ledger);
    assert_passed(&run_limited("disk::open_unwritable", 0, dir.path()));
    let ledger = Ledger::open(dir.path(), synthetic::options()).unwrap();
    crash::check(&ledger);
    assert_eq!(ledger.height(), 2);
}

#[test]
fn a_file_in_the_place_of_the_directory() {
    let dir = synthetic::dir();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let error = Ledger::create(
        &file.join("ledger"),
        synthetic::genesis(),
        synthetic::options(),
    )
    .err()
    .unwrap();
    assert!(matches!(error, LedgerError::CreateDir { .. }), "{error:?}");
}

/// Runs a test of this binary with a small disk of its own at `dir`. `None`: this user may not have one.
fn run_on_small_disk(test: &str, mib: u32, dir: &Path) -> Option<Output> {
    let mount = format!("mount -t tmpfs -o size={mib}m room \"${DIR}\"");
    let unshared = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rm", "sh", "-c", command, "sh"]);
        unshare.arg(std::env::current_exe().unwrap()).env(DIR, dir);
        unshare.output()
    };
    if !unshared(&mount).is_ok_and(|output| output.status.success()) {
        return None;
    }
    let run = format!("{mount} && exec \"$1\" {test} --exact --ignored --nocapture");
    Some(unshared(&run).unwrap())
}

#[test]
#[ignore = "run by a_full_disk_that_gets_room on a small disk of its own"]
fn fill_and_make_room() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let dir = Path::new(&dir);
    let ledger = Ledger::create(
        &dir.join("ledger"),
        synthetic::genesis(),
        synthetic::options(),
    );
    let ledger = ledger.unwrap();
    let filler = dir.join("filler");
    std::fs::write(&filler, vec![0; 100 << 20]).unwrap();
    let error = loop {
        match ledger.commit(crash::input(&ledger)) {
            Ok(_) => assert!(ledger.height() < 100_000, "the disk is never full"),
            Err(error) => break error,
        }
    };
    assert!(error.is_disk_full(), "{error:?}");
    let height = ledger.height();
    // While there is no room the answer is the same, and reads go on.
    let again = ledger.commit(crash::input(&ledger)).unwrap_err();
    assert!(again.is_disk_full(), "{again:?}");
    crash::check(&ledger);
    // Room: nobody has to open anything again.
    std::fs::remove_file(&filler).unwrap();
    while let Err(error) = ledger.commit(crash::input(&ledger)) {
        assert!(error.is_disk_full(), "{error:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(ledger.height(), height + 1);
    crash::check(&ledger);
    drop(ledger);
    let ledger = Ledger::open(&dir.join("ledger"), synthetic::options()).unwrap();
    assert_eq!(ledger.height(), height + 1);
    crash::check(&ledger);
}

/// RocksDB looks every few seconds whether there is room again: as much as its write buffers may need, 64 MiB.
#[test]
fn a_full_disk_that_gets_room() {
    let dir = synthetic::dir();
    match run_on_small_disk("disk::fill_and_make_room", 190, dir.path()) {
        Some(output) => assert_passed(&output),
        None => eprintln!("not run: this user may not mount anything in a namespace of its own"),
    }
}
