//! What tests cost, as the test kit wrote it down: read, summed up, and shown.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A line of the file that `SELVEDGE_COSTS` names.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Simulated {
        simulated: String,
        chaincode: String,
        test: String,
        runtime: String,
        cost: Cost,
    },
    Locked {
        locked: String,
        cost: BTreeMap<String, u64>,
        was: Option<BTreeMap<String, u64>>,
    },
}

/// Of one simulation, or the largest of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub(super) struct Cost {
    pub(super) fuel: u64,
    pub(super) memory_pages: u64,
    pub(super) host_calls: u64,
    pub(super) reads: u64,
    pub(super) writes: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) rwset_bytes: u64,
}

impl Cost {
    fn largest(self, other: Self) -> Self {
        Self {
            fuel: self.fuel.max(other.fuel),
            memory_pages: self.memory_pages.max(other.memory_pages),
            host_calls: self.host_calls.max(other.host_calls),
            reads: self.reads.max(other.reads),
            writes: self.writes.max(other.writes),
            bytes_in: self.bytes_in.max(other.bytes_in),
            bytes_out: self.bytes_out.max(other.bytes_out),
            rwset_bytes: self.rwset_bytes.max(other.rwset_bytes),
        }
    }
}

/// One row: a transaction on a runtime, of all tests or of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<String>,
    chaincode: String,
    transaction: String,
    runtime: String,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    subject: Subject,
    simulated: usize,
    median_fuel: u64,
    largest: Cost,
}

/// A number of a transaction that differs from the cost lock.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Change {
    transaction: String,
    number: String,
    /// Nothing: the transaction was not in the lock.
    was: Option<u64>,
    is: u64,
}

/// What a run of the tests cost.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    transactions: Vec<Row>,
    /// Transactions that a cost lock was asked about.
    locked: usize,
    changes: Vec<Change>,
}

impl Report {
    /// `by_test`: a row for each test's transactions, not for those of all.
    pub(super) fn read(text: &str, by_test: bool) -> Result<Self> {
        let mut costs: BTreeMap<Subject, Vec<Cost>> = BTreeMap::new();
        let mut locked: BTreeMap<String, _> = BTreeMap::new();
        for line in text.lines() {
            let line: Line = serde_json::from_str(line).context(
                "what the tests cost cannot be read; is selvedge-testkit of another version?",
            )?;
            match line {
                Line::Simulated {
                    simulated: transaction,
                    chaincode,
                    test,
                    runtime,
                    cost,
                } => {
                    let subject = Subject {
                        test: by_test.then_some(test),
                        chaincode,
                        transaction,
                        runtime,
                    };
                    costs.entry(subject).or_default().push(cost);
                }
                Line::Locked {
                    locked: of,
                    cost,
                    was,
                } => {
                    locked.insert(of, (cost, was));
                }
            }
        }
        let changes = locked
            .iter()
            .flat_map(|(of, (cost, was))| changes(of, cost, was.as_ref()));
        Ok(Self {
            changes: changes.collect(),
            locked: locked.len(),
            transactions: costs
                .into_iter()
                .map(|(of, costs)| row(of, &costs))
                .collect(),
        })
    }

    /// A table, and what differs from the cost lock.
    pub(super) fn table(&self) -> String {
        if self.transactions.is_empty() {
            return "No test simulated a transaction.\n".to_owned();
        }
        let mut lines = vec![HEADINGS.map(str::to_owned).to_vec()];
        lines.extend(self.transactions.iter().map(cells));
        let mut text = aligned(&lines);
        text.push_str("The largest of each number; fuel is the median and the largest.\n");
        text.push_str(&self.lock());
        text
    }

    fn lock(&self) -> String {
        if self.locked == 0 {
            return "No cost lock: a test with selvedge_testkit::CostLock keeps these numbers from growing unseen.\n"
                .to_owned();
        }
        if self.changes.is_empty() {
            return format!(
                "All {} transactions of costs.lock cost what it says.\n",
                self.locked
            );
        }
        let lines = self.changes.iter().map(|change| {
            let (of, number, is) = (&change.transaction, &change.number, change.is);
            match change.was {
                Some(was) => format!(
                    "costs.lock: {of}: {number} was {was} and is {is}{}\n",
                    percent(was, is)
                ),
                None => format!("costs.lock: {of}: {number} is {is}, and was not in it\n"),
            }
        });
        lines.collect()
    }
}

const HEADINGS: [&str; 10] = [
    "transaction",
    "runtime",
    "simulated",
    "fuel",
    "memory",
    "reads",
    "writes",
    "bytes in",
    "bytes out",
    "rwset",
];

