use super::writes::{NamespaceWrites, WrittenKey};
use std::collections::HashSet;

/// Keys whose metadata an earlier transaction of the block changed.
///
/// Key-level policies are read at the height before the block, so a transaction that touches such a key was endorsed
/// under a policy that is about to change, and is refused. Only the earlier transaction's endorsement counts: whether
/// it survives conflict checks afterwards does not matter, and a namespace that was never judged counts as refused.
///
/// Fabric: core/common/validation/statebased/vpmanagerimpl.go. A Go peer waits for the earlier result, for ever if
/// there never is one; walking the block in order gives the same verdicts without waiting.
#[derive(Debug, Default)]
pub(super) struct ChangedMetadata {
    keys: HashSet<(String, WrittenKey)>,
}

impl ChangedMetadata {
    pub(super) fn touches(&self, writes: &NamespaceWrites) -> bool {
        !self.keys.is_empty()
            && writes
                .keys
                .iter()
                .any(|key| self.keys.contains(&(writes.namespace.clone(), key.clone())))
    }

    /// `writes` were endorsed as their policies ask.
    pub(super) fn accept(&mut self, writes: &NamespaceWrites) {
        for key in &writes.metadata {
            self.keys.insert((writes.namespace.clone(), key.clone()));
        }
    }
}
