use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};

/// Private write sets of proposals this peer endorsed, kept until the transaction that carries their hashes commits.
///
/// In memory: an entry lost in a crash is an entry the peer would have to fetch from another member, the same as one
/// it never received. Several endorsements of one transaction ID may coexist, because a client may ask twice.
#[derive(Debug, Default)]
pub struct TransientStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_tx: BTreeMap<String, Vec<Entry>>,
    by_height: BTreeSet<(u64, String)>,
}

/// One endorsement's private data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Height of the channel when it was endorsed.
    pub endorsed_at: u64,
    /// Serialized `rwset.TxPvtReadWriteSet`.
    pub private: Bytes,
}

impl TransientStore {
    pub fn persist(&self, tx_id: &str, endorsed_at: u64, private: Bytes) {
        let mut inner = self.inner.lock();
        let entry = Entry {
            endorsed_at,
            private,
        };
        let entries = inner.by_tx.entry(tx_id.to_owned()).or_default();
        if entries.contains(&entry) {
            return;
        }
        entries.push(entry);
        inner.by_height.insert((endorsed_at, tx_id.to_owned()));
    }

    /// Everything known for a transaction, oldest first.
    pub fn get(&self, tx_id: &str) -> Vec<Entry> {
        self.inner
            .lock()
            .by_tx
            .get(tx_id)
            .cloned()
            .unwrap_or_default()
    }

    /// Forgets committed transactions.
    pub fn purge<'a>(&self, tx_ids: impl IntoIterator<Item = &'a str>) {
        let mut inner = self.inner.lock();
        for tx_id in tx_ids {
            for entry in inner.by_tx.remove(tx_id).unwrap_or_default() {
                inner
                    .by_height
                    .remove(&(entry.endorsed_at, tx_id.to_owned()));
            }
        }
    }

    /// Drops what was endorsed below `height`: its transaction was never submitted.
    /// Fabric: `transientstoreMaxBlockRetention`.
    pub fn purge_below(&self, height: u64) {
        let mut inner = self.inner.lock();
        let keep = inner.by_height.split_off(&(height, String::new()));
        let old = std::mem::replace(&mut inner.by_height, keep);
        for (_, tx_id) in old {
            let empty = inner.by_tx.get_mut(&tx_id).is_some_and(|entries| {
                entries.retain(|entry| entry.endorsed_at >= height);
                entries.is_empty()
            });
            if empty {
                inner.by_tx.remove(&tx_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_endorsement_once_and_forgets_it_when_committed() {
        let store = TransientStore::default();
        store.persist("a", 3, Bytes::from_static(b"x"));
        store.persist("a", 3, Bytes::from_static(b"x"));
        store.persist("a", 4, Bytes::from_static(b"y"));
        assert_eq!(store.get("a").len(), 2);
        store.purge(["a", "unknown"]);
        assert!(store.get("a").is_empty());
        assert!(store.inner.lock().by_height.is_empty());
    }

    #[test]
    fn drops_what_is_older_than_the_retention() {
        let store = TransientStore::default();
        store.persist("a", 3, Bytes::from_static(b"x"));
        store.persist("a", 9, Bytes::from_static(b"y"));
        store.persist("b", 4, Bytes::from_static(b"z"));
        store.purge_below(5);
        assert_eq!(store.get("a").len(), 1);
        assert!(store.get("b").is_empty());
    }
}
