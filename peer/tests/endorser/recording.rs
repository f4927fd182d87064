//! A recorded channel of `tests/golden`.

use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{BlockAndCodes, TxPrivateData};
use selvedge_protos::{common, kvrwset, rwset};
use serde_json::Value;
use std::path::{Path, PathBuf};

pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

/// One channel: its blocks, private data and proposals.
pub(crate) struct Recording {
    dir: PathBuf,
    blocks: Vec<Value>,
    private: Vec<Value>,
    pub(crate) proposals: Vec<Recorded>,
}

/// One proposal with what real peers answered.
#[derive(Clone)]
pub(crate) struct Recorded {
    dir: PathBuf,
    pub(crate) index: Value,
}

impl Recorded {
    pub(crate) fn number(&self) -> u64 {
        self.index["n"].as_u64().unwrap()
    }

    pub(crate) fn height(&self) -> u64 {
        self.index["ledger_height"].as_u64().unwrap()
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.index[field].as_str().unwrap()
    }

    pub(crate) fn bytes(&self) -> Bytes {
        std::fs::read(self.dir.join(self.text("file")))
            .unwrap()
            .into()
    }

    /// (organisation, entry of the index) of every peer that was asked.
    pub(crate) fn responses(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.index["responses"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(org, response)| (org.as_str(), response))
    }

    pub(crate) fn response(&self, entry: &Value) -> selvedge_protos::protos::ProposalResponse {
        let bytes = std::fs::read(self.dir.join(entry["file"].as_str().unwrap())).unwrap();
        selvedge_protos::protos::ProposalResponse::decode(&*bytes).unwrap()
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

impl Recording {
    /// `sub` is empty for the main channel.
    pub(crate) fn load(sub: &str) -> Self {
        let dir = golden().join(sub);
        let lines = std::fs::read_to_string(dir.join("pvtdata.jsonl")).unwrap();
        let proposals = json(&dir.join("proposals/index.json"));
        let recorded = |index: &Value| Recorded {
            dir: dir.join("proposals"),
            index: index.clone(),
        };
        Self {
            blocks: json(&dir.join("expected.json"))["blocks"]
                .as_array()
                .unwrap()
                .clone(),
            private: lines
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            proposals: proposals.as_array().unwrap().iter().map(recorded).collect(),
            dir,
        }
    }

    pub(crate) fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub(crate) fn is_config(&self, number: u64) -> bool {
        let txs = self.blocks[number as usize]["txs"].as_array().unwrap();
        txs.iter()
            .any(|tx| tx["type"] == "CONFIG" && tx["code"] == 0)
    }

    /// As it came from the ordering node: no codes, no commit hash.
    pub(crate) fn block(&self, number: u64) -> Bytes {
        let bytes = std::fs::read(self.dir.join(format!("blocks/{number:04}.block"))).unwrap();
        let mut block = common::Block::decode(&*bytes).unwrap();
        let slots = &mut block.metadata.as_mut().unwrap().metadata;
        slots[2] = Bytes::new();
        slots[4] = Bytes::new();
        block.encode_to_vec().into()
    }

    /// A block with the codes that validation finds before it looks at the state, and what `org` holds of its private
    /// data.
    pub(crate) fn input(&self, number: u64, org: &str) -> BlockAndCodes {
        let txs = self.blocks[number as usize]["txs"].as_array().unwrap();
        let code = |tx: &Value| match tx["code"].as_u64().unwrap() {
            11 | 12 => 0,
            other => u8::try_from(other).unwrap(),
        };
        BlockAndCodes {
            block: self.block(number),
            codes: txs.iter().map(code).collect(),
            private: self.private(number, org),
        }
    }

    fn private(&self, number: u64, org: &str) -> Vec<TxPrivateData> {
        let is_held = |record: &&Value| {
            record["block"] == number
                && record["peers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|peer| peer == org)
        };
        let data = |record: &Value| {
            let tx = record["tx"].as_u64().unwrap();
            let served = hex::decode(record["txpvtrwset_hex"].as_str().unwrap()).unwrap();
            let tx_id = self.blocks[number as usize]["txs"][tx as usize]["txid"]
                .as_str()
                .unwrap();
            TxPrivateData {
                tx,
                write_set: self.with_purged_keys(served, tx_id),
            }
        };
        self.private.iter().filter(is_held).map(data).collect()
    }

    /// A peer serves the write set of a purge without the purged keys; the block's hash is over the set with them.
    fn with_purged_keys(&self, served: Vec<u8>, tx_id: &str) -> Bytes {
        let purged = self.purged_keys(tx_id);
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

    fn purged_keys(&self, tx_id: &str) -> Vec<String> {
        let proposal = self
            .proposals
            .iter()
            .find(|proposal| proposal.text("txid") == tx_id);
        let script = proposal
            .and_then(|proposal| proposal.index["args"][1].as_str())
            .unwrap_or_default();
        let operations: Vec<Value> = serde_json::from_str(script).unwrap_or_default();
        let purges = operations
            .iter()
            .filter(|operation| operation[0] == "purge");
        purges
            .map(|operation| operation[2].as_str().unwrap().to_owned())
            .collect()
    }
}
