//! Read-write sets, public and private, committed to a ledger.

use crate::golden::{self, InMemory};
use crate::{Target, pieces, transaction};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_ledger::{BlockAndCodes, Ledger, StateDatabase, TxPrivateData};

pub(crate) const TARGET: Target = Target {
    name: "read_write_set",
    run,
    seeds,
};

/// After so many blocks a ledger begins anew, so that it stays small.
const BLOCKS: u64 = 500;

static CHANNEL: Mutex<Option<InMemory>> = Mutex::new(None);

/// A read-write set, and the private one that a member has of it.
fn run(data: &[u8]) {
    let mut channel = CHANNEL.lock();
    let is_full = |channel: &InMemory| channel.ledger.height() > BLOCKS;
    if channel.as_ref().is_none_or(is_full) {
        *channel = Some(InMemory::recorded(8, StateDatabase::CouchDb));
    }
    commit(&channel.as_ref().unwrap().ledger, data);
}

fn commit(ledger: &Ledger, data: &[u8]) {
    let pieces = pieces::cut(data);
    let piece = |at: usize| Bytes::copy_from_slice(pieces.get(at).copied().unwrap_or_default());
    let height = ledger.height();
    let transaction = transaction::with_results(&format!("tx {height}"), piece(0));
    let block = transaction::next_block(ledger, vec![transaction]);
    let private = TxPrivateData {
        tx: 0,
        write_set: piece(1),
    };
    let committed = ledger.commit(BlockAndCodes {
        block: block.encode_to_vec().into(),
        codes: vec![0],
        private: if private.write_set.is_empty() {
            Vec::new()
        } else {
            vec![private]
        },
    });
    match committed {
        Ok(committed) => {
            assert_eq!(committed.codes.len(), 1);
            assert_eq!(ledger.height(), height + 1);
        }
        // Private data that is not the block's.
        Err(error) => assert_eq!(ledger.height(), height, "{error}"),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let sets: Vec<Bytes> = golden::envelopes()
        .iter()
        .filter_map(transaction::results_of)
        .collect();
    let lines = String::from_utf8(golden::file("pvtdata.jsonl")).unwrap();
    let private = lines.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        hex::decode(line["txpvtrwset_hex"].as_str().unwrap()).unwrap()
    });
    let empty = std::iter::repeat_with(Vec::new);
    let pairs = sets.iter().step_by(4).zip(private.chain(empty));
    pairs
        .map(|(set, private)| pieces::join(&[set.as_ref(), &private]))
        .collect()
}
