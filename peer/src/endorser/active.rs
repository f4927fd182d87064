//! Which chaincode is executing which transaction.
//!
//! A chaincode serves a transaction of a channel once at a time, whatever its name: a call that comes back to the same
//! package, directly or through others, is refused, and so is the same proposal sent twice at once. That bounds the
//! depth of calls, too.
//!
//! Fabric: core/chaincode/transaction_contexts.go.

use parking_lot::Mutex;
use std::{collections::HashSet, sync::Arc};

type Key = (String, String, String);

/// Shared by all executions of a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveExecutions(Arc<Mutex<HashSet<Key>>>);

/// One execution; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Active {
    all: ActiveExecutions,
    key: Key,
}

impl ActiveExecutions {
    /// `None`: it is executing already. `id` is the package ID, or `<name>.syscc`.
    pub(super) fn begin(&self, id: &str, channel: &str, tx_id: &str) -> Option<Active> {
        let key = (id.to_owned(), channel.to_owned(), tx_id.to_owned());
        self.0.lock().insert(key.clone()).then(|| Active {
            all: self.clone(),
            key,
        })
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.all.0.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_execution_for_each_package_channel_and_transaction() {
        let all = ActiveExecutions::default();
        let first = all.begin("p:1", "ch", "tx").unwrap();
        assert!(all.begin("p:1", "ch", "tx").is_none());
        assert!(all.begin("p:1", "other", "tx").is_some());
        assert!(all.begin("p:2", "ch", "tx").is_some());
        drop(first);
        assert!(all.begin("p:1", "ch", "tx").is_some());
    }
}
