use super::VersionedValue;
use lru::LruCache;
use parking_lot::Mutex;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Fixed keys: nothing here may depend on a random source, and a bounded cache does not mind collisions.
type Build = BuildHasherDefault<DefaultHasher>;

const SHARDS: usize = 16;
/// What an entry costs beside its bytes, roughly.
const OVERHEAD: usize = 160;

/// The newest values of public keys that are read often. A look-up costs a tenth of one in RocksDB.
///
/// It serves every height without a copy for each: an entry is the *newest* value of its key, so a reader at block `b`
/// may use it exactly when it was written at `b` or before. What a reader found itself enters only while its block is
/// still the newest ([`StateCache::offer`]); a commit moves on shard by shard, before readers see its block
/// ([`StateCache::advance`]).
pub(crate) struct StateCache {
    shards: [Mutex<Shard>; SHARDS],
}

struct Shard {
    /// The newest block whose writes have been applied here.
    block: u64,
    entries: LruCache<Box<[u8]>, VersionedValue, Build>,
    bytes: usize,
    limit: usize,
}

/// A key with its new value; `None`: deleted.
pub(crate) type Change = (Vec<u8>, Option<VersionedValue>);

impl StateCache {
    pub(crate) fn new(block: u64, limit: usize) -> Self {
        let shard = |_| Shard {
            block,
            entries: LruCache::unbounded_with_hasher(Build::default()),
            bytes: 0,
            limit: limit / SHARDS,
        };
        Self {
            shards: std::array::from_fn(|index| Mutex::new(shard(index))),
        }
    }

    /// The value as of `block`, if it is known.
    pub(crate) fn get(&self, key: &[u8], block: u64) -> Option<VersionedValue> {
        let mut shard = self.shard(key).lock();
        let found = shard.entries.get(key)?;
        (found.version.block <= block).then(|| found.clone())
    }

    /// What a reader at `block` found. It must own its bytes: a slice of a block would keep all of it in memory.
    pub(crate) fn offer(&self, key: &[u8], value: &VersionedValue, block: u64) {
        let mut shard = self.shard(key).lock();
        if shard.block == block {
            shard.insert(key.into(), value.clone());
        }
    }

    /// Applies a committed block. Keys that nobody has read lately stay outside.
    pub(crate) fn advance(&self, block: u64, changes: Vec<Change>) {
        let mut by_shard: [Vec<Change>; SHARDS] = Default::default();
        for change in changes {
            by_shard[index(&change.0)].push(change);
        }
        for (shard, changes) in self.shards.iter().zip(by_shard) {
            let mut shard = shard.lock();
            shard.block = block;
            for (key, value) in changes {
                let known = shard.remove(&key);
                if let (true, Some(value)) = (known, value) {
                    shard.insert(key.into(), value);
                }
            }
        }
    }

    fn shard(&self, key: &[u8]) -> &Mutex<Shard> {
        &self.shards[index(key)]
    }
}

fn index(key: &[u8]) -> usize {
    let mut hasher = DefaultHasher::default();
    key.hash(&mut hasher);
    hasher.finish() as usize % SHARDS
}

impl Shard {
    fn insert(&mut self, key: Box<[u8]>, value: VersionedValue) {
        self.remove(&key);
        self.bytes += cost(&key, &value);
        self.entries.put(key, value);
        while self.bytes > self.limit {
            let Some((key, value)) = self.entries.pop_lru() else {
                break;
            };
            self.bytes -= cost(&key, &value);
        }
    }

    fn remove(&mut self, key: &[u8]) -> bool {
        let Some((key, value)) = self.entries.pop_entry(key) else {
            return false;
        };
        self.bytes -= cost(&key, &value);
        true
    }
}

fn cost(key: &[u8], value: &VersionedValue) -> usize {
    key.len() + value.value.len() + value.metadata.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;
    use bytes::Bytes;

    fn value(block: u64) -> VersionedValue {
        VersionedValue {
            value: Bytes::from(vec![b'v'; 100]),
            version: Version::new(block, 0),
            metadata: Bytes::new(),
        }
    }

    #[test]
    fn readers_see_their_own_height() {
        let cache = StateCache::new(5, 1 << 20);
        cache.offer(b"k", &value(3), 5);
        assert_eq!(cache.get(b"k", 5), Some(value(3)));
        cache.advance(6, vec![(b"k".to_vec(), Some(value(6)))]);
        assert_eq!(cache.get(b"k", 5), None);
        assert_eq!(cache.get(b"k", 6), Some(value(6)));
        cache.advance(7, vec![(b"other".to_vec(), Some(value(7)))]);
        assert_eq!(cache.get(b"k", 6), Some(value(6)));
        assert_eq!(cache.get(b"other", 7), None, "nobody has read it");
        cache.advance(8, vec![(b"k".to_vec(), None)]);
        assert_eq!(cache.get(b"k", 7), None);
    }

    #[test]
    fn a_late_reader_brings_nothing_back() {
        let cache = StateCache::new(5, 1 << 20);
        cache.advance(6, vec![(b"k".to_vec(), None)]);
        cache.offer(b"k", &value(3), 5);
        assert_eq!(cache.get(b"k", 6), None);
    }

    #[test]
    fn it_stays_within_its_limit() {
        let cache = StateCache::new(0, 64 << 10);
        for key in 0..10_000_u32 {
            cache.offer(&key.to_be_bytes(), &value(0), 0);
        }
        for shard in &cache.shards {
            let shard = shard.lock();
            let bytes: usize = shard
                .entries
                .iter()
                .map(|(key, value)| cost(key, value))
                .sum();
            assert_eq!(bytes, shard.bytes);
            assert!(bytes <= 4 << 10 && !shard.entries.is_empty());
        }
    }
}
