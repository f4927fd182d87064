use crate::Version;
use bytes::Bytes;
use prost::encoding::{decode_varint, encode_varint};

/// A value in the state with the height of its last write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedValue {
    pub value: Bytes,
    pub version: Version,
    /// Serialized `kvrwset.KVMetadataWrite` with only its entries; empty when the key has none.
    pub metadata: Bytes,
}

impl VersionedValue {
    /// Three varints (block, transaction, metadata length), metadata, value.
    pub(crate) fn encode(version: Version, metadata: &[u8], value: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(metadata.len() + value.len() + 12);
        encode_varint(version.block, &mut out);
        encode_varint(version.tx, &mut out);
        encode_varint(metadata.len() as u64, &mut out);
        out.extend_from_slice(metadata);
        out.extend_from_slice(value);
        out
    }

    /// Shares `stored`.
    pub(crate) fn decode(mut stored: Bytes) -> Option<Self> {
        let block = decode_varint(&mut stored).ok()?;
        let tx = decode_varint(&mut stored).ok()?;
        let metadata_len = usize::try_from(decode_varint(&mut stored).ok()?).ok()?;
        if metadata_len > stored.len() {
            return None;
        }
        let metadata = stored.split_to(metadata_len);
        Some(Self {
            value: stored,
            version: Version { block, tx },
            metadata,
        })
    }

    /// The version alone, without taking hold of the value.
    pub(crate) fn decode_version(mut stored: &[u8]) -> Option<Version> {
        let block = decode_varint(&mut stored).ok()?;
        let tx = decode_varint(&mut stored).ok()?;
        Some(Version { block, tx })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trip(block: u64, tx: u64, metadata: Vec<u8>, value: Vec<u8>) {
            let version = Version { block, tx };
            let stored = VersionedValue::encode(version, &metadata, &value);
            prop_assert_eq!(VersionedValue::decode_version(&stored), Some(version));
            let back = VersionedValue::decode(stored.into()).unwrap();
            prop_assert_eq!(back, VersionedValue { value: value.into(), version, metadata: metadata.into() });
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = VersionedValue::decode_version(&bytes);
            let _ = VersionedValue::decode(bytes.into());
        }
    }
}
