use super::offline::{ChannelStatus, LedgerLock, PreResetHeights, Statuses};
use super::{Channel, Clock, Gossip, JoinError};
use crate::legacy::LegacyPackages;
use crate::operations::Operations;
use parking_lot::{Mutex, RwLock};
use selvedge_gossip::Membership;
use selvedge_identity::{Msp, SigningIdentity};
use selvedge_ledger::TransientStore;
use selvedge_runtime::Runtimes;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What a peer is made of.
pub struct Parts {
    /// The identity that endorses.
    pub signer: Arc<SigningIdentity>,
    /// The peer's organisation.
    pub local_msp: Arc<Msp>,
    /// Installed chaincode and what runs it.
    pub runtimes: Arc<Runtimes>,
    /// Packages of chaincode from before the `_lifecycle` chaincode.
    pub legacy: Arc<LegacyPackages>,
    pub clock: Clock,
    /// Where this peer reports what it does and how it is.
    pub operations: Arc<Operations>,
    /// Where channels are kept, one directory each. Private data that waits for its transactions is kept beside it, in
    /// `transientstore`.
    pub ledgers: PathBuf,
    /// Options of every ledger that is opened.
    pub ledger_options: selvedge_ledger::Options,
    /// Threads that judge one block; 0: as many as there are processors. Fabric: `peer.validatorPoolSize`.
    pub validators: usize,
}

/// What every service of one peer shares. Nothing here knows gRPC.
pub struct Peer {
    parts: Parts,
    channels: RwLock<BTreeMap<String, Arc<Channel>>>,
    /// Held while a channel is joined, so that two requests cannot create one ledger.
    joining: Mutex<()>,
    joined: tokio::sync::watch::Sender<u64>,
    /// The snapshot a channel is being joined by.
    snapshot: Mutex<Option<PathBuf>>,
    transient: TransientStore,
    gossip: OnceLock<Gossip>,
    rebuilding: PreResetHeights,
    /// Threads that judge one block.
    validators: usize,
    /// Held as long as any part of the peer lives.
    _lock: LedgerLock,
    definitions: tokio::sync::watch::Sender<u64>,
}

impl Peer {
    /// A peer with every channel it joined before. A channel that cannot be opened is logged and left out.
    pub fn open(parts: Parts) -> Result<Self, JoinError> {
        let lock = LedgerLock::take(&parts.ledgers)?;
        let transient = super::join::transient(&parts)?;
        let mut channels = BTreeMap::new();
        for dir in super::join::known(&parts.ledgers)? {
            if !super::join::is_active(&parts.ledgers, &dir)? {
                continue;
            }
            match super::join::open(&dir, parts.ledger_options.clone(), &transient) {
                Ok(channel) => {
                    let metrics = parts.operations.metrics();
                    let height = channel.ledger().height();
                    metrics.ledger.opened(channel.id(), height);
                    channels.insert(channel.id().to_owned(), Arc::new(channel));
                }
                Err(error) => {
                    let cause = super::pull::error_chain(&error);
                    tracing::error!(dir = %dir.display(), cause, "Failed to load ledger")
                }
            }
        }
        let joined = tokio::sync::watch::Sender::new(0);
        let rebuilding = PreResetHeights::load(&parts.ledgers, channels.keys());
        // Asked for once: the answer is read from files, and every block needs it.
        let validators = match parts.validators {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        };
        Ok(Self {
            validators,
            rebuilding,
            _lock: lock,
            parts,
            channels: RwLock::new(channels),
            joining: Mutex::new(()),
            joined,
            snapshot: Mutex::default(),
            transient,
            gossip: OnceLock::new(),
            definitions: tokio::sync::watch::Sender::new(0),
        })
    }

    /// The identity that endorses.
    pub fn signer(&self) -> &Arc<SigningIdentity> {
        &self.parts.signer
    }

    /// The organisation of this peer: what channel-less requests are judged by.
    pub fn local_msp(&self) -> &Arc<Msp> {
        &self.parts.local_msp
    }

    pub fn runtimes(&self) -> &Arc<Runtimes> {
        &self.parts.runtimes
    }

    pub fn legacy(&self) -> &Arc<LegacyPackages> {
        &self.parts.legacy
    }

    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// Threads that judge one block.
    pub(super) fn validators(&self) -> usize {
        self.validators
    }