fn row(subject: Subject, costs: &[Cost]) -> Row {
    let mut fuel: Vec<u64> = costs.iter().map(|cost| cost.fuel).collect();
    fuel.sort_unstable();
    Row {
        subject,
        simulated: costs.len(),
        median_fuel: fuel.get(fuel.len() / 2).copied().unwrap_or_default(),
        largest: costs.iter().copied().fold(Cost::default(), Cost::largest),
    }
}

fn cells(row: &Row) -> Vec<String> {
    let subject = &row.subject;
    let name = match &subject.test {
        Some(test) => format!("{test}: {}", subject.transaction),
        None => subject.transaction.clone(),
    };
    let cost = &row.largest;
    let (fuel, memory) = match cost.fuel {
        // Native code is not counted.
        0 => ("-".to_owned(), "-".to_owned()),
        fuel if fuel == row.median_fuel => (fuel.to_string(), kib(cost.memory_pages)),
        fuel => (
            format!("{} / {fuel}", row.median_fuel),
            kib(cost.memory_pages),
        ),
    };
    let numbers = [
        cost.reads,
        cost.writes,
        cost.bytes_in,
        cost.bytes_out,
        cost.rwset_bytes,
    ];
    let mut cells = vec![
        name,
        subject.runtime.clone(),
        row.simulated.to_string(),
        fuel,
        memory,
    ];
    cells.extend(numbers.map(|number| number.to_string()));
    cells
}

fn kib(pages: u64) -> String {
    format!("{} KiB", pages.saturating_mul(64))
}

/// Words to the left, numbers to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let mut text = String::new();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            let width = width(column);
            text.push_str(&match column {
                0 => format!("{cell:<width$}"),
                1 => format!("  {cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            });
        }
        text.push('\n');
    }
    text
}

fn changes(
    of: &str,
    cost: &BTreeMap<String, u64>,
    was: Option<&BTreeMap<String, u64>>,
) -> Vec<Change> {
    let all = cost.iter().map(|(number, is)| Change {
        transaction: of.to_owned(),
        was: was.and_then(|was| was.get(number).copied()),
        number: number.clone(),
        is: *is,
    });
    all.filter(|change| change.was != Some(change.is)).collect()
}

fn percent(was: u64, is: u64) -> String {
    let (sign, difference) = match is >= was {
        true => ('+', is - was),
        false => ('-', was - is),
    };
    match difference.saturating_mul(100).checked_div(was) {
        Some(percent) => format!(" ({sign}{percent} %)"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulated(test: &str, function: &str, runtime: &str, fuel: u64) -> String {
        format!(
            r#"{{"simulated":"{function}","chaincode":"c","test":"{test}","runtime":"{runtime}","cost":{{"fuel":{fuel},"memory-pages":2,"host-calls":1,"reads":1,"writes":0,"bytes-in":10,"bytes-out":5,"rwset-bytes":30}}}}"#
        )
    }

    fn lines() -> String {
        [
            simulated("one", "Read", "wasm", 100),
            simulated("two", "Read", "wasm", 300),
            simulated("two", "Read", "wasm", 200),
            simulated("one", "Read", "native", 0),
            r#"{"locked":"Read","test":"costs","cost":{"fuel":110,"reads":1},"was":{"fuel":100,"reads":1}}"#.to_owned(),
        ]
        .join("\n")
    }

    #[test]
    fn a_table_sums_up_every_transaction() {
        let table = Report::read(&lines(), false).unwrap().table();
        let expected = [
            "transaction  runtime  simulated       fuel   memory  reads  writes  bytes in  bytes out  rwset",
            "Read         native           1          -        -      1       0        10          5     30",
            "Read         wasm             3  200 / 300  128 KiB      1       0        10          5     30",
            "The largest of each number; fuel is the median and the largest.",
            "costs.lock: Read: fuel was 100 and is 110 (+10 %)",
        ];
        assert_eq!(table, expected.join("\n") + "\n");
    }

    #[test]
    fn a_test_can_have_rows_of_its_own() {
        let report = Report::read(&lines(), true).unwrap();
        let rows = serde_json::to_value(&report).unwrap();
        let tests: Vec<_> = rows["transactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row["test"].as_str().unwrap(),
                    row["simulated"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(tests, [("one", 1), ("one", 1), ("two", 2)]);
        assert_eq!(rows["changes"][0]["was"], 100);
    }

    #[test]
    fn tests_without_transactions_or_lock_say_so() {
        let table = Report::read("", false).unwrap().table();
        assert_eq!(table, "No test simulated a transaction.\n");
        let table = Report::read(&simulated("t", "F", "wasm", 1), false)
            .unwrap()
            .table();
        assert!(table.contains("No cost lock: "), "{table}");
        assert!(Report::read("no line", false).is_err());
    }
}
