use crate::Version;
use bytes::Bytes;

/// A value in the state with the height of its last write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedValue {
    pub value: Bytes,
    pub version: Version,
    /// Serialized `kvrwset.KVMetadataWrite` with only its entries; empty when the key has none.
    pub metadata: Bytes,
}
