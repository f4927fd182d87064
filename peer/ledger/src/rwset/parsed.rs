use crate::Version;
use bytes::Bytes;
use selvedge_protos::{kvrwset, received, rwset};

/// SHA-256 of nothing: a private write of this value hash is a deletion.
const EMPTY_HASH: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// A transaction's read-write set, all layers decoded.
#[derive(Debug, Default)]
pub(crate) struct TxSet {
    pub(crate) namespaces: Vec<NsSet>,
}

#[derive(Debug)]
pub(crate) struct NsSet {
    pub(crate) namespace: String,
    pub(crate) public: kvrwset::KvrwSet,
    pub(crate) collections: Vec<CollectionSet>,
}

#[derive(Debug)]
pub(crate) struct CollectionSet {
    pub(crate) collection: String,
    pub(crate) hashed: kvrwset::HashedRwSet,
    /// SHA-256 of the private write set; empty when the transaction wrote nothing private here.
    pub(crate) private_hash: Bytes,
}

impl TxSet {
    pub(crate) fn decode(bytes: Bytes) -> Result<Self, prost::DecodeError> {
        let outer = received::<rwset::TxReadWriteSet>(bytes)?;
        let namespaces = outer
            .ns_rwset
            .into_iter()
            .map(NsSet::decode)
            .collect::<Result<_, _>>()?;
        Ok(Self { namespaces })
    }

    /// One public write, as a configuration transaction makes it.
    pub(crate) fn single_write(namespace: &str, key: &str, value: Bytes) -> Self {
        let write = kvrwset::KvWrite {
            key: key.to_owned(),
            is_delete: value.is_empty(),
            value,
        };
        let public = kvrwset::KvrwSet {
            writes: vec![write],
            ..Default::default()
        };
        Self {
            namespaces: vec![NsSet {
                namespace: namespace.to_owned(),
                public,
                collections: Vec::new(),
            }],
        }
    }

    pub(crate) fn collection(&self, namespace: &str, collection: &str) -> Option<&CollectionSet> {
        let set = self
            .namespaces
            .iter()
            .find(|set| set.namespace == namespace)?;
        set.collections
            .iter()
            .find(|set| set.collection == collection)
    }
}

impl NsSet {
    fn decode(set: rwset::NsReadWriteSet) -> Result<Self, prost::DecodeError> {
        let collections = set
            .collection_hashed_rwset
            .into_iter()
            .map(CollectionSet::decode)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            namespace: set.namespace,
            public: received::<kvrwset::KvrwSet>(set.rwset)?,
            collections,
        })
    }
}

impl CollectionSet {
    fn decode(set: rwset::CollectionHashedReadWriteSet) -> Result<Self, prost::DecodeError> {
        Ok(Self {
            collection: set.collection_name,
            hashed: received::<kvrwset::HashedRwSet>(set.hashed_rwset)?,
            private_hash: set.pvt_rwset_hash,
        })
    }
}

pub(crate) fn version_of(version: Option<&kvrwset::Version>) -> Option<Version> {
    version.map(|version| Version {
        block: version.block_num,
        tx: version.tx_num,
    })
}

pub(crate) fn is_write_delete(write: &kvrwset::KvWrite) -> bool {
    write.is_delete || write.value.is_empty()
}

pub(crate) fn is_hash_delete(write: &kvrwset::KvWriteHash) -> bool {
    write.is_delete || write.value_hash.is_empty() || write.value_hash == EMPTY_HASH.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn empty_hash_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_HASH, Sha256::digest([]).as_slice());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = TxSet::decode(bytes.into());
        }
    }
}
