use crate::ExecuteError;
use parking_lot::{Condvar, Mutex};

/// Stands in front of the instance pool, whose own answer to exhaustion is an error.
pub(crate) struct Slots {
    count: u32,
    free: Mutex<u32>,
    freed: Condvar,
}

pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(crate) fn new(count: u32) -> Self {
        Self {
            count,
            free: Mutex::new(count),
            freed: Condvar::new(),
        }
    }

    /// A client's call waits for its turn; a nested one, which holds slots already, must not.
    pub(crate) fn take(&self, nested: bool) -> Result<Slot<'_>, ExecuteError> {
        let mut free = self.free.lock();
        while *free == 0 {
            if nested {
                return Err(ExecuteError::Busy("every instance is in use".to_owned()));
            }
            self.freed.wait(&mut free);
        }
        *free -= 1;
        Ok(Slot(self))
    }
}

impl Slots {
    /// How many are in use.
    pub(crate) fn taken(&self) -> u32 {
        self.count - *self.free.lock()
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back() {
        let slots = Slots::new(1);
        let slot = slots.take(false).unwrap();
        assert!(slots.take(true).is_err());
        drop(slot);
        assert!(slots.take(true).is_ok());
        assert!(slots.take(false).is_ok());
    }
}
