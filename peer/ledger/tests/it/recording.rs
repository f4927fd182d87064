//! The recorded channel of `tests/golden`.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use prost::Message;
use selvedge_ledger::{BlockAndCodes, BlockToLive, Ledger, Options, Snapshot, TxPrivateData};
use selvedge_protos::{common, kvrwset, rwset};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

pub(crate) fn json(path: &str) -> Value {
    let text = std::fs::read_to_string(golden().join(path)).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn json_lines(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(golden().join(path)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn block(number: u64) -> Bytes {
    std::fs::read(golden().join(format!("blocks/{number:04}.block")))
        .unwrap()
        .into()
}

/// Block-to-live of the recorded channel's definitions.
struct Recorded;

impl BlockToLive for Recorded {
    fn block_to_live(
        &self,
        _: &Snapshot,
        namespace: &str,
        collection: &str,
    ) -> Result<u64, String> {
        Ok(if (namespace, collection) == ("kv", "collA") {
            3
        } else {
            0
        })
    }
}

pub(crate) fn options() -> Options {
    Options {
        block_to_live: Arc::new(Recorded),
        sync: false,
        ..Options::default()
    }
}

/// The block as it came from the ordering node: no codes, no commit hash.
pub(crate) fn as_ordered(block: &Bytes) -> Bytes {
    let mut decoded = common::Block::decode(block.clone()).unwrap();
    let slots = &mut decoded.metadata.as_mut().unwrap().metadata;
    slots[2] = Bytes::new();
    slots[4] = Bytes::new();
    decoded.encode_to_vec().into()
}

/// What validation finds before it looks at the state.
pub(crate) fn codes(expected: &Value) -> Vec<u8> {
    let code = |tx: &Value| match tx["code"].as_u64().unwrap() {
        11 | 12 => 0,
        other => other as u8,
    };
    expected["txs"]
        .as_array()
        .unwrap()
        .iter()
        .map(code)
        .collect()
}

/// Keys that a recorded transaction purges: a peer serves its write set without them, so they are added again before
/// the set is fed.
fn purged_keys(tx_id: &str) -> Vec<String> {
    let proposals = json("proposals/index.json");
    let proposals = proposals.as_array().unwrap();
    let Some(proposal) = proposals.iter().find(|proposal| proposal["txid"] == tx_id) else {
        return Vec::new();
    };
    let Some(script) = proposal["args"].get(1).and_then(Value::as_str) else {
        return Vec::new();
    };
    let operations: Value = serde_json::from_str(script).unwrap_or_default();
    let purges = operations
        .as_array()
        .into_iter()
        .flatten()
        .filter(|operation| operation[0] == "purge");
    purges
        .map(|operation| operation[2].as_str().unwrap().to_owned())
        .collect()
}

fn with_purged_keys(served: Vec<u8>, purged: &[String]) -> Bytes {
    if purged.is_empty() {
        return served.into();
    }
    let mut set = rwset::TxPvtReadWriteSet::decode(&*served).unwrap();
    for collection in set
        .ns_pvt_rwset
        .iter_mut()
        .flat_map(|namespace| &mut namespace.collection_pvt_rwset)
    {
        let mut writes = kvrwset::KvrwSet::decode(collection.rwset.clone()).unwrap();
        let delete = |key: &String| kvrwset::KvWrite {
            key: key.clone(),
            is_delete: true,
            value: Bytes::new(),
        };
        writes.writes.extend(purged.iter().map(delete));
        writes.writes.sort_by(|one, other| one.key.cmp(&other.key));
        collection.rwset = writes.encode_to_vec().into();
    }
    set.encode_to_vec().into()
}

pub(crate) struct Recording {
    pub(crate) blocks: Vec<Value>,
    private: Vec<Value>,
}

impl Recording {
    pub(crate) fn load() -> Self {
        let blocks = json("expected.json")["blocks"].as_array().unwrap().clone();
        Self {
            blocks,
            private: json_lines("pvtdata.jsonl"),
        }
    }

    pub(crate) fn create(&self, dir: &Path) -> Result<Ledger> {
        Ok(Ledger::create(dir, as_ordered(&block(0)), options())?)
    }

    pub(crate) fn input(&self, number: u64, org: &str) -> BlockAndCodes {
        BlockAndCodes {
            block: as_ordered(&block(number)),
            codes: codes(&self.blocks[number as usize]),
            private: self.private(number, org),
        }
    }

    /// Private data of a block as one organisation's peer serves it after the commit.
    pub(crate) fn served(&self, number: u64, org: &str) -> Vec<TxPrivateData> {
        let held = |record: &&Value| {
            record["block"] == number
                && record["peers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|peer| peer == org)
        };
        let data = |record: &Value| TxPrivateData {
            tx: record["tx"].as_u64().unwrap(),
            write_set: bytes(&record["txpvtrwset_hex"]).into(),
        };
        self.private.iter().filter(held).map(data).collect()
    }

    fn private(&self, number: u64, org: &str) -> Vec<TxPrivateData> {
        let mut served = self.served(number, org);
        for data in &mut served {
            let tx_id = self.blocks[number as usize]["txs"][data.tx as usize]["txid"]
                .as_str()
                .unwrap();
            data.write_set = with_purged_keys(data.write_set.to_vec(), &purged_keys(tx_id));
        }
        served
    }

    /// Commits up to and including `last`.
    pub(crate) fn feed(&self, ledger: &Ledger, org: &str, last: u64) -> Result<()> {
        for number in ledger.height()..=last {
            ledger
                .commit(self.input(number, org))
                .with_context(|| format!("block {number}"))?;
        }
        Ok(())
    }

    pub(crate) fn last(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }
}
