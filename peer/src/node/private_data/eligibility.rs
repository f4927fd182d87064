use super::collection;
use selvedge_ledger::{Eligibility, Snapshot};

/// The collections whose member policy names the peer's organisation.
///
/// Fabric: gossip/privdata/pvtdataprovider.go, computeEligibility.
#[derive(Clone, Debug)]
pub(crate) struct DefinedEligibility {
    pub(crate) msp_id: String,
}

impl Eligibility for DefinedEligibility {
    fn is_eligible(&self, state: &Snapshot, namespace: &str, name: &str) -> bool {
        let found = collection::current(state, namespace, name).ok().flatten();
        found.is_some_and(|found| collection::organisations(&found).contains(&self.msp_id))
    }
}
