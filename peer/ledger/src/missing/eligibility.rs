use crate::Snapshot;

/// Which collections this peer may hold. What it lacks of others is not asked for.
pub trait Eligibility: Send + Sync {
    /// `state` is the state before the block that names the data. An unknown collection is nobody's.
    fn is_eligible(&self, state: &Snapshot, namespace: &str, collection: &str) -> bool;
}

/// For ledgers whose owner holds everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysEligible;

impl Eligibility for AlwaysEligible {
    fn is_eligible(&self, _: &Snapshot, _: &str, _: &str) -> bool {
        true
    }
}
