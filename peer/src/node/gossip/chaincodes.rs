//! Which chaincodes this peer can run on a channel, as it tells others.

use crate::legacy::{LegacyPackages, state};
use crate::lifecycle::{self, InstalledIndex};
use selvedge_gossip::InstalledChaincode;
use selvedge_ledger::Snapshot;
use std::sync::Arc;

/// The definitions of a channel cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnreadableDefinitions {
    #[error(transparent)]
    Lifecycle(#[from] lifecycle::Error),
    #[error(transparent)]
    Legacy(#[from] state::RecordError),
}

/// What may be run here: the packages of both lifecycles.
pub(super) struct Packages {
    pub(super) installed: Arc<InstalledIndex>,
    pub(super) legacy: Arc<LegacyPackages>,
}

/// Every chaincode whose committed definition the organisation approved with a package that is installed here, with the
/// sequence of the definition for a version; `_lifecycle` always. Of chaincode that `lscc` instantiated and no definition has
/// taken over, what is installed here as it was instantiated, with its version.
///
/// Fabric: core/chaincode/lifecycle/cache.go, retrieveChaincodesMetadataSetWhileLocked.
pub(super) fn runnable(
    snapshot: &Snapshot,
    msp_id: &str,
    packages: &Packages,
) -> Result<Vec<InstalledChaincode>, UnreadableDefinitions> {
    let mut found = vec![InstalledChaincode {
        name: lifecycle::NAMESPACE.to_owned(),
        version: "1".to_owned(),
    }];
    let defined = lifecycle::committed_names(snapshot)?;
    for data in state::all_committed(snapshot)? {
        if !defined.contains(&data.name) && packages.legacy.check(&data).is_ok() {
            found.push(InstalledChaincode {
                name: data.name,
                version: data.version,
            });
        }
    }
    for name in defined {
        let Some(approval) = lifecycle::approval(snapshot, msp_id, &name)? else {
            continue;
        };
        if approval.approved && approval.package(&packages.installed).is_some() {
            found.push(InstalledChaincode {
                version: approval.definition.sequence.to_string(),
                name,
            });
        }
    }
    found.sort();
    Ok(found)
}
