use super::merkle::proto;
use crate::Version;
use bytes::Bytes;
use prost::Message;
use selvedge_interface::MetadataEntry;
use selvedge_protos::{kvrwset, rwset};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Collects what a transaction reads and writes and serializes it as Go peers do: namespaces, collections and keys
/// ascending, hashed entries in the order of their plain keys, range infos in order of appearance (Fabric:
/// core/ledger/kvledger/txmgmt/rwsetutil/rwset_builder.go).
#[derive(Default)]
pub(crate) struct Builder {
    namespaces: Vec<(String, Namespace)>,
}

#[derive(Default)]
struct Namespace {
    reads: BTreeMap<String, Option<Version>>,
    ranges: Vec<kvrwset::RangeQueryInfo>,
    /// An empty value is a deletion.
    writes: BTreeMap<String, Bytes>,
    metadata: BTreeMap<String, Vec<kvrwset::KvMetadataEntry>>,
    collections: Vec<(String, Collection)>,
}

#[derive(Default)]
struct Collection {
    reads: BTreeMap<String, Option<Version>>,
    writes: BTreeMap<String, PrivateWrite>,
    metadata: BTreeMap<String, Vec<kvrwset::KvMetadataEntry>>,
}

struct PrivateWrite {
    value: Bytes,
    is_purge: bool,
}

/// Serialized `rwset.TxReadWriteSet` and, if anything private was written, `rwset.TxPvtReadWriteSet`.
pub(crate) struct Built {
    pub(crate) public: Bytes,
    pub(crate) private: Option<Bytes>,
}

impl Builder {
    pub(crate) fn read(&mut self, namespace: &str, key: &str, version: Option<Version>) {
        insert(&mut self.namespace(namespace).reads, key, version);
    }

    pub(crate) fn write(&mut self, namespace: &str, key: &str, value: Bytes) {
        insert(&mut self.namespace(namespace).writes, key, value);
    }

    pub(crate) fn metadata_write(
        &mut self,
        namespace: &str,
        key: &str,
        entries: Vec<MetadataEntry>,
    ) {
        insert(
            &mut self.namespace(namespace).metadata,
            key,
            sorted(entries),
        );
    }

    /// A range with the same bounds and end as an earlier one is recorded once.
    pub(crate) fn range(&mut self, namespace: &str, info: kvrwset::RangeQueryInfo) {
        let ranges = &mut self.namespace(namespace).ranges;
        let same = |other: &kvrwset::RangeQueryInfo| {
            other.start_key == info.start_key
                && other.end_key == info.end_key
                && other.itr_exhausted == info.itr_exhausted
        };
        if !ranges.iter().any(same) {
            ranges.push(info);
        }
    }

    pub(crate) fn hashed_read(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        version: Option<Version>,
    ) {
        insert(
            &mut self.collection(namespace, collection).reads,
            key,
            version,
        );
    }

    pub(crate) fn private_write(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
    ) {
        let write = PrivateWrite {
            value,
            is_purge: false,
        };
        insert(
            &mut self.collection(namespace, collection).writes,
            key,
            write,
        );
    }

    pub(crate) fn purge(&mut self, namespace: &str, collection: &str, key: &str) {
        let write = PrivateWrite {
            value: Bytes::new(),
            is_purge: true,
        };
        insert(
            &mut self.collection(namespace, collection).writes,
            key,
            write,
        );
    }

    pub(crate) fn private_metadata_write(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        entries: Vec<MetadataEntry>,
    ) {
        insert(
            &mut self.collection(namespace, collection).metadata,
            key,
            sorted(entries),
        );
    }

    /// (namespace, collection or empty, key) of everything written, in order.
    pub(crate) fn written(&self) -> Vec<(&str, &str, &str)> {
        let mut out = Vec::new();
        for (namespace, set) in &self.namespaces {
            let keys = set.writes.keys().chain(
                set.metadata
                    .keys()
                    .filter(|key| !set.writes.contains_key(*key)),
            );
            out.extend(keys.map(|key| (namespace.as_str(), "", key.as_str())));
            for (name, collection) in &set.collections {
                let metadata = collection
                    .metadata
                    .keys()
                    .filter(|key| !collection.writes.contains_key(*key));
                let keys = collection.writes.keys().chain(metadata);
                out.extend(keys.map(|key| (namespace.as_str(), name.as_str(), key.as_str())));
            }
        }
        out
    }

    pub(crate) fn build(self) -> Built {
        let mut public = rwset::TxReadWriteSet::default();
        let mut private = rwset::TxPvtReadWriteSet::default();
        for (namespace, set) in self.namespaces {
            let (public_set, collections) = set.build(namespace.clone());
            public.ns_rwset.push(public_set);
            if !collections.is_empty() {
                private.ns_pvt_rwset.push(rwset::NsPvtReadWriteSet {
                    namespace,
                    collection_pvt_rwset: collections,
                });
            }
        }
        let private = (!private.ns_pvt_rwset.is_empty()).then(|| private.encode_to_vec().into());
        Built {
            public: public.encode_to_vec().into(),
            private,
        }
    }

    fn namespace(&mut self, namespace: &str) -> &mut Namespace {
        entry(&mut self.namespaces, namespace)
    }

    fn collection(&mut self, namespace: &str, collection: &str) -> &mut Collection {
        entry(&mut self.namespace(namespace).collections, collection)
    }
}

