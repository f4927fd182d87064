use selvedge_identity::ChannelConfig;
use selvedge_ledger::Snapshot;
use std::sync::Arc;

/// What a block is judged by: everything as it was before the block.
pub struct World<'a> {
    pub config: &'a ChannelConfig,
    pub snapshot: &'a Snapshot,
    /// Whether a transaction ID is in an earlier block, whatever became of it there.
    pub is_committed: &'a (dyn Fn(&str) -> Result<bool, String> + Sync),
    /// Another channel of this peer: a transaction whose header names it is judged by its members.
    pub channel: &'a (dyn Fn(&str) -> Option<Arc<ChannelConfig>> + Sync),
    /// Threads that check signatures.
    pub threads: usize,
}
