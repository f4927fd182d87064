//! A process that is killed while it commits leaves whole blocks.

use crate::synthetic;
use bytes::Bytes;
use selvedge_ledger::{
    BlockAndCodes, CollectionNames, CollectionSource, Ledger, ParsedBlock, SimulationError,
    Simulator, TxPrivateData, Version, header_hash,
};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const DIR: &str = "SELVEDGE_TEST_CRASH_DIR";

/// 200, or as many as the environment says; docs/benchmarks.md has the figures of a run of 2,000.
pub(crate) fn kills() -> u32 {
    let set = std::env::var("SELVEDGE_TEST_KILLS").ok();
    set.map_or(200, |count| count.parse().unwrap())
}

pub(crate) const SIGKILL: i32 = 9;
/// Before every height that the child prints.
const MARK: &str = "height ";

struct OneCollection;

impl CollectionSource for OneCollection {
    fn collections(
        &self,
        _: &mut Simulator,
        _: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        Ok(Some(["secret".to_owned()].into()))
    }
}

pub(crate) fn tx_id(number: u64) -> String {
    format!("{number:064x}")
}

/// Block `n`: reads and writes a counter, writes one key of its own, a large value and a private one.
pub(crate) fn input(ledger: &Ledger) -> BlockAndCodes {
    let number = ledger.height();
    let mut simulator = ledger.simulator(tx_id(number), Arc::new(OneCollection));
    simulator.get("cc", "count").unwrap();
    simulator
        .put("cc", "count", number.to_string().into())
        .unwrap();
    simulator
        .put(
            "cc",
            &format!("own-{}", number % 97),
            number.to_string().into(),
        )
        .unwrap();
    simulator
        .put("cc", "large", vec![number as u8; 20_000].into())
        .unwrap();
    simulator
        .put_private("cc", "secret", "hidden", number.to_string().into())
        .unwrap();
    let results = simulator.results().unwrap();
    let block = synthetic::next_block(
        ledger,
        vec![synthetic::transaction(&tx_id(number), results.public)],
    );
    let private = vec![TxPrivateData {
        tx: 0,
        write_set: results.private.unwrap(),
    }];
    BlockAndCodes {
        block,
        codes: vec![0],
        private,
    }
}

/// All that the last block must have left, and nothing of a next one.
pub(crate) fn check(ledger: &Ledger) {
    let height = ledger.height();
    let mut previous: Option<[u8; 32]> = None;
    for number in height.saturating_sub(20)..height {
        let block = ParsedBlock::parse(&ledger.block_by_number(number).unwrap().unwrap()).unwrap();
        assert_eq!(block.header.number, number);
        if let Some(previous) = previous {
            assert_eq!(block.header.previous_hash, &previous[..]);
        }
        let hash = header_hash(&block.header);
        assert!(ledger.block_by_hash(&hash).unwrap().is_some());
        previous = Some(hash);
    }
    assert_eq!(ledger.block_by_number(height).unwrap(), None);
    assert_eq!(ledger.tx_status(&tx_id(height)).unwrap(), None);
    if height == 1 {
        return;
    }
    let last = Version::new(height - 1, 0);
    let expected = Bytes::from(last.block.to_string());
    let state = ledger.snapshot();
    for key in ["count", &format!("own-{}", last.block % 97)] {
        let found = state.get("cc", key).unwrap().unwrap();
        assert_eq!(
            (found.version, found.value),
            (last, expected.clone()),
            "{key}"
        );
        let history = state.history("cc", key, None, 2).unwrap();
        assert_eq!(
            (history[0].version, &history[0].value),
            (last, &expected),
            "{key}"
        );
        assert_eq!(history[0].tx_id, tx_id(last.block));
    }
    assert_eq!(
        state.get("cc", "large").unwrap().unwrap().value[..],
        vec![last.block as u8; 20_000]
    );
    let private = state.private("cc", "secret", "hidden").unwrap().unwrap();
    assert_eq!((private.version, private.value), (last, expected));
    assert_eq!(
        state
            .private_hash("cc", "secret", "hidden")
            .unwrap()
            .unwrap()
            .version,
        last
    );
    assert!(
        ledger
            .private_write_set(last, "cc", "secret")
            .unwrap()
            .is_some()
    );
    let status = ledger.tx_status(&tx_id(last.block)).unwrap().unwrap();
    assert_eq!((status.code, status.block), (0, last.block));
}

fn open(dir: &Path) -> Ledger {
    match Ledger::open(dir, synthetic::options()) {
        Ok(ledger) => ledger,
        // Killed while the ledger was created: creation starts over.
        Err(_) if !dir.join("started").exists() => synthetic::create(dir),
        Err(error) => panic!("{error:?}"),
    }
}

/// The child reports its height once it has checked the ledger, and after every commit.
fn report(ledger: &Ledger) {
    let mut out = std::io::stdout();
    writeln!(out, "{MARK}{}", ledger.height()).unwrap();
    out.flush().unwrap();
}

#[test]
#[ignore = "the process that killed_while_committing kills"]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let dir = Path::new(&dir);
    let ledger = open(dir);
    std::fs::write(dir.join("started"), b"").unwrap();
    check(&ledger);
    loop {
        report(&ledger);
        ledger.commit(input(&ledger)).unwrap();
    }
}

fn reported(line: &str) -> Option<u64> {
    line.split_once(MARK)?.1.trim_end().parse().ok()
}

/// Lets a child work, kills it, and answers the heights it reported.
fn run_and_kill(kill: u32, dir: &Path) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--ignored", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut heights = Vec::new();
    // Every other child is killed some time after its first commit, the others maybe within it.
    let wanted = 1 + (kill % 2) as usize;
    while heights.len() < wanted {
        let Some(line) = lines.next() else { break };
        heights.extend(reported(&line.unwrap()));
    }
    std::thread::sleep(Duration::from_micros(u64::from(kill) * 7919 % 10_000));
    child.kill().unwrap();
    heights.extend(lines.filter_map(|line| reported(&line.unwrap())));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.signal(),
        Some(SIGKILL),
        "kill {kill}: {stderr}"
    );
    assert!(
        heights.len() >= wanted,
        "kill {kill}: the child found the ledger broken: {stderr}"
    );
    heights
}

#[test]
fn killed_while_committing() {
    let dir = synthetic::dir();
    let mut acknowledged = 0;
    let kills = kills() / 2;
    for kill in 0..kills {
        let heights = run_and_kill(kill, dir.path());
        // The block that was under way when the last child died is there or not; nothing before it is lost.
        assert!(
            (acknowledged..=acknowledged + 1).contains(&heights[0]) || kill == 0,
            "{acknowledged} {heights:?}"
        );
        assert!(
            heights.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{heights:?}"
        );
        acknowledged = *heights.last().unwrap();
    }
    let ledger = open(dir.path());
    check(&ledger);
    assert!(ledger.height() >= acknowledged && acknowledged > u64::from(kills / 2));
    // Every block from the first on is there and linked.
    let mut previous = Bytes::new();
    for number in 0..ledger.height() {
        let header = synthetic::header_of(&ledger.block_by_number(number).unwrap().unwrap());
        assert_eq!((header.number, &header.previous_hash), (number, &previous));
        previous = Bytes::copy_from_slice(&header_hash(&header));
    }
}
