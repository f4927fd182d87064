//! What an audit finds, as it is told: one record after the other.

use crate::validation::Explanation;
use selvedge_protos::protos::TxValidationCode as Code;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use std::collections::BTreeMap;

/// One line of the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    Block(BlockReport),
    Difference(Difference),
    Summary(Summary),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockReport {
    pub number: u64,
    /// Where the block was found.
    pub origin: String,
    /// Hex, as all hashes.
    pub header_hash: String,
    /// The data is what the header says.
    pub data_hash: Check,
    /// The header names the block before.
    pub previous_hash: Check,
    /// The ordering service signed it. A genesis block is not signed.
    pub signatures: Check,
    pub commit_hash: CommitHash,
    pub transactions: Vec<TransactionReport>,
}

/// `problem` is empty when all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Check {
    pub ok: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub problem: String,
}

impl Check {
    pub(super) fn of(result: Result<(), String>) -> Self {
        Self {
            ok: result.is_ok(),
            problem: result.err().unwrap_or_default(),
        }
    }
}

/// `None` where a block has none: the genesis block, blocks as an orderer has them, and what could not be committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CommitHash {
    pub computed: Option<String>,
    pub recorded: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransactionReport {
    pub index: u64,
    /// Empty where it cannot be read.
    pub tx_id: String,
    /// `common.HeaderType`; empty where it cannot be read.
    pub kind: String,
    pub verdict: Verdict,
    /// `None` in blocks as an orderer has them.
    pub recorded: Option<Verdict>,
}

/// A `protos.TxValidationCode`, serialized as number and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verdict(pub u8);

impl Verdict {
    pub fn name(self) -> &'static str {
        Code::try_from(i32::from(self.0)).map_or("UNKNOWN", |code| code.as_str_name())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("code", &self.0)?;
        map.serialize_entry("name", self.name())?;
        map.end()
    }
}

/// What about a chain is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The genesis block is another than the one given.
    Genesis,
    DataHash,
    PreviousHash,
    Signatures,
    /// Bytes that a peer would not accept in a block, or that belong to nothing.
    Form,
    /// The last configuration that the block names is another.
    LastConfig,
    /// A configuration that does not follow from the one before.
    Configuration,
    /// Not one recorded verdict for each transaction.
    Verdicts,
    Verdict,
    CommitHash,
    State,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub block: u64,
    pub origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tx_id: String,
    pub what: Kind,
    pub message: String,
    /// Only of the first one: those behind may follow from it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "explanation"
    )]
    pub explanation: Option<Explanation>,
}

fn explanation<S: Serializer>(
    explanation: &Option<Explanation>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(Explanation { cause, facts }) = explanation else {
        return serializer.serialize_none();
    };
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("cause", cause)?;
    let mut repeated: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in facts {
        repeated.entry(name).or_default().push(value);
    }
    for (name, values) in repeated {
        match values.as_slice() {
            [only] => map.serialize_entry(&name.replace(' ', "_"), only)?,
            several => map.serialize_entry(&name.replace(' ', "_"), several)?,
        }
    }
    map.end()
}

/// How often a verdict was found, and how often it is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub computed: u64,
    pub recorded: u64,
}

/// A snapshot that an audit began with. Its blocks, and who wrote its state, were not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BegunWith {
    pub dir: String,
    /// The block behind which it was made.
    pub last_block: u64,
    /// Hex; its files have the hashes that this one stands for.
    pub hash: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<BegunWith>,
    /// Blocks that were judged, the genesis block included.
    pub blocks: u64,
    pub transactions: u64,
    /// By name.
    pub verdicts: BTreeMap<String, Count>,
    /// Of the last block that was judged.
    pub header_hash: String,
    pub commit_hash: String,
    /// Blocks without recorded verdicts.
    pub without_verdicts: u64,
    /// Private write sets of which only the hashes were judged.
    pub private_sets: u64,
    /// Rows of the state behind the last block.
    pub public_rows: u64,
    pub hashed_rows: u64,
    /// Rows were compared with the state that a peer keeps.
    pub state_compared: bool,
    pub differences: u64,
    /// Why the audit ended before the last block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}
