use super::{Channel, Clock};
use parking_lot::RwLock;
use selvedge_identity::{Msp, SigningIdentity};
use selvedge_runtime::{PackageStore, Runtimes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What every service of one peer shares. Nothing here knows gRPC.
#[derive(Debug)]
pub struct Peer {
    pub(crate) signer: Arc<SigningIdentity>,
    pub(crate) local_msp: Arc<Msp>,
    pub(crate) packages: Arc<PackageStore>,
    pub(crate) runtimes: Arc<Runtimes>,
    pub(crate) clock: Clock,
    pub(crate) channels: RwLock<BTreeMap<String, Arc<Channel>>>,
}

impl Peer {
    /// The identity that endorses.
    pub fn signer(&self) -> &Arc<SigningIdentity> {
        &self.signer
    }

    /// The organisation of this peer: what channel-less requests are judged by.
    pub fn local_msp(&self) -> &Arc<Msp> {
        &self.local_msp
    }

    pub fn packages(&self) -> &Arc<PackageStore> {
        &self.packages
    }

    pub fn runtimes(&self) -> &Arc<Runtimes> {
        &self.runtimes
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn channel(&self, id: &str) -> Option<Arc<Channel>> {
        self.channels.read().get(id).cloned()
    }

    /// Names of the joined channels, sorted.
    pub fn channel_ids(&self) -> Vec<String> {
        self.channels.read().keys().cloned().collect()
    }
}
