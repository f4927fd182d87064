//! Whether data that comes later is what the block names.

use crate::Version;
use crate::rwset::{CollectionSet, is_hash_delete, is_write_delete};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::kvrwset::{KvWrite, KvrwSet};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// What a transaction says of one collection.
pub(super) struct Expected {
    /// Of the whole write set; empty when only the hashes of its keys are known, from a snapshot.
    whole: Bytes,
    /// Hash of key to hash of value; `None` for a deletion.
    writes: BTreeMap<Bytes, Option<Bytes>>,
    /// Hashes of keys whose metadata changes.
    metadata: Vec<Bytes>,
}

/// A write set that is genuine, without keys that were purged since.
pub(super) struct Accepted {
    pub(super) bytes: Bytes,
    pub(super) set: KvrwSet,
}

impl Expected {
    pub(super) fn of(set: &CollectionSet) -> Self {
        let write = |write: &selvedge_protos::kvrwset::KvWriteHash| {
            let value = (!is_hash_delete(write)).then(|| write.value_hash.clone());
            (write.key_hash.clone(), value)
        };
        let metadata = set.hashed.metadata_writes.iter();
        Self {
            whole: set.private_hash.clone(),
            writes: set.hashed.hashed_writes.iter().map(write).collect(),
            metadata: metadata.map(|write| write.key_hash.clone()).collect(),
        }
    }

    pub(super) fn of_snapshot(hashes: Vec<(Bytes, Bytes)>) -> Self {
        Self {
            whole: Bytes::new(),
            writes: hashes
                .into_iter()
                .map(|(key, value)| (key, Some(value)))
                .collect(),
            metadata: Vec::new(),
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Bytes> {
        self.writes.keys()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.metadata.is_empty()
    }

    /// The data, if it is genuine: the whole as the block names it, or, when a peer that purged some of it sends the
    /// rest, every key that was not purged and nothing else. `purged` answers for the hash of a key.
    ///
    /// Fabric: core/ledger/kvledger/hashcheck_pvtdata.go.
    pub(super) fn accept(
        &self,
        bytes: &Bytes,
        purged: impl Fn(&Bytes) -> Option<Version>,
        version: Version,
    ) -> Option<Accepted> {
        let set = KvrwSet::decode(bytes.clone()).ok()?;
        let is_whole = !self.whole.is_empty() && self.whole == Sha256::digest(bytes).as_slice();
        let is_purged = |hash: &Bytes| purged(hash).is_some_and(|purge| version <= purge);
        let hash = |key: &str| Bytes::copy_from_slice(&Sha256::digest(key));
        let mut kept = KvrwSet::default();
        let mut found = 0;
        for write in &set.writes {
            let key = hash(&write.key);
            if is_purged(&key) || !(is_whole || self.names(&key, write)) {
                continue;
            }
            found += 1;
            kept.writes.push(write.clone());
        }
        let metadata = set.metadata_writes.iter();
        let metadata =
            metadata.filter(|write| is_whole || self.metadata.contains(&hash(&write.key)));
        kept.metadata_writes = metadata.cloned().collect();
        if is_whole && kept == set {
            return Some(Accepted {
                bytes: bytes.clone(),
                set,
            });
        }
        let wanted = self.writes.keys().filter(|key| !is_purged(key)).count();
        (is_whole || found == wanted).then(|| Accepted {
            bytes: kept.encode_to_vec().into(),
            set: kept,
        })
    }

    fn names(&self, key: &Bytes, write: &KvWrite) -> bool {
        match self.writes.get(key) {
            None => false,
            Some(None) => is_write_delete(write),
            Some(Some(value)) => {
                !is_write_delete(write) && *value == Sha256::digest(&write.value).as_slice()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_protos::kvrwset::{HashedRwSet, KvWriteHash};

    fn write(key: &str, value: &str) -> KvWrite {
        KvWrite {
            key: key.to_owned(),
            is_delete: false,
            value: Bytes::copy_from_slice(value.as_bytes()),
        }
    }

    fn set(writes: &[KvWrite]) -> Bytes {
        let set = KvrwSet {
            writes: writes.to_vec(),
            ..KvrwSet::default()
        };
        set.encode_to_vec().into()
    }

    fn digest(text: &str) -> Bytes {
        Bytes::copy_from_slice(&Sha256::digest(text))
    }

    fn expected() -> Expected {
        let hashed = |key: &str, value: &str| KvWriteHash {
            key_hash: digest(key),
            value_hash: digest(value),
            ..KvWriteHash::default()
        };
        let writes = set(&[write("a", "1"), write("b", "2")]);
        Expected::of(&CollectionSet {
            collection: "c".to_owned(),
            hashed: HashedRwSet {
                hashed_writes: vec![hashed("a", "1"), hashed("b", "2")],
                ..HashedRwSet::default()
            },
            private_hash: Bytes::copy_from_slice(&Sha256::digest(writes)),
        })
    }

    fn keys(accepted: Option<Accepted>) -> Option<Vec<String>> {
        let writes = accepted?.set.writes;
        Some(writes.into_iter().map(|write| write.key).collect())
    }

    #[test]
    fn the_whole_is_taken_and_nothing_else() {
        let version = Version::new(5, 1);
        let judge = |writes: &[KvWrite]| keys(expected().accept(&set(writes), |_| None, version));
        assert_eq!(
            judge(&[write("a", "1"), write("b", "2")]).unwrap(),
            ["a", "b"]
        );
        assert_eq!(judge(&[write("a", "1")]), None, "only some");
        assert_eq!(
            judge(&[write("a", "1"), write("b", "x")]),
            None,
            "another value"
        );
        assert_eq!(
            judge(&[write("a", "1"), write("c", "2")]),
            None,
            "another key"
        );
        let more = [write("a", "1"), write("b", "2"), write("c", "3")];
        assert_eq!(judge(&more).unwrap(), ["a", "b"], "the rest is dropped");
        assert_eq!(
            keys(expected().accept(&Bytes::from_static(&[0xff]), |_| None, version)),
            None
        );
    }

    #[test]
    fn what_was_purged_is_neither_demanded_nor_taken() {
        let version = Version::new(5, 1);
        let purged = |at: Version| move |key: &Bytes| (*key == digest("b")).then_some(at);
        let all = set(&[write("a", "1"), write("b", "2")]);
        let rest = set(&[write("a", "1")]);
        for data in [&all, &rest] {
            let judged = expected().accept(data, purged(Version::new(7, 0)), version);
            assert_eq!(keys(judged).unwrap(), ["a"]);
        }
        // A purge before the write does not concern it.
        let judged = expected().accept(&rest, purged(Version::new(4, 0)), version);
        assert_eq!(keys(judged), None);
        let everything = |_: &Bytes| Some(Version::new(9, 0));
        let judged = expected().accept(&Bytes::new(), everything, version);
        assert!(keys(judged).unwrap().is_empty());
    }

    #[test]
    fn a_snapshot_knows_the_keys_alone() {
        let hashes = vec![(digest("a"), digest("1"))];
        let expected = Expected::of_snapshot(hashes);
        let version = Version::new(5, 1);
        let judge = |writes: &[KvWrite]| keys(expected.accept(&set(writes), |_| None, version));
        assert_eq!(
            judge(&[write("a", "1"), write("gone", "2")]).unwrap(),
            ["a"]
        );
        assert_eq!(judge(&[write("gone", "2")]), None);
    }
}
