use super::Commits;
use parking_lot::RwLock;
use selvedge_identity::ChannelConfig;
use selvedge_ledger::{Ledger, TransientChannel};
use std::fmt;
use std::sync::Arc;

/// One channel this peer has joined: its ledger and the configuration that governs it.
pub struct Channel {
    id: String,
    config: RwLock<Arc<ChannelConfig>>,
    ledger: Ledger,
    transient: TransientChannel,
    commits: Commits,
    stopped: RwLock<Option<String>>,
}

impl Channel {
    pub(crate) fn new(
        id: String,
        config: Arc<ChannelConfig>,
        ledger: Ledger,
        transient: TransientChannel,
    ) -> Self {
        let commits = Commits::new(ledger.height());
        Self {
            id,
            config: RwLock::new(config),
            ledger,
            transient,
            commits,
            stopped: RwLock::default(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The configuration in force now. Hold the result for the length of one decision, not longer.
    pub fn config(&self) -> Arc<ChannelConfig> {
        Arc::clone(&self.config.read())
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Private data of endorsed proposals that have not committed yet.
    pub fn transient(&self) -> &TransientChannel {
        &self.transient
    }

    /// Commit notifications.
    pub fn commits(&self) -> &Commits {
        &self.commits
    }

    /// Why no block is taken: until the peer is started again, or until there is room on the disk.
    pub fn stopped(&self) -> Option<String> {
        self.stopped.read().clone()
    }

    pub(super) fn stop(&self, cause: String) {
        *self.stopped.write() = Some(cause);
    }

    pub(super) fn go_on(&self) {
        *self.stopped.write() = None;
    }

    /// A configuration block was validated: everything from here on is judged by the new configuration.
    pub(crate) fn swap_config(&self, config: Arc<ChannelConfig>) {
        *self.config.write() = config;
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
