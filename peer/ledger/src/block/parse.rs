use super::wire::without_field;
use crate::LedgerError;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::common;

/// Number of metadata slots of a stored block.
const SLOTS: usize = 5;
const CODES_SLOT: usize = 2;
const COMMIT_HASH_SLOT: usize = 4;
/// Field number of `common.Block.metadata`.
const METADATA_FIELD: u32 = 3;

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
    /// # Errors
    /// [`LedgerError::Malformed`] when `block` is not a `common.Block` with a header and data.
    pub fn parse(block: &Bytes) -> Result<Self, LedgerError> {
        let decoded = common::Block::decode(block.clone())
            .map_err(|error| malformed("?", &error.to_string()))?;
        let header = decoded
            .header
            .ok_or_else(|| malformed("?", "it has no header"))?;
        let data = decoded
            .data
            .ok_or_else(|| malformed(&header.number.to_string(), "it has no data"))?;
        Ok(Self {
            header: BlockHeader {
                number: header.number,
                previous_hash: header.previous_hash,
                data_hash: header.data_hash,
            },
            envelopes: data.data,
            metadata: decoded
                .metadata
                .map(|metadata| metadata.metadata)
                .unwrap_or_default(),
        })
    }

    /// The validation codes in slot 2; empty where nobody has validated the block.
    pub fn codes(&self) -> Bytes {
        self.metadata.get(CODES_SLOT).cloned().unwrap_or_default()
    }

    /// The commit hash in slot 4; empty when there is none.
    pub fn commit_hash(&self) -> Bytes {
        let slot = self
            .metadata
            .get(COMMIT_HASH_SLOT)
            .cloned()
            .unwrap_or_default();
        common::Metadata::decode(slot)
            .map(|metadata| metadata.value)
            .unwrap_or_default()
    }
}

/// The block to store: header and data as they arrived, our codes and commit hash in its metadata. An empty commit hash
/// leaves its slot empty.
pub(crate) fn with_outcome(
    block: &Bytes,
    parsed: &ParsedBlock,
    codes: &[u8],
    commit_hash: &Bytes,
) -> Result<Bytes, LedgerError> {
    let mut out = without_field(block, METADATA_FIELD).ok_or_else(|| {
        malformed(
            &parsed.header.number.to_string(),
            "its fields cannot be told apart",
        )
    })?;
    let mut slots = parsed.metadata.clone();
    slots.resize(slots.len().max(SLOTS), Bytes::new());
    set(&mut slots, CODES_SLOT, Bytes::copy_from_slice(codes));
    let hash = common::Metadata {
        value: commit_hash.clone(),
        ..Default::default()
    };
    set(&mut slots, COMMIT_HASH_SLOT, hash.encode_to_vec().into());
    let metadata = common::BlockMetadata { metadata: slots };
    let rest = common::Block {
        metadata: Some(metadata),
        ..Default::default()
    };
    rest.encode(&mut out)
        .map_err(|error| malformed(&parsed.header.number.to_string(), &error.to_string()))?;
    Ok(out.into())
}

fn set(slots: &mut [Bytes], index: usize, value: Bytes) {
    if let Some(slot) = slots.get_mut(index) {
        *slot = value;
    }
}

fn malformed(block: &str, what: &str) -> LedgerError {
    LedgerError::Malformed {
        block: block.to_owned(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = ParsedBlock::parse(&bytes.into());
        }

        #[test]
        fn header_and_data_survive_byte_for_byte(
            number: u64,
            hash: Vec<u8>,
            data in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..4),
            slots in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5), 0..7),
        ) {
            let block = common::Block {
                header: Some(common::BlockHeader { number, previous_hash: hash.into(), ..Default::default() }),
                data: Some(common::BlockData { data: data.into_iter().map(Bytes::from).collect() }),
                metadata: Some(common::BlockMetadata { metadata: slots.into_iter().map(Bytes::from).collect() }),
            };
            let raw = Bytes::from(block.encode_to_vec());
            let parsed = ParsedBlock::parse(&raw).unwrap();
            let stored = with_outcome(&raw, &parsed, &[0, 11], &Bytes::from_static(b"hash")).unwrap();
            let again = ParsedBlock::parse(&stored).unwrap();
            prop_assert_eq!(&again.header, &parsed.header);
            prop_assert_eq!(&again.envelopes, &parsed.envelopes);
            prop_assert_eq!(again.codes(), &[0, 11][..]);
            prop_assert_eq!(again.commit_hash(), &b"hash"[..]);
        }
    }
}
