use crate::LedgerError;
use bytes::Bytes;

/// The hashed part of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockHeader {
    pub number: u64,
    pub previous_hash: Bytes,
    pub data_hash: Bytes,
}

/// A block taken apart without copying: every part shares the bytes it came in.
#[derive(Clone, Debug)]
pub struct ParsedBlock {
    pub header: BlockHeader,
    /// Serialized `common.Envelope`s.
    pub envelopes: Vec<Bytes>,
    /// Signatures, last configuration, codes, orderer, commit hash; fewer slots when the block came with fewer.
    pub metadata: Vec<Bytes>,
}

impl ParsedBlock {
    pub fn parse(block: &Bytes) -> Result<Self, LedgerError> {
        todo!("{block:?}")
    }
}
