//! Random schedules of transactions against a model in memory that re-executes instead of comparing versions.

use crate::synthetic;
use bytes::Bytes;
use proptest::prelude::*;
use selvedge_interface::MetadataEntry;
use selvedge_ledger::{BlockAndCodes, Ledger, NoCollections, Simulator, StateKind, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows there from the first block on, so that wide ranges are hashed.
const ROWS: u32 = 130;

#[derive(Clone, Debug)]
enum Op {
    Get(u32),
    /// The written value tells what was read, so a wrong serialization shows in the state.
    Copy(u32, u32),
    Put(u32, u8),
    Delete(u32),
    Metadata(u32, u8),
    /// Bounds and how many rows are pulled.
    Range(u32, u32, usize),
    /// Writes the number of rows of a range.
    Count(u32, u32, u32),
}

#[derive(Clone, Debug)]
struct Tx {
    ops: Vec<Op>,
    /// Blocks between simulation and commit.
    delay: u8,
}

fn key(number: u32) -> String {
    format!("{number:04}")
}

fn op() -> impl Strategy<Value = Op> {
    // A few hot keys, some of which do not exist at first.
    let hot = || prop_oneof![0_u32..6, ROWS..ROWS + 3];
    prop_oneof![
        hot().prop_map(Op::Get),
        (hot(), hot()).prop_map(|(from, to)| Op::Copy(from, to)),
        (hot(), any::<u8>()).prop_map(|(key, value)| Op::Put(key, value)),
        hot().prop_map(Op::Delete),
        (hot(), any::<u8>()).prop_map(|(key, value)| Op::Metadata(key, value)),
        (0..ROWS + 5, 0..ROWS + 5, 0_usize..140)
            .prop_map(|(start, end, pull)| Op::Range(start, end, pull)),
        (0..ROWS, 0..ROWS + 5, hot()).prop_map(|(start, end, to)| Op::Count(start, end, to)),
    ]
}

fn schedule() -> impl Strategy<Value = Vec<Vec<Tx>>> {
    let tx =
        (proptest::collection::vec(op(), 1..4), 0_u8..3).prop_map(|(ops, delay)| Tx { ops, delay });
    proptest::collection::vec(proptest::collection::vec(tx, 1..5), 1..7)
}

fn run(simulator: &mut Simulator, ops: &[Op]) {
    for op in ops {
        match op {
            Op::Get(from) => drop(simulator.get("cc", &key(*from)).unwrap()),
            Op::Copy(from, to) => {
                let mut value = simulator
                    .get("cc", &key(*from))
                    .unwrap()
                    .unwrap_or_default()
                    .to_vec();
                value.truncate(16);
                value.push(b'+');
                simulator.put("cc", &key(*to), value.into()).unwrap();
            }
            Op::Put(to, value) => simulator.put("cc", &key(*to), vec![*value].into()).unwrap(),
            Op::Delete(to) => simulator.delete("cc", &key(*to)).unwrap(),
            Op::Metadata(to, value) => {
                let entry = MetadataEntry {
                    name: "m".into(),
                    value: vec![*value].into(),
                };
                simulator
                    .put_metadata("cc", &key(*to), vec![entry])
                    .unwrap();
            }
            Op::Range(start, end, pull) => {
                let scan = simulator.scan("cc", &key(*start), &key(*end)).unwrap();
                simulator.advance(scan, *pull).unwrap();
            }
            Op::Count(start, end, to) => {
                let count = simulator
                    .range("cc", &key(*start), &key(*end))
                    .unwrap()
                    .len();
                simulator
                    .put("cc", &key(*to), count.to_string().into())
                    .unwrap();
            }
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Cell {
    value: Vec<u8>,
    metadata: Option<u8>,
    version: Version,
}

type Cells = BTreeMap<String, Cell>;

/// Start, end, rows pulled, whether the end was reached.
type SeenRange = (String, String, Vec<(String, Version)>, bool);

/// What one transaction saw and wants, computed from the model's own state.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    reads: BTreeMap<String, Option<Version>>,
    ranges: Vec<SeenRange>,
    writes: BTreeMap<String, Option<Vec<u8>>>,
    metadata: BTreeMap<String, u8>,
}

fn rows(cells: &Cells, start: &str, end: &str) -> Vec<(String, Version)> {
    if end <= start {
        return Vec::new();
    }
    cells
        .range(start.to_owned()..end.to_owned())
        .map(|(key, cell)| (key.clone(), cell.version))
        .collect()
}

fn execute(cells: &Cells, ops: &[Op]) -> Seen {
    let mut seen = Seen::default();
    for op in ops {
        match op {
            Op::Get(from) => {
                seen.reads
                    .insert(key(*from), cells.get(&key(*from)).map(|cell| cell.version));
            }
            Op::Copy(from, to) => {
                let cell = cells.get(&key(*from));
                seen.reads.insert(key(*from), cell.map(|cell| cell.version));
                let mut value = cell.map(|cell| cell.value.clone()).unwrap_or_default();
                value.truncate(16);
                value.push(b'+');
                seen.writes.insert(key(*to), Some(value));
            }
            Op::Put(to, value) => {
                seen.writes.insert(key(*to), Some(vec![*value]));
            }
            Op::Delete(to) => {
                seen.writes.insert(key(*to), None);
            }
            Op::Metadata(to, value) => {
                seen.metadata.insert(key(*to), *value);
            }
            Op::Range(start, end, pull) => {
                let mut rows = rows(cells, &key(*start), &key(*end));
                let exhausted = rows.len() < *pull;
                rows.truncate(*pull);
                seen.ranges.push((key(*start), key(*end), rows, exhausted));
            }
            Op::Count(start, end, to) => {
                let rows = rows(cells, &key(*start), &key(*end));
                seen.writes
                    .insert(key(*to), Some(rows.len().to_string().into_bytes()));
                seen.ranges.push((key(*start), key(*end), rows, true));
            }
        }
    }
    seen
}

/// Whether what was seen still holds; keys touched in this block conflict whatever they hold.
fn verdict(seen: &Seen, cells: &Cells, touched: &BTreeSet<String>) -> u8 {
    let stale = |(key, version): (&String, &Option<Version>)| {
        touched.contains(key) || cells.get(key).map(|cell| cell.version) != *version
    };
    if seen.reads.iter().any(stale) {
        return 11;
    }
    let phantom = |(start, end, pulled, exhausted): &SeenRange| {
        if *exhausted {
            return rows(cells, start, end) != *pulled;
        }
        // Up to and including the last row pulled. With none pulled, Fabric looks at the rest of the namespace.
        match pulled.last() {
            Some((last, _)) => rows(cells, start, &format!("{last}\0")) != *pulled,
            None => cells.range(start.clone()..).next().is_some(),
        }
    };
    if seen.ranges.iter().any(phantom) {
        12
    } else {
        0
    }
}

fn apply(seen: &Seen, cells: &mut Cells, touched: &mut BTreeSet<String>, version: Version) {
    for (key, value) in &seen.writes {
        touched.insert(key.clone());
        match value {
            None => drop(cells.remove(key)),
            Some(value) => {
                let metadata = cells.get(key).and_then(|cell| cell.metadata);
                cells.insert(
                    key.clone(),
                    Cell {
                        value: value.clone(),
                        metadata,
                        version,
                    },
                );
            }
        }
    }
    for (key, metadata) in &seen.metadata {
        // Of a key that is not there, or deleted by the same transaction: nothing.
        if let Some(cell) = cells.get_mut(key) {
            touched.insert(key.clone());
            cell.metadata = Some(*metadata);
            cell.version = version;
        }
    }
}

fn assert_same_state(ledger: &Ledger, cells: &Cells) {
    let mut ours: Cells = BTreeMap::new();
    for (namespace, key, found) in ledger.snapshot().dump(StateKind::Public).unwrap() {
        if namespace == "cc" {
            // The last byte of the serialized entry is its one-byte value.
            let metadata = found.metadata.last().copied();
            let cell = Cell {
                value: found.value.to_vec(),
                metadata,
                version: found.version,
            };
            ours.insert(String::from_utf8(key.to_vec()).unwrap(), cell);
        }
    }
    assert_eq!(&ours, cells);
}

fn commit(ledger: &Ledger, sets: Vec<Bytes>) -> Vec<u8> {
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
        .codes
        .clone()
}

fn simulate(ledger: &Ledger, ops: &[Op]) -> Bytes {
    let mut simulator = ledger.simulator("tx", Arc::new(NoCollections));
    run(&mut simulator, ops);
    simulator.results().unwrap().public
}

fn check(schedule: &[Vec<Tx>]) {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let mut cells = Cells::new();
    let fill: Vec<Op> = (0..ROWS).map(|row| Op::Put(row, row as u8)).collect();
    assert_eq!(commit(&ledger, vec![simulate(&ledger, &fill)]), [0]);
    apply(
        &execute(&cells.clone(), &fill),
        &mut cells,
        &mut BTreeSet::new(),
        Version::new(1, 0),
    );
    let mut waiting: BTreeMap<u64, Vec<(Bytes, Seen)>> = BTreeMap::new();
    let mut rounds = schedule.iter();
    loop {
        let number = ledger.height();
        let round = rounds.next();
        for tx in round.into_iter().flatten() {
            let entry = (simulate(&ledger, &tx.ops), execute(&cells, &tx.ops));
            waiting
                .entry(number + u64::from(tx.delay))
                .or_default()
                .push(entry);
        }
        let due = waiting.remove(&number).unwrap_or_default();
        if due.is_empty() && waiting.is_empty() && round.is_none() {
            break;
        }
        let (sets, seen): (Vec<_>, Vec<_>) = due.into_iter().unzip();
        let mut touched = BTreeSet::new();
        let mut expected = Vec::new();
        for (index, seen) in (0..).zip(&seen) {
            let code = verdict(seen, &cells, &touched);
            if code == 0 {
                apply(seen, &mut cells, &mut touched, Version::new(number, index));
            }
            expected.push(code);
        }
        assert_eq!(commit(&ledger, sets), expected, "block {number}");
        assert_same_state(&ledger, &cells);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_schedules(schedule in schedule()) {
        check(&schedule);
    }

    #[test]
    fn arbitrary_bytes_are_no_block(bytes: Vec<u8>) {
        let _ = selvedge_ledger::ParsedBlock::parse(&bytes.into());
    }
}

#[test]
fn arbitrary_read_write_sets_do_not_stop_the_ledger() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    proptest!(ProptestConfig { cases: 256, ..ProptestConfig::default() }, |(sets: Vec<Vec<u8>>)| {
        let sets: Vec<Bytes> = sets.into_iter().map(Bytes::from).collect();
        let codes = commit(&ledger, sets.clone());
        prop_assert_eq!(codes.len(), sets.len());
    });
}
