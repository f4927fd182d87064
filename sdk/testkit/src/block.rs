use crate::envelope::genesis_envelope;
use crate::must::must;
use crate::{Simulated, Verdict};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_ledger::{
    BlockAndCodes, BlockHeader, Ledger, Options, StateDatabase, TxPrivateData, data_hash,
    header_hash,
};
use selvedge_protos::common;
use std::path::Path;

/// The blocks of the channel and the ledger that keeps them.
pub(crate) struct Chain {
    ledger: Ledger,
    /// Hash of the last block. Held while the next one is made and committed.
    tip: Mutex<[u8; 32]>,
}

impl Chain {
    pub(crate) fn create(dir: &Path, channel: &str, state_database: StateDatabase) -> Self {
        let (genesis, hash) = block(0, &[], vec![genesis_envelope(channel)]);
        let options = Options {
            sync: false,
            state_database,
            ..Options::default()
        };
        let ledger = must("creating the ledger", Ledger::create(dir, genesis, options));
        Self {
            ledger,
            tip: Mutex::new(hash),
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn commit<'s>(
        &self,
        transactions: impl IntoIterator<Item = &'s Simulated>,
    ) -> Vec<Verdict> {
        let transactions: Vec<&Simulated> = transactions.into_iter().collect();
        for transaction in &transactions {
            transaction.expect_ok();
        }
        let mut tip = self.tip.lock();
        let envelopes = transactions
            .iter()
            .map(|transaction| transaction.envelope().clone())
            .collect();
        let (block, hash) = block(self.ledger.height(), &*tip, envelopes);
        let judged = BlockAndCodes {
            block,
            codes: vec![0; transactions.len()],
            private: private_data(&transactions),
        };
        let committed = must("committing a block", self.ledger.commit(judged));
        *tip = hash;
        Verdict::all(&committed)
    }
}

fn private_data(transactions: &[&Simulated]) -> Vec<TxPrivateData> {
    let sets = (0..).zip(transactions).filter_map(|(tx, transaction)| {
        let write_set = transaction.results().private.clone()?;
        Some(TxPrivateData { tx, write_set })
    });
    sets.collect()
}

fn block(number: u64, previous: &[u8], envelopes: Vec<Bytes>) -> (Bytes, [u8; 32]) {
    let header = BlockHeader {
        number,
        previous_hash: Bytes::copy_from_slice(previous),
        data_hash: Bytes::copy_from_slice(&data_hash(&envelopes)),
    };
    let hash = header_hash(&header);
    let block = common::Block {
        header: Some(common::BlockHeader {
            number,
            previous_hash: header.previous_hash,
            data_hash: header.data_hash,
        }),
        data: Some(common::BlockData { data: envelopes }),
        metadata: Some(common::BlockMetadata {
            metadata: vec![Bytes::new(); 5],
        }),
    };
    (block.encode_to_vec().into(), hash)
}
