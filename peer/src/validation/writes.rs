use bytes::Bytes;
use prost::DecodeError;
use selvedge_protos::{
    kvrwset::{HashedRwSet, KvrwSet},
    received,
    rwset::TxReadWriteSet,
};
use std::fmt;

/// One key a transaction writes, as far as endorsement policies care.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WrittenKey {
    /// Empty: public state, and `key` is the key itself. Otherwise `key` is the hash of the private key.
    pub(super) collection: String,
    pub(super) key: Bytes,
}

/// A key as text, or the hash of a private one in hex.
impl fmt::Display for WrittenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.collection.is_empty() {
            true => write!(f, "{}", String::from_utf8_lossy(&self.key).escape_debug()),
            false => f.write_str(&hex::encode(&self.key)),
        }
    }
}

/// What a transaction writes in one namespace.
#[derive(Debug, Default)]
pub(super) struct NamespaceWrites {
    pub(super) namespace: String,
    /// In the order in which Fabric looks at them: public values, public metadata, and then the same for hashes.
    pub(super) keys: Vec<WrittenKey>,
    /// Those whose metadata changes: later transactions of the block that touch them are judged stale.
    pub(super) metadata: Vec<WrittenKey>,
    /// Private write sets, of which the block has the hashes.
    pub(super) private: Vec<PrivateSet>,
}

/// One collection a transaction writes: what the private write set has to hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateSet {
    pub namespace: String,
    pub collection: String,
    /// SHA-256 of the serialized `kvrwset.KVRWSet`.
    pub hash: Bytes,
}

/// Which writes count: older channels do not know all kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) private: bool,
    pub(super) metadata: bool,
}

impl Scope {
    pub(super) const ALL: Self = Self {
        private: true,
        metadata: true,
    };
}

/// The write sets of a transaction, in the order of its read-write set. Nested sets that do not parse fail the whole.
///
/// Fabric: core/common/validation/statebased/validator_keylevel.go, Evaluate.
pub(super) fn parse(results: &Bytes, scope: Scope) -> Result<Vec<NamespaceWrites>, DecodeError> {
    let set = received::<TxReadWriteSet>(results.clone())?;
    set.ns_rwset
        .into_iter()
        .map(|set| namespace(set, scope))
        .collect()
}

fn namespace(
    set: selvedge_protos::rwset::NsReadWriteSet,
    scope: Scope,
) -> Result<NamespaceWrites, DecodeError> {
    let public = received::<KvrwSet>(set.rwset)?;
    let mut out = NamespaceWrites {
        namespace: set.namespace,
        ..Default::default()
    };
    out.keys
        .extend(public.writes.into_iter().map(|write| public_key(write.key)));
    let of_public = public.metadata_writes.into_iter();
    out.add_metadata(
        of_public
            .filter(|_| scope.metadata)
            .map(|write| public_key(write.key)),
    );
    let mut collections = Vec::with_capacity(set.collection_hashed_rwset.len());
    for collection in set.collection_hashed_rwset {
        let hashed = received::<HashedRwSet>(collection.hashed_rwset)?;
        if !(hashed.hashed_writes.is_empty() && hashed.metadata_writes.is_empty()) {
            out.private.push(PrivateSet {
                namespace: out.namespace.clone(),
                collection: collection.collection_name.clone(),
                hash: collection.pvt_rwset_hash,
            });
        }
        collections.push((collection.collection_name, hashed));
    }
    if !scope.private {
        return Ok(out);
    }
    for (name, hashed) in &collections {
        out.keys.extend(
            hashed
                .hashed_writes
                .iter()
                .map(|write| hashed_key(name, &write.key_hash)),
        );
    }
    for (name, hashed) in &collections {
        let of_private = hashed.metadata_writes.iter();
        out.add_metadata(
            of_private
                .filter(|_| scope.metadata)
                .map(|write| hashed_key(name, &write.key_hash)),
        );
    }
    Ok(out)
}

impl NamespaceWrites {
    /// A namespace that is only read is not validated.
    pub(super) fn is_written(&self) -> bool {
        !self.keys.is_empty()
    }

    fn add_metadata(&mut self, keys: impl Iterator<Item = WrittenKey>) {
        for key in keys {
            self.metadata.push(key.clone());
            self.keys.push(key);
        }
    }
}

fn public_key(key: String) -> WrittenKey {
    WrittenKey {
        collection: String::new(),
        key: key.into(),
    }
}

fn hashed_key(collection: &str, key_hash: &Bytes) -> WrittenKey {
    WrittenKey {
        collection: collection.to_owned(),
        key: key_hash.clone(),
    }
}
