use super::private_data::DefinedEligibility;
use crate::lifecycle::{DefinedBlockToLive, DefinedConfigs};
use selvedge_ledger::{Options, PurgedKey, StateDatabase};
use std::path::Path;
use std::sync::Arc;

/// What the ledgers of one peer have in common, whether it runs or is worked upon.
pub(super) struct LedgerSettings<'a> {
    pub(super) msp_id: &'a str,
    pub(super) snapshots: &'a Path,
    pub(super) sync: bool,
    pub(super) state_database: StateDatabase,
    pub(super) rich_query_portion: usize,
    pub(super) history: bool,
    pub(super) log_purges: bool,
}

impl LedgerSettings<'_> {
    /// What every ledger is opened with.
    pub(super) fn options(&self) -> Options {
        Options {
            block_to_live: Arc::new(DefinedBlockToLive),
            collection_configs: Arc::new(DefinedConfigs),
            snapshots: Some(self.snapshots.to_owned()),
            snapshot_done: Arc::new(|block, outcome| match outcome {
                Ok(dir) => tracing::info!(block, dir = %dir.display(), "Generated snapshot"),
                Err(error) => {
                    let cause = super::pull::error_chain(&error);
                    tracing::error!(block, cause, "Failed to generate snapshot");
                }
            }),
            eligibility: Arc::new(DefinedEligibility {
                msp_id: self.msp_id.to_owned(),
            }),
            sync: self.sync,
            state_database: self.state_database,
            rich_query_portion: self.rich_query_portion,
            history: self.history,
            purged: match self.log_purges {
                true => Arc::new(log_purge),
                false => Arc::new(|_| {}),
            },
            ..Options::default()
        }
    }
}

/// Fabric: core/ledger/pvtdatastorage/store.go, purgeUpdatesProcessor. A ledger's directory has the channel's name.
fn log_purge(purged: &PurgedKey<'_>) {
    let channel = purged.ledger.file_name().map(|name| name.to_string_lossy());
    tracing::info!(
        channel = channel.as_deref(),
        chaincode = purged.namespace,
        collection = purged.collection,
        key = purged.key,
        blockNum = purged.version.block,
        tranNum = purged.version.tx,
        "Purging private data from private data storage"
    );
}
