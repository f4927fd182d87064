//! A process that replays the recorded channel over and over and is killed at any moment: while it creates a ledger,
//! commits, writes a snapshot, makes the state again, begins another ledger from the snapshot, or clears away.

use crate::crash::{SIGKILL, kills};
use crate::recording::{Recording, as_ordered, block, options};
use crate::synthetic;
use selvedge_ledger::{Ledger, LedgerError, Options, StateKind};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const DIR: &str = "SELVEDGE_TEST_REPLAY_DIR";
/// Before everything that the child says.
const MARK: &str = "replay ";
/// The block whose snapshot the second ledger begins with.
const MIDDLE: u64 = 24;

fn say(what: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{MARK}{what}").unwrap();
    out.flush().unwrap();
}

fn with_snapshots(root: &Path) -> Options {
    Options {
        snapshots: Some(root.join("snapshots")),
        ..options()
    }
}

/// The ledger stands where the recording stood at its height.
fn check(recording: &Recording, ledger: &Ledger) {
    let height = ledger.height();
    let last = &recording.blocks[height as usize - 1];
    let expected = last["commit_hash"].as_str().unwrap_or_default();
    assert_eq!(hex::encode(ledger.commit_hash()), expected, "{height}");
    assert_eq!(ledger.block_by_number(height).unwrap(), None);
    for number in ledger.first_block()..height {
        assert_eq!(
            ledger.block_by_number(number).unwrap().unwrap(),
            block(number)
        );
    }
}

fn check_state(ledger: &Ledger) {
    crate::golden::assert_kind(ledger, StateKind::Public, "state/public_state.jsonl");
    crate::golden::assert_kind(
        ledger,
        StateKind::Hashed,
        "state/private_state_hashes.jsonl",
    );
}

fn open(dir: &Path, root: &Path, create: impl Fn() -> Result<Ledger, LedgerError>) -> Ledger {
    match Ledger::open(dir, with_snapshots(root)) {
        Ok(ledger) => ledger,
        // Killed while it was made: making it starts over.
        Err(_) => create().unwrap_or_else(|error| panic!("{error:?}")),
    }
}

fn feed(recording: &Recording, ledger: &Ledger) {
    for number in ledger.height()..=recording.last() {
        ledger.commit(recording.input(number, "Org2")).unwrap();
        say("block");
    }
    check(recording, ledger);
    check_state(ledger);
}

/// Goes on where the directory says the last process was.
fn round(recording: &Recording, root: &Path) {
    let (first, second) = (root.join("first"), root.join("second"));
    let snapshot = root.join(format!("snapshots/completed/golden/{MIDDLE}"));
    let done = root.join("done");
    if !done.exists() {
        let genesis = || Ledger::create(&first, as_ordered(&block(0)), with_snapshots(root));
        let ledger = open(&first, root, genesis);
        check(recording, &ledger);
        say("first");
        if ledger.height() <= MIDDLE && !ledger.pending_snapshot_requests().contains(&MIDDLE) {
            ledger.submit_snapshot_request(MIDDLE).unwrap();
        }
        feed(recording, &ledger);
        ledger.wait_for_snapshot();
        assert!(
            snapshot.exists(),
            "asked for, and the ledger went on without it"
        );
        // Opening it finishes what a killed process left.
        drop(ledger);
        say("rebuild");
        let ledger = Ledger::rebuild(&first, with_snapshots(root)).unwrap();
        check(recording, &ledger);
        check_state(&ledger);
        let other = || Ledger::create_from_snapshot(&second, &snapshot, with_snapshots(root));
        let ledger = open(&second, root, other);
        check(recording, &ledger);
        say("second");
        feed(recording, &ledger);
        fs::write(&done, b"").unwrap();
    }
    for dir in [first, second, root.join("snapshots")] {
        let _ = fs::remove_dir_all(dir);
    }
    fs::remove_file(done).unwrap();
    say("round");
}

#[test]
#[ignore = "the process that killed_while_replaying kills"]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let recording = Recording::load();
    say("started");
    loop {
        round(&recording, Path::new(&dir));
    }
}

/// Lets a child work, kills it, and counts what it said.
fn run_and_kill(kill: u32, dir: &Path) -> [u32; 3] {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["replay_kills::child", "--exact", "--ignored", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut counts = [0; 3];
    let mut count = |line: &str| {
        for (count, word) in counts.iter_mut().zip(["started", "block", "round"]) {
            *count += u32::from(line.ends_with(word));
        }
    };
    // Now at the first word, now some blocks later.
    let wanted = 1 + kill % 29;
    let mut heard = 0;
    while heard < wanted {
        let Some(line) = lines.next() else { break };
        let line = line.unwrap();
        if line.contains(MARK) {
            count(&line);
            heard += 1;
        }
    }
    std::thread::sleep(Duration::from_micros(u64::from(kill) * 7919 % 12_000));
    child.kill().unwrap();
    lines.for_each(|line| count(&line.unwrap()));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.signal(),
        Some(SIGKILL),
        "kill {kill}: {stderr}"
    );
    counts
}

#[test]
fn killed_while_replaying() {
    let dir = synthetic::dir();
    let mut sums = [0; 3];
    for kill in 0..kills() / 2 {
        let counts = run_and_kill(kill, dir.path());
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [started, blocks, rounds] = sums;
    println!("{started} processes, {blocks} blocks, {rounds} rounds");
    assert_eq!(started, kills() / 2);
    assert!(rounds > 0 && blocks > started);
}
