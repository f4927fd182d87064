use lru::LruCache;
use parking_lot::Mutex;
use std::sync::Arc;

/// The SHA-256 of a component.
pub(crate) type Key = [u8; 32];

/// Each keeps a file descriptor open, of which many systems give a process a thousand.
const MOST: usize = 256;

/// What is ready to be called, up to so many bytes and up to [`MOST`]. What nobody asked for longest goes first; whoever
/// has it keeps it.
///
/// The value asked for last always stays, however large it is.
pub(crate) struct Ready<T> {
    entries: Mutex<Entries<T>>,
    limit: usize,
}

struct Entries<T> {
    by_key: LruCache<Key, Entry<T>>,
    bytes: usize,
}

struct Entry<T> {
    slot: Slot<T>,
    /// 0 until the value is there.
    bytes: usize,
}

/// A value that is there or on its way; whoever comes second waits.
type Slot<T> = Arc<Mutex<Option<Arc<T>>>>;

impl<T> Ready<T> {
    pub(crate) fn new(limit: usize) -> Self {
        let entries = Entries {
            by_key: LruCache::unbounded(),
            bytes: 0,
        };
        Self {
            entries: Mutex::new(entries),
            limit,
        }
    }

    /// The value of `key`, which `make` makes, with its size, if it is not there. Only one thread makes it; a failure is
    /// its own, and the next one to ask tries again.
    pub(crate) fn get<E>(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<(T, usize), E>,
    ) -> Result<Arc<T>, E> {
        let slot = self.slot(key);
        let mut held = slot.lock();
        if let Some(value) = held.as_ref() {
            return Ok(Arc::clone(value));
        }
        match make() {
            Ok((value, bytes)) => {
                let value = Arc::clone(held.insert(Arc::new(value)));
                drop(held);
                // Unmapped when nothing is locked any more.
                drop(self.account(key, &slot, bytes));
                Ok(value)
            }
            Err(error) => {
                drop(held);
                self.forget(key, &slot);
                Err(error)
            }
        }
    }

    /// How many there are, and their bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        let entries = self.entries.lock();
        let there = entries.by_key.iter().filter(|(_, entry)| entry.bytes > 0);
        (there.count(), entries.bytes)
    }

    fn slot(&self, key: &Key) -> Slot<T> {
        let mut entries = self.entries.lock();
        let entry = entries.by_key.get_or_insert(*key, || Entry {
            slot: Slot::default(),
            bytes: 0,
        });
        Arc::clone(&entry.slot)
    }

    /// Counts a value that has just been made, and takes out what is too much.
    fn account(&self, key: &Key, slot: &Slot<T>, bytes: usize) -> Vec<Entry<T>> {
        let mut entries = self.entries.lock();
        let Entries { by_key, bytes: sum } = &mut *entries;
        // It may have been taken out while it was made; then it belongs to those who waited for it.
        if let Some(entry) = by_key.peek_mut(key)
            && Arc::ptr_eq(&entry.slot, slot)
        {
            entry.bytes = bytes.max(1);
            *sum += entry.bytes;
        }
        let mut out = Vec::new();
        while by_key.len() > 1 && (*sum > self.limit || by_key.len() > MOST) {
            let Some((_, entry)) = by_key.pop_lru() else {
                break;
            };
            *sum -= entry.bytes;
            out.push(entry);
        }
        out
    }

    fn forget(&self, key: &Key, slot: &Slot<T>) {
        let mut entries = self.entries.lock();
        let is_ours = |entry: &Entry<T>| entry.bytes == 0 && Arc::ptr_eq(&entry.slot, slot);
        if entries.by_key.peek(key).is_some_and(is_ours) {
            entries.by_key.pop(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(n: u8) -> Key {
        [n; 32]
    }

    /// Asks for `n`, and tells whether it had to be made.
    fn asked(ready: &Ready<u8>, n: u8, bytes: usize) -> bool {
        let mut made = false;
        let value = ready.get(&key(n), || {
            made = true;
            Ok::<_, Infallible>((n, bytes))
        });
        assert_eq!(*value.unwrap(), n);
        made
    }

    #[test]
    fn what_was_asked_for_last_stays() {
        let ready = Ready::new(10);
        assert!(asked(&ready, 1, 4));
        assert!(asked(&ready, 2, 4));
        assert!(!asked(&ready, 1, 4));
        assert!(asked(&ready, 3, 4));
        assert_eq!(ready.held(), (2, 8));
        assert!(!asked(&ready, 1, 4));
        assert!(asked(&ready, 2, 4));
        assert!(asked(&ready, 3, 4));
        assert_eq!(ready.held(), (2, 8));
    }

    #[test]
    fn one_may_be_larger_than_all_may_be() {
        let ready = Ready::new(10);
        assert!(asked(&ready, 1, 4));
        assert!(asked(&ready, 2, 11));
        assert_eq!(ready.held(), (1, 11));
        assert!(!asked(&ready, 2, 11));
        assert!(asked(&ready, 1, 4));
        assert_eq!(ready.held(), (1, 4));
    }

    #[test]
    fn there_are_never_too_many() {
        let ready = Ready::new(usize::MAX);
        for n in 0..=MOST {
            let key = [n as u8, (n >> 8) as u8].repeat(16).try_into().unwrap();
            ready.get(&key, || Ok::<_, Infallible>((n, 1))).unwrap();
        }
        assert_eq!(ready.held(), (MOST, MOST));
    }

    #[test]
    fn a_value_in_use_outlives_its_place() {
        let ready = Ready::new(1);
        let used = ready.get(&key(1), || Ok::<_, Infallible>((7, 1))).unwrap();
        assert!(asked(&ready, 2, 1));
        assert_eq!((*used, Arc::strong_count(&used)), (7, 1));
    }

    #[test]
    fn a_failure_leaves_nothing_and_is_tried_again() {
        let ready = Ready::<u8>::new(10);
        assert_eq!(ready.get(&key(1), || Err("no")), Err("no"));
        assert_eq!(ready.entries.lock().by_key.len(), 0);
        assert!(asked(&ready, 1, 1));
    }

    #[test]
    fn many_threads_make_one_value() {
        let (ready, made, start) = (Ready::new(10), AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let value = ready.get(&key(1), || {
                        made.fetch_add(1, Ordering::SeqCst);
                        Ok::<_, Infallible>((1, 1))
                    });
                    assert_eq!(value.map(|value| *value), Ok(1));
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    /// Whatever threads do, what is counted is what is there, and never more than the limit once they are done.
    #[test]
    fn threads_that_push_each_other_out_keep_the_count() {
        let ready = Ready::new(3);
        std::thread::scope(|scope| {
            for thread in 0..4u8 {
                let ready = &ready;
                scope.spawn(move || {
                    for n in 0..500u32 {
                        let wanted = (n as u8).wrapping_mul(7).wrapping_add(thread) % 6;
                        asked(ready, wanted, 1);
                    }
                });
            }
        });
        let (count, bytes) = ready.held();
        assert_eq!(count, bytes);
        assert!(bytes <= 3, "{bytes}");
    }
}
