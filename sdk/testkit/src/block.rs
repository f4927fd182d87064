//! Blocks as an orderer makes them.

use bytes::Bytes;
use prost::Message;
use selvedge_ledger::{BlockAndCodes, BlockHeader, TxPrivateData, data_hash, header_hash};
use selvedge_protos::common;

/// A block with its verdicts so far and all of its private data, as given to every peer.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) number: u64,
    pub(crate) hash: [u8; 32],
    bytes: Bytes,
    codes: Vec<u8>,
    pub(crate) private: Vec<TxPrivateData>,
}

impl Block {
    /// The block that follows the one with the hash `previous`.
    pub(crate) fn new(
        number: u64,
        previous: &[u8],
        envelopes: Vec<Bytes>,
        codes: Vec<u8>,
        private: Vec<TxPrivateData>,
    ) -> Self {
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
        Self {
            number,
            hash,
            bytes: block.encode_to_vec().into(),
            codes,
            private,
        }
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// For a peer that holds this private data.
    pub(crate) fn with(&self, private: Vec<TxPrivateData>) -> BlockAndCodes {
        BlockAndCodes {
            block: self.bytes.clone(),
            codes: self.codes.clone(),
            private,
        }
    }
}
