//! What was found out about definitions at a height, remembered until the next block.
//!
//! Every invocation asks the same questions of the same state, and hashes the same records to answer them.

use super::{
    error::Error,
    resolve::{self, Approval},
};
use lru::LruCache;
use parking_lot::Mutex;
use selvedge_ledger::Snapshot;
use std::{num::NonZeroUsize, sync::Arc};

const DEFINITIONS: usize = 1024;

/// Channel and chaincode.
type Key = (String, String);

/// Of one peer: the organisation is always its own.
pub struct Approvals(Mutex<LruCache<Key, (u64, Arc<Approval>)>>);

impl Default for Approvals {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(
            NonZeroUsize::new(DEFINITIONS).unwrap_or(NonZeroUsize::MIN),
        )))
    }
}

impl std::fmt::Debug for Approvals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Approvals")
    }
}

impl Approvals {
    /// The committed definition of `name` at the snapshot's height, and what `msp_id` has to do with it.
    pub(super) fn of(
        &self,
        channel: &str,
        snapshot: &Snapshot,
        msp_id: &str,
        name: &str,
    ) -> Result<Option<Arc<Approval>>, Error> {
        let key = (channel.to_owned(), name.to_owned());
        let height = snapshot.height();
        if let Some((found, approval)) = self.0.lock().get(&key)
            && *found == height
        {
            return Ok(Some(Arc::clone(approval)));
        }
        let Some(approval) = resolve::approval(snapshot, msp_id, name)?.map(Arc::new) else {
            return Ok(None);
        };
        self.0.lock().put(key, (height, Arc::clone(&approval)));
        Ok(Some(approval))
    }
}
