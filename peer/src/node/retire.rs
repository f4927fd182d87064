//! Ends chaincode outside this process that no definition names any more. Fabric:
//! core/chaincode/lifecycle/cache.go update, custodian.go.

use super::{Closing, Peer};
use crate::legacy::state;
use crate::lifecycle::{self, approval, committed_names, package_hash};
use selvedge_ledger::Snapshot;
use selvedge_stream::ChaincodeSupport;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Looks whenever definitions may have changed. What ends is launched again if it is called after all.
pub(super) async fn retire(peer: Arc<Peer>, support: Arc<ChaincodeSupport>, closing: Closing) {
    let mut definitions = peer.definitions();
    loop {
        tokio::select! {
            changed = definitions.changed() => if changed.is_err() { return },
            () = closing.closed() => return,
        }
        let running = support.running();
        if running.is_empty() {
            continue;
        }
        let peer = Arc::clone(&peer);
        match spawn_blocking(move || unwanted(&peer, running)).await {
            Ok(Ok(unwanted)) => {
                for id in unwanted {
                    tracing::info!(
                        chaincode = id,
                        "no definition names this chaincode any more"
                    );
                    support.stop_chaincode(&id).await;
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "whether chaincode is still wanted"),
            Err(error) => tracing::error!(%error, "looking for chaincode that is not wanted"),
        }
    }
}

/// Those of the running that no channel's definitions name.
fn unwanted(peer: &Peer, running: Vec<String>) -> Result<Vec<String>, lifecycle::Error> {
    let mut unwanted = running;
    for channel in peer.channel_ids() {
        let Some(channel) = peer.channel(&channel) else {
            continue;
        };
        let snapshot = channel.ledger().snapshot();
        let mut hashes = Vec::new();
        for name in committed_names(&snapshot)? {
            let found = approval(&snapshot, peer.local_msp().id(), &name)?;
            hashes.extend(found.and_then(|found| found.package_hash));
        }
        unwanted.retain(|id| {
            !hashes.iter().any(|hash| hash[..] == package_hash(id)[..])
                && !is_instantiated(&snapshot, id)
        });
    }
    Ok(unwanted)
}

/// A chaincode of `lscc` runs under its name and version. When in doubt it is.
fn is_instantiated(snapshot: &Snapshot, id: &str) -> bool {
    let Some((name, version)) = id.split_once(':') else {
        return false;
    };
    match state::committed(snapshot, name) {
        Ok(data) => data.is_some_and(|data| data.version == version),
        Err(_) => true,
    }
}
