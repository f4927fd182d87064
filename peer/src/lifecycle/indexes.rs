//! Indexes of rich queries that chaincode packages bring.
//!
//! Fabric builds them when a definition has been committed and its package is installed, whichever comes last
//! (core/ledger/cceventmgmt; core/chaincode/lifecycle/event_broker.go). Here the channel is looked through whenever one
//! of that may have happened, and what is there already stays as it is.

use super::installed::InstalledIndex;
use super::{collections, resolve};
use crate::node::Channel;
use selvedge_ledger::{IndexFile, IndexOutcome, Ledger, LedgerError, StateDatabase};
use selvedge_runtime::{DbArtifact, Package, Runtimes, StoreError};
use std::collections::{BTreeMap, BTreeSet};

const ROOT: &str = "META-INF/statedb/couchdb/";

/// Why the indexes of a channel could not be made. Its blocks and transactions go on without them.
#[derive(Debug, thiserror::Error)]
enum IndexesError {
    #[error(transparent)]
    Definition(#[from] super::Error),
    #[error("reading the package")]
    Load(#[from] StoreError),
    #[error(transparent)]
    Package(#[from] selvedge_runtime::PackageError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Makes the indexes of every chaincode of the channel that this peer runs. What goes wrong is logged, as in Fabric: a
/// bad index stops no block.
pub fn deploy_indexes(channel: &Channel, msp_id: &str, runtimes: &Runtimes) {
    if channel.ledger().state_database() != StateDatabase::CouchDb {
        return;
    }
    let outcome = InstalledIndex::open(runtimes)
        .map_err(IndexesError::Load)
        .and_then(|installed| deploy_all(channel, msp_id, runtimes, &installed));
    if let Err(error) = outcome {
        let channel = channel.id();
        tracing::error!(channel, %error, "error creating indexes");
    }
}

fn deploy_all(
    channel: &Channel,
    msp_id: &str,
    runtimes: &Runtimes,
    installed: &InstalledIndex,
) -> Result<(), IndexesError> {
    let ledger = channel.ledger();
    let snapshot = ledger.snapshot();
    for name in resolve::committed_names(&snapshot)? {
        let found = resolve::approval(&snapshot, msp_id, &name)?;
        let Some(found) = found else { continue };
        let Some(id) = found.package(installed) else {
            continue;
        };
        let package = Package::parse(&runtimes.store().load(&id)?)?;
        let configured = found.definition.parameters.collections.as_ref();
        let known: BTreeSet<String> = collections::of(configured)
            .unwrap_or_default()
            .iter()
            .map(|collection| collection.name.clone())
            .collect();
        for (collection, files) in index_files(runtimes.db_artifacts(&package)) {
            match &collection {
                Some(collection) if !known.contains(collection) => tracing::error!(
                    "Error processing index for chaincode [{name}]: cannot create an index for an undefined collection=[{collection}]"
                ),
                _ => deploy(ledger, &name, collection.as_deref(), &files)?,
            }
        }
    }
    Ok(())
}

fn deploy(
    ledger: &Ledger,
    name: &str,
    collection: Option<&str>,
    files: &[IndexFile],
) -> Result<(), IndexesError> {
    let channel = ledger.channel_id();
    for (file, outcome) in ledger.deploy_indexes(name, collection, files)? {
        match outcome {
            IndexOutcome::Built(index) => {
                tracing::info!(
                    channel,
                    chaincode = name,
                    collection,
                    index,
                    file,
                    "built index"
                )
            }
            IndexOutcome::Kept(_) => {}
            IndexOutcome::Refused(error) => tracing::error!(
                "error creating index from file [{file}] for chaincode [{name}] on channel [{channel}]: {error}"
            ),
        }
    }
    Ok(())
}

/// Index files of a package, by collection; `None`: public state.
pub(crate) fn index_files(artifacts: Vec<DbArtifact>) -> BTreeMap<Option<String>, Vec<IndexFile>> {
    let mut out: BTreeMap<Option<String>, Vec<IndexFile>> = BTreeMap::new();
    for artifact in artifacts {
        let Some(place) = artifact.name.strip_prefix(ROOT) else {
            continue;
        };
        let collection = match place.split('/').collect::<Vec<_>>().as_slice() {
            ["indexes", _] => None,
            ["collections", collection, "indexes", _] => Some((*collection).to_owned()),
            _ => continue,
        };
        out.entry(collection).or_default().push(IndexFile {
            name: artifact.name,
            definition: artifact.content,
        });
    }
    out
}
