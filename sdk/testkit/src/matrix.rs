//! Which transactions conflict with which.

use crate::rwset::readable_key;
use crate::{Network, Request, Simulated, Verdict};
use selvedge_ledger::ConflictSubject;
use sha2::{Digest, Sha256};
use std::fmt;

/// Every pair of transactions, both simulated on the same state and committed in one block.
#[derive(Clone, Debug)]
pub struct ConflictMatrix {
    labels: Vec<String>,
    /// By the transaction that comes first in the block: what becomes of each that comes second.
    cells: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug)]
struct Cell {
    verdict: Verdict,
    place: Option<String>,
}

impl Network {
    /// Races every pair of them, and each with another of its kind, on the state as it is. The network itself stays as
    /// it is.
    ///
    /// ```
    /// # use selvedge_testkit::Network;
    /// # let network = Network::new();
    /// # let assets = network.deploy("basic", asset_transfer::CHAINCODE);
    /// # let ann = network.client("Org1MSP", "ann");
    /// assets.submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300));
    /// let matrix = network.conflict_matrix(&[
    ///     assets.request(&ann, "TransferAsset", ("a1", "bob")),
    ///     assets.request(&ann, "CreateAsset", ("a2", "red", 5, "ann", 300)),
    /// ]);
    /// assert_eq!(
    ///     matrix.to_string(),
    ///     "\
    /// 1  ann: TransferAsset(a1, bob)
    /// 2  ann: CreateAsset(a2, red, 5, ann, 300)
    ///
    /// first  then 1  then 2
    ///     1  MVCC    ok
    ///     2  ok      MVCC
    ///
    /// 1 then 1: MVCC on basic/a1
    /// 2 then 2: MVCC on basic/a2
    /// "
    /// );
    /// ```
    ///
    /// # Panics
    /// For a transaction that is refused.
    #[track_caller]
    pub fn conflict_matrix(&self, requests: &[Request]) -> ConflictMatrix {
        let row = |first: &Request| {
            let cell = |second: &Request| self.cell(first, second);
            requests.iter().map(cell).collect()
        };
        ConflictMatrix {
            labels: requests.iter().map(Request::label).collect(),
            cells: requests.iter().map(row).collect(),
        }
    }

    #[track_caller]
    fn cell(&self, first: &Request, second: &Request) -> Cell {
        let fork = self.fork();
        let pair = [first.on(&fork).simulate(), second.on(&fork).simulate()];
        let [_, verdict] = fork
            .commit(&pair)
            .try_into()
            .unwrap_or_else(|_| panic!("a block of two transactions has two verdicts"));
        let place = verdict.conflict_at();
        Cell {
            place: place.map(|place| in_clear(place, &verdict, &pair[0])),
            verdict,
        }
    }
}

/// Blocks have the hashes of private keys; who wrote one knows it.
fn in_clear(place: String, verdict: &Verdict, writer: &Simulated) -> String {
    let subject = verdict.conflict().map(|conflict| &conflict.subject);
    let Some(ConflictSubject::KeyHash(hash)) = subject else {
        return place;
    };
    let written = writer.results().written.iter();
    let key = written
        .filter(|key| !key.collection.is_empty())
        .find(|key| Sha256::digest(&key.key)[..] == hash[..]);
    key.map_or(place, |key| {
        format!(
            "{}/{}/{}",
            key.namespace,
            key.collection,
            readable_key(&key.key)
        )
    })
}

impl ConflictMatrix {
    /// The transactions, in the order given.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What becomes of the transaction `second` behind `first` in one block.
    ///
    /// # Panics
    /// For a number that is not below that of the transactions.
    pub fn verdict(&self, first: usize, second: usize) -> &Verdict {
        &self.cells[first][second].verdict
    }

    /// Where the two conflict, as [`Verdict::conflict_at`] says it; a private key in clear.
    ///
    /// # Panics
    /// For a number that is not below that of the transactions.
    pub fn place(&self, first: usize, second: usize) -> Option<&str> {
        self.cells[first][second].place.as_deref()
    }

    /// Every pair whose second transaction loses: the first, the second, and why.
    pub fn conflicts(&self) -> impl Iterator<Item = (usize, usize, &Verdict)> {
        let rows = self.cells.iter().enumerate();
        let all = rows.flat_map(|(first, row)| {
            let cells = row.iter().enumerate();
            cells.map(move |(second, cell)| (first, second, &cell.verdict))
        });
        all.filter(|(_, _, verdict)| !verdict.is_valid())
    }
}

/// The transactions, the matrix, and one line for each conflict: for expectations in tests.
impl fmt::Display for ConflictMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.labels.len().to_string().len();
        for (index, label) in (1..).zip(&self.labels) {
            writeln!(f, "{index:>digits$}  {label}")?;
        }
        write!(f, "\nfirst")?;
        let width = self.width(digits);
        self.line(f, width, (1..).zip(&self.labels), |(second, _)| {
            format!("then {second}")
        })?;
        for (first, row) in (1..).zip(&self.cells) {
            write!(f, "{first:>5}")?;
            self.line(f, width, row.iter(), |cell| word(&cell.verdict).to_owned())?;
        }
        for (nth, (first, second, verdict)) in self.conflicts().enumerate() {
            let blank = if nth == 0 { "\n" } else { "" };
            let place = self.place(first, second);
            let (first, second, what) = (first + 1, second + 1, word(verdict));
            write!(f, "{blank}{first} then {second}: {what}")?;
            match place {
                Some(place) => writeln!(f, " on {place}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

impl ConflictMatrix {
    fn width(&self, digits: usize) -> usize {
        let words = self
            .cells
            .iter()
            .flatten()
            .map(|cell| word(&cell.verdict).len());
        words.max().unwrap_or(0).max("then ".len() + digits)
    }

    /// Cells of one width, the last without blanks behind it.
    fn line<T>(
        &self,
        f: &mut fmt::Formatter<'_>,
        width: usize,
        cells: impl Iterator<Item = T>,
        text: impl Fn(T) -> String,
    ) -> fmt::Result {
        let mut line = String::new();
        for cell in cells {
            line.push_str(&format!("  {:<width$}", text(cell)));
        }
        writeln!(f, "{}", line.trim_end())
    }
}

/// A verdict in a cell.
fn word(verdict: &Verdict) -> &'static str {
    match verdict.name() {
        "VALID" => "ok",
        "MVCC_READ_CONFLICT" => "MVCC",
        "PHANTOM_READ_CONFLICT" => "phantom",
        other => other,
    }
}