impl Namespace {
    fn build(
        self,
        namespace: String,
    ) -> (rwset::NsReadWriteSet, Vec<rwset::CollectionPvtReadWriteSet>) {
        let public = kvrwset::KvrwSet {
            reads: self
                .reads
                .into_iter()
                .map(|(key, version)| read(key, version))
                .collect(),
            range_queries_info: self.ranges,
            writes: self
                .writes
                .into_iter()
                .map(|(key, value)| write(key, value))
                .collect(),
            metadata_writes: self
                .metadata
                .into_iter()
                .map(|(key, entries)| metadata(key, entries))
                .collect(),
        };
        let mut hashed = Vec::with_capacity(self.collections.len());
        let mut private = Vec::new();
        for (name, collection) in self.collections {
            let (hashed_rwset, private_rwset) = collection.build();
            let pvt_rwset_hash = private_rwset
                .as_ref()
                .map(|set| sha256(set))
                .unwrap_or_default();
            hashed.push(rwset::CollectionHashedReadWriteSet {
                collection_name: name.clone(),
                hashed_rwset,
                pvt_rwset_hash,
            });
            private.extend(private_rwset.map(|rwset| rwset::CollectionPvtReadWriteSet {
                collection_name: name,
                rwset,
            }));
        }
        let rwset = public.encode_to_vec().into();
        (
            rwset::NsReadWriteSet {
                namespace,
                rwset,
                collection_hashed_rwset: hashed,
            },
            private,
        )
    }
}

impl Collection {
    /// Serialized `HashedRWSet`, and `KVRWSet` if there is anything to write.
    fn build(self) -> (Bytes, Option<Bytes>) {
        let hashed = kvrwset::HashedRwSet {
            hashed_reads: self
                .reads
                .iter()
                .map(|(key, version)| hashed_read(key, *version))
                .collect(),
            hashed_writes: self
                .writes
                .iter()
                .map(|(key, write)| hashed_write(key, write))
                .collect(),
            metadata_writes: self
                .metadata
                .iter()
                .map(|(key, entries)| hashed_metadata(key, entries))
                .collect(),
        };
        let hashed = hashed.encode_to_vec().into();
        if self.writes.is_empty() && self.metadata.is_empty() {
            return (hashed, None);
        }
        let private = kvrwset::KvrwSet {
            writes: self
                .writes
                .into_iter()
                .map(|(key, private)| write(key, private.value))
                .collect(),
            metadata_writes: self
                .metadata
                .into_keys()
                .map(|key| metadata(key, Vec::new()))
                .collect(),
            ..Default::default()
        };
        (hashed, Some(private.encode_to_vec().into()))
    }
}

fn read(key: String, version: Option<Version>) -> kvrwset::KvRead {
    kvrwset::KvRead {
        key,
        version: version.map(proto),
    }
}

fn write(key: String, value: Bytes) -> kvrwset::KvWrite {
    kvrwset::KvWrite {
        key,
        is_delete: value.is_empty(),
        value,
    }
}

fn metadata(key: String, entries: Vec<kvrwset::KvMetadataEntry>) -> kvrwset::KvMetadataWrite {
    kvrwset::KvMetadataWrite { key, entries }
}

fn hashed_read(key: &str, version: Option<Version>) -> kvrwset::KvReadHash {
    kvrwset::KvReadHash {
        key_hash: sha256(key.as_bytes()),
        version: version.map(proto),
    }
}

fn hashed_write(key: &str, write: &PrivateWrite) -> kvrwset::KvWriteHash {
    let is_delete = write.value.is_empty();
    kvrwset::KvWriteHash {
        key_hash: sha256(key.as_bytes()),
        is_delete,
        value_hash: if is_delete {
            Bytes::new()
        } else {
            sha256(&write.value)
        },
        is_purge: write.is_purge,
    }
}

fn hashed_metadata(
    key: &str,
    entries: &[kvrwset::KvMetadataEntry],
) -> kvrwset::KvMetadataWriteHash {
    kvrwset::KvMetadataWriteHash {
        key_hash: sha256(key.as_bytes()),
        entries: entries.to_vec(),
    }
}

/// Of several entries with one name, the last.
fn sorted(entries: Vec<MetadataEntry>) -> Vec<kvrwset::KvMetadataEntry> {
    let by_name: BTreeMap<_, _> = entries
        .into_iter()
        .map(|entry| (entry.name, entry.value))
        .collect();
    by_name
        .into_iter()
        .map(|(name, value)| kvrwset::KvMetadataEntry { name, value })
        .collect()
}

fn sha256(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&Sha256::digest(bytes))
}

/// Allocates the key only when it is new.
fn insert<V>(map: &mut BTreeMap<String, V>, key: &str, value: V) {
    match map.get_mut(key) {
        Some(slot) => *slot = value,
        None => {
            map.insert(key.to_owned(), value);
        }
    }
}

/// Allocates the name only when it is new; a transaction touches few namespaces, so a sorted list beats a tree.
fn entry<'a, V: Default>(list: &'a mut Vec<(String, V)>, name: &str) -> &'a mut V {
    let at = match list.binary_search_by(|(other, _)| other.as_str().cmp(name)) {
        Ok(at) => at,
        Err(at) => {
            list.insert(at, (name.to_owned(), V::default()));
            at
        }
    };
    &mut list[at].1
}

#[cfg(test)]
mod tests;
