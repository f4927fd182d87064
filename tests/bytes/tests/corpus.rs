//! Every target over its seeds, over what fuzzers found, and over small changes of both: the same on every run, and on any
//! compiler.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use selvedge_bytes::{TARGETS, Target};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Changed forms of each seed, unless SELVEDGE_BYTES_CHANGES says how many.
const CHANGES: u64 = 24;
/// A seed that is longer is changed less often.
const LONG: usize = 8 << 10;

fn changes() -> u64 {
    let wanted = std::env::var("SELVEDGE_BYTES_CHANGES").ok();
    wanted.map_or(CHANGES, |wanted| wanted.parse().unwrap())
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What fuzzers found, and is mended.
fn found(target: &Target) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder("corpus").join(target.name)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 1).unwrap()
    }

    /// Below a limit that is not zero.
    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit
    }
}

fn change(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if changed.is_empty() {
        return vec![numbers.next() as u8];
    }
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(changed.len());
        match numbers.below(5) {
            0 => changed[at] ^= 1 << numbers.below(8),
            1 => changed[at] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
            2 => changed.insert(at, numbers.next() as u8),
            3 => drop(changed.drain(at..(at + numbers.below(8)).min(changed.len()))),
            _ => changed.truncate(at + 1),
        }
        if changed.is_empty() {
            break;
        }
    }
    changed
}

/// Panics of any thread: a task that nobody waits for may have one.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What went wrong, and where the bytes are with which it did.
fn run(target: &Target, bytes: &[u8]) -> Option<String> {
    let outcome = std::panic::catch_unwind(|| (target.run)(bytes));
    let panics = std::mem::take(&mut *PANICS.lock().unwrap());
    if outcome.is_ok() && panics.is_empty() {
        return None;
    }
    let hash = bytes.iter().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    let name = format!("selvedge-bytes-{}-{hash:08x}", target.name);
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, bytes).unwrap();
    Some(format!("{}: {}", file.display(), panics.join("; ")))
}

/// How often a target may fail before the next has its turn.
const FAILURES: usize = 5;

fn run_all(target: &Target) -> Vec<String> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has no seeds", target.name);
    let mut failures: Vec<String> = run(target, &[]).into_iter().collect();
    for seed in seeds.into_iter().chain(found(target)) {
        failures.extend(run(target, &seed));
        let changes = if seed.len() > LONG {
            changes() / 8
        } else {
            changes()
        };
        for _ in 0..changes {
            failures.extend(run(target, &change(&seed, &mut numbers)));
            if failures.len() >= FAILURES {
                return failures;
            }
        }
    }
    failures
}

#[test]
fn no_target_panics_on_its_seeds_or_on_changes_of_them() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.lock().unwrap().push(panic.to_string());
    }));
    let only = std::env::var("SELVEDGE_BYTES_TARGET").ok();
    let chosen = TARGETS
        .iter()
        .filter(|it| only.as_deref().is_none_or(|name| name == it.name));
    let failures: Vec<String> = chosen.flat_map(run_all).collect();
    drop(std::panic::take_hook());
    assert!(failures.is_empty(), "{failures:#?}");
}