    /// Where this peer reports what it does and how it is.
    pub fn operations(&self) -> &Arc<Operations> {
        &self.parts.operations
    }

    pub fn channel(&self, id: &str) -> Option<Arc<Channel>> {
        self.channels.read().get(id).cloned()
    }

    /// Names of the joined channels, sorted.
    pub fn channel_ids(&self) -> Vec<String> {
        self.channels.read().keys().cloned().collect()
    }

    /// Joins a channel by its genesis block (a serialized `common.Block`). It is served from here on; whoever watches
    /// [`Peer::joined`] starts pulling its blocks.
    pub fn join(&self, genesis: bytes::Bytes) -> Result<Arc<Channel>, JoinError> {
        let _one_at_a_time = self.joining.lock();
        if let Some(snapshot) = self.joining_snapshot() {
            return Err(JoinError::SnapshotUnderWay(snapshot));
        }
        let config = super::join::judge(&genesis)?;
        let id = config.channel_id().to_owned();
        if self.channel(&id).is_some() {
            return Err(JoinError::Exists(id));
        }
        self.check_new(&id)?;
        let options = self.parts.ledger_options.clone();
        let start = Instant::now();
        let channel = Arc::new(super::join::create(
            &self.parts.ledgers,
            genesis,
            config,
            options,
            &self.transient,
        )?);
        self.serve(Arc::clone(&channel));
        let metrics = &self.operations().metrics().ledger;
        metrics.created(channel.id(), start.elapsed());
        Ok(channel)
    }

    /// A paused channel is not there and cannot be joined either.
    pub(super) fn check_new(&self, id: &str) -> Result<(), JoinError> {
        let status = Statuses::of(&self.parts.ledgers).get(id);
        let status = status.map_err(|source| JoinError::List {
            dir: self.parts.ledgers.clone(),
            source,
        })?;
        match status {
            ChannelStatus::Active => Ok(()),
            status => Err(JoinError::NotActive {
                channel: id.to_owned(),
                status: status.to_string(),
            }),
        }
    }

    /// Whether a channel that was cut back lacks some of its blocks still.
    pub fn is_rebuilding(&self) -> bool {
        self.rebuilding
            .waiting(|id| Some(self.channel(id)?.ledger().height()))
    }

    pub(super) fn serve(&self, channel: Arc<Channel>) {
        let id = channel.id().to_owned();
        let height = channel.ledger().height();
        self.operations().metrics().ledger.opened(&id, height);
        self.channels.write().insert(id, channel);
        self.joined.send_modify(|count| *count += 1);
    }

    pub(super) fn ledgers(&self) -> &Path {
        &self.parts.ledgers
    }

    pub(super) fn ledger_options(&self) -> &selvedge_ledger::Options {
        &self.parts.ledger_options
    }

    pub(super) fn snapshot_under_way(&self) -> &Mutex<Option<PathBuf>> {
        &self.snapshot
    }

    pub(super) fn transient(&self) -> &TransientStore {
        &self.transient
    }

    /// This peer's place in the network; `None` for one that does not serve.
    pub fn gossip(&self) -> Option<&Gossip> {
        self.gossip.get()
    }

    /// Who else is there. This peer included; `None` for one that does not serve.
    pub fn membership(&self) -> Option<&dyn Membership> {
        let gossip = self.gossip.get()?;
        Some(gossip.node())
    }

    /// Once, when the peer begins to serve.
    pub(super) fn take_part(&self, gossip: Gossip) {
        if self.gossip.set(gossip).is_err() {
            tracing::error!("a peer that gossips was told to gossip");
        }
    }

    /// Changes whenever a block has touched definitions of chaincode, or approvals of them.
    pub fn definitions(&self) -> tokio::sync::watch::Receiver<u64> {
        self.definitions.subscribe()
    }

    pub(super) fn definitions_changed(&self) {
        self.definitions.send_modify(|count| *count += 1);
    }

    /// Changes whenever a channel is joined.
    pub fn joined(&self) -> tokio::sync::watch::Receiver<u64> {
        self.joined.subscribe()
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("channels", &self.channel_ids())
            .finish_non_exhaustive()
    }
}
