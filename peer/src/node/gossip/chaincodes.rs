//! Which chaincodes this peer can run on a channel, as it tells others.

use crate::lifecycle::{self, InstalledIndex};
use selvedge_gossip::InstalledChaincode;
use selvedge_ledger::Snapshot;

/// Every chaincode whose committed definition the organisation approved with a package that is installed here, with the
/// sequence of the definition for a version; `_lifecycle` always.
///
/// Fabric: core/chaincode/lifecycle/cache.go, retrieveChaincodesMetadataSetWhileLocked.
pub(super) fn runnable(
    snapshot: &Snapshot,
    msp_id: &str,
    installed: &InstalledIndex,
) -> Result<Vec<InstalledChaincode>, lifecycle::Error> {
    let mut found = vec![InstalledChaincode {
        name: lifecycle::NAMESPACE.to_owned(),
        version: "1".to_owned(),
    }];
    for name in lifecycle::committed_names(snapshot)? {
        let Some(approval) = lifecycle::approval(snapshot, msp_id, &name)? else {
            continue;
        };
        if approval.approved && approval.package(installed).is_some() {
            found.push(InstalledChaincode {
                version: approval.definition.sequence.to_string(),
                name,
            });
        }
    }
    found.sort();
    Ok(found)
}
