//! Block-to-live that cannot be found out: a guess would fork the state.

use crate::synthetic;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{BlockAndCodes, BlockToLive, Ledger, LedgerError, Options, Snapshot};
use selvedge_protos::{kvrwset, rwset};
use std::sync::{Arc, Mutex};

/// Knows one collection, and whom it was asked about.
#[derive(Default)]
struct Known(Mutex<Vec<String>>);

impl BlockToLive for Known {
    fn block_to_live(&self, _: &Snapshot, _: &str, collection: &str) -> Result<u64, String> {
        self.0.lock().unwrap().push(collection.to_owned());
        match collection {
            "known" => Ok(1),
            _ => Err(format!("no such collection '{collection}'")),
        }
    }
}

fn transaction(tx_id: &str, collection: &str, is_delete: bool) -> Bytes {
    let value_hash = match is_delete {
        true => Bytes::new(),
        false => Bytes::from_static(&[7; 32]),
    };
    let hashed = kvrwset::HashedRwSet {
        hashed_writes: vec![kvrwset::KvWriteHash {
            key_hash: Bytes::from_static(&[1; 32]),
            is_delete,
            value_hash,
            is_purge: false,
        }],
        ..Default::default()
    };
    let set = rwset::TxReadWriteSet {
        data_model: 0,
        ns_rwset: vec![rwset::NsReadWriteSet {
            namespace: "cc".to_owned(),
            rwset: Bytes::new(),
            collection_hashed_rwset: vec![rwset::CollectionHashedReadWriteSet {
                collection_name: collection.to_owned(),
                hashed_rwset: hashed.encode_to_vec().into(),
                pvt_rwset_hash: Bytes::from_static(&[9; 32]),
            }],
        }],
    };
    synthetic::transaction(tx_id, set.encode_to_vec().into())
}

fn commit(ledger: &Ledger, transactions: Vec<Bytes>) -> Result<(), LedgerError> {
    let codes = vec![0; transactions.len()];
    let block = synthetic::next_block(ledger, transactions);
    let input = BlockAndCodes {
        block,
        codes,
        private: Vec::new(),
    };
    ledger.commit(input).map(|_| ())
}

/// Fabric: core/ledger/pvtdatapolicy/btlpolicy.go, GetBTL; asked for deletions, too.
#[test]
fn an_unknown_collection_fails_the_commit() {
    let dir = synthetic::dir();
    let known = Arc::new(Known::default());
    let options = Options {
        block_to_live: Arc::clone(&known) as _,
        ..synthetic::options()
    };
    let ledger = Ledger::create(dir.path(), synthetic::genesis(), options).unwrap();
    for is_delete in [false, true] {
        let sound = transaction("sound", "known", false);
        let odd = transaction("odd", "unknown", is_delete);
        let error = commit(&ledger, vec![sound, odd]).unwrap_err();
        assert!(
            matches!(&error, LedgerError::BlockToLive { collection, .. } if collection == "unknown"),
            "{error:?}"
        );
        assert!(
            error.to_string().ends_with("no such collection 'unknown'"),
            "{error}"
        );
        assert_eq!(ledger.height(), 1);
        let hash = |ledger: &Ledger| {
            let state = ledger.snapshot();
            state
                .private_hash_by_key_hash("cc", "known", &[1; 32])
                .unwrap()
        };
        assert!(hash(&ledger).is_none());
    }
    // Nothing of it is left behind: the next block is committed, and what it wrote expires at its height.
    commit(&ledger, vec![transaction("sound", "known", false)]).unwrap();
    let alive = |ledger: &Ledger| {
        let state = ledger.snapshot();
        let found = state.private_hash_by_key_hash("cc", "known", &[1; 32]);
        found.unwrap().is_some()
    };
    assert!(alive(&ledger));
    commit(&ledger, Vec::new()).unwrap();
    assert!(alive(&ledger));
    commit(&ledger, Vec::new()).unwrap();
    assert!(
        !alive(&ledger),
        "written in block 1, gone with block 1 + 1 + 1"
    );
    assert!(known.0.lock().unwrap().iter().any(|name| name == "known"));
}
