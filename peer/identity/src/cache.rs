//! Bounded caches. Everything in them can be computed again; they only save certificate checks.

use std::{fmt, hash::Hash, num::NonZeroUsize};

use lru::LruCache;
use parking_lot::Mutex;

/// A least-recently-used cache that several threads may ask.
pub(crate) struct Cache<K: Hash + Eq, V>(Mutex<LruCache<K, V>>);

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Holds `capacity` entries at most.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN);
        Self(Mutex::new(LruCache::new(capacity)))
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.lock().get(key).cloned()
    }

    pub(crate) fn put(&self, key: K, value: V) {
        self.0.lock().put(key, value);
    }
}

impl<K: Hash + Eq, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({} entries)", self.0.lock().len())
    }
}
