//! Joining a channel by a snapshot: begun by a request, done beside it, one at a time.
//!
//! Fabric: core/ledger/ledgermgmt/ledger_mgmt.go, CreateLedgerFromSnapshot, and core/peer/peer.go.

use super::{JoinError, Peer};
use selvedge_ledger::Ledger;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Peer {
    /// Begins to join the channel of the snapshot in `dir`. The channel is served when it is there; why it is not is in
    /// the log. [`Peer::joining_snapshot`] tells whether it goes on.
    ///
    /// # Errors
    /// When there is nothing in `dir`, or another channel is being joined in this way.
    pub fn join_by_snapshot(self: &Arc<Self>, dir: PathBuf) -> Result<(), JoinError> {
        let entries = std::fs::read_dir(&dir).map_err(|source| JoinError::SnapshotDir {
            dir: dir.clone(),
            source,
        })?;
        if entries.into_iter().next().is_none() {
            return Err(JoinError::SnapshotEmpty(dir));
        }
        self.begin_snapshot(&dir)?;
        let peer = Arc::clone(self);
        std::thread::spawn(move || {
            match peer.create_from_snapshot(&dir) {
                Ok(channel) => tracing::info!(channel, "joined channel by snapshot"),
                Err(error) => {
                    let cause = super::pull::error_chain(&error);
                    tracing::error!(dir = %dir.display(), cause, "Error creating ledger from snapshot");
                }
            }
            peer.end_snapshot();
        });
        Ok(())
    }

    fn create_from_snapshot(&self, dir: &Path) -> Result<String, JoinError> {
        let failed = |source| JoinError::Open {
            dir: dir.to_owned(),
            source: Box::new(source),
        };
        let id = Ledger::channel_of_snapshot(dir).map_err(failed)?;
        // It becomes the name of a directory.
        selvedge_identity::validate_channel_id(&id)?;
        if self.channel(&id).is_some() {
            return Err(JoinError::Exists(id));
        }
        self.check_new(&id)?;
        let place = self.ledgers().join(&id);
        let ledger = Ledger::create_from_snapshot(&place, dir, self.ledger_options().clone());
        drop(ledger.map_err(failed)?);
        let channel = super::join::open(&place, self.ledger_options().clone(), self.transient())
            .and_then(|channel| {
                super::join::suits(&channel.config())?;
                Ok(channel)
            });
        let channel = channel.inspect_err(|_| {
            // What this peer cannot serve must not be found at the next start.
            if let Err(error) = std::fs::remove_dir_all(&place) {
                tracing::error!(dir = %place.display(), %error, "cannot be removed");
            }
        })?;
        self.serve(Arc::new(channel));
        Ok(id)
    }

    /// Where the snapshot is that a channel is being joined by.
    pub fn joining_snapshot(&self) -> Option<PathBuf> {
        self.snapshot_under_way().lock().clone()
    }

    fn begin_snapshot(&self, dir: &Path) -> Result<(), JoinError> {
        let mut under_way = self.snapshot_under_way().lock();
        if let Some(other) = &*under_way {
            return Err(JoinError::SnapshotUnderWay(other.clone()));
        }
        *under_way = Some(dir.to_owned());
        Ok(())
    }

    fn end_snapshot(&self) {
        *self.snapshot_under_way().lock() = None;
    }
}
