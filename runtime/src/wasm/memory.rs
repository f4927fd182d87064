use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The linear memory of all instances of one engine together. What one instance may have is part of every outcome; what
/// all of them may have is this machine's affair, so whoever finds it full is turned away and endorses nothing.
pub(crate) struct MemoryPool {
    used: AtomicUsize,
    limit: usize,
}

/// What one instance has taken; given back when it is dropped.
pub(crate) struct Share {
    pool: Arc<MemoryPool>,
    taken: usize,
}

impl MemoryPool {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit,
        })
    }

    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share {
            pool: Arc::clone(self),
            taken: 0,
        }
    }
}

impl Share {
    /// Takes more; the limit, in bytes, if there is not so much left.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), usize> {
        let MemoryPool { used, limit } = &*self.pool;
        let more = |used: usize| used.checked_add(bytes).filter(|sum| sum <= limit);
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map_err(|_| *limit)?;
        self.taken += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.pool.used.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_back_whole() {
        let pool = MemoryPool::new(10);
        let mut first = pool.share();
        let mut second = pool.share();
        assert_eq!(first.take(6), Ok(()));
        assert_eq!(second.take(5), Err(10));
        assert_eq!(second.take(4), Ok(()));
        assert_eq!(first.take(usize::MAX), Err(10));
        drop(first);
        assert_eq!(second.take(6), Ok(()));
        drop(second);
        assert_eq!(pool.share().take(10), Ok(()));
    }
}
