use super::conflict::ConflictView;
use super::error::PageError;
use super::logs::LogLines;
use crate::lifecycle::package_hash;
use crate::node::{Channel, Close, Closing, CommittedBlock, Peer};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

/// Blocks whose conflicts are remembered. A ledger stores verdicts, not their reasons.
const REMEMBERED: usize = 10_000;
/// Notices that a slow reader may be behind.
const BACKLOG: usize = 256;
/// Questions that read the ledger at one time: looking must not keep a peer from its work.
const READERS: usize = 2;

/// A channel grew by a block.
#[derive(Clone, Debug)]
pub(super) struct Grown {
    pub(super) channel: String,
    pub(super) number: u64,
}

/// By channel and block, then the transaction's index.
type Conflicts = BTreeMap<(String, u64), Vec<(u64, ConflictView)>>;

/// What the page looks at.
#[derive(Debug)]
pub(crate) struct Page {
    peers: Mutex<Vec<Arc<Peer>>>,
    followed: Mutex<BTreeSet<String>>,
    conflicts: Arc<Mutex<Conflicts>>,
    grown: broadcast::Sender<Grown>,
    readers: Arc<Semaphore>,
    close: Close,
    closing: Closing,
    pub(super) logs: LogLines,
}

impl Page {
    pub(crate) fn new(logs: LogLines) -> Arc<Self> {
        let (close, closing) = Close::new();
        Arc::new(Self {
            peers: Mutex::default(),
            followed: Mutex::default(),
            conflicts: Arc::default(),
            grown: broadcast::Sender::new(BACKLOG),
            readers: Arc::new(Semaphore::new(READERS)),
            close,
            closing,
            logs,
        })
    }

    /// Ends the streams that browsers keep open, and shows nothing any more.
    pub(crate) fn close(&self) {
        self.close.now();
        self.peers.lock().clear();
    }

    pub(super) fn closing(&self) -> &Closing {
        &self.closing
    }

    /// Waits for a turn to read the ledger. Nothing when the page is gone.
    pub(super) async fn reading(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.readers).acquire_owned().await.ok()
    }

    /// Shows this peer from here on, with the channels it joins; blocks are those of the first one. Call inside Tokio.
    pub(crate) fn watch(self: &Arc<Self>, peer: Arc<Peer>) {
        let mut joined = peer.joined();
        self.peers.lock().push(peer);
        self.channels();
        let (page, closing) = (Arc::downgrade(self), self.closing.clone());
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    changed = joined.changed() => if changed.is_err() { return },
                    () = closing.closed() => return,
                }
                let Some(page) = page.upgrade() else { return };
                page.channels();
            }
        });
    }

    /// The channels of the first peer; those that are new are followed from here on.
    pub(super) fn channels(&self) -> Vec<Arc<Channel>> {
        let Some(peer) = self.peers.lock().first().cloned() else {
            return Vec::new();
        };
        let ids = peer.channel_ids().into_iter();
        let channels: Vec<_> = ids.filter_map(|id| peer.channel(&id)).collect();
        for channel in &channels {
            if self.followed.lock().insert(channel.id().to_owned()) {
                self.follow(channel);
            }
        }
        channels
    }

    pub(super) fn channel(&self, id: &str) -> Result<Arc<Channel>, PageError> {
        let mut channels = self.channels().into_iter();
        let found = channels.find(|channel| channel.id() == id);
        found.ok_or_else(|| PageError::NoChannel(id.to_owned()))
    }

    /// The channel as every peer has it.
    pub(super) fn everywhere(&self, id: &str) -> Vec<(String, Arc<Channel>)> {
        let peers = self.peers.lock();
        let of = |peer: &Arc<Peer>| Some((peer.local_msp().id().to_owned(), peer.channel(id)?));
        peers.iter().filter_map(of).collect()
    }

    pub(super) fn grown(&self) -> broadcast::Receiver<Grown> {
        self.grown.subscribe()
    }

    pub(super) fn conflicts(&self, channel: &str, block: u64) -> Vec<(u64, ConflictView)> {
        let key = (channel.to_owned(), block);
        self.conflicts.lock().get(&key).cloned().unwrap_or_default()
    }

    fn follow(&self, channel: &Arc<Channel>) {
        let (mut blocks, channel) = (channel.commits().blocks(), Arc::clone(channel));
        let (conflicts, grown) = (Arc::clone(&self.conflicts), self.grown.clone());
        let closing = self.closing.clone();
        tokio::spawn(async move {
            loop {
                let block = tokio::select! {
                    block = blocks.recv() => block,
                    () = closing.closed() => return,
                };
                match block {
                    Ok(block) => {
                        remember(&conflicts, &channel, &block);
                        let (channel, number) = (channel.id().to_owned(), block.number);
                        // Nobody looking is not an error.
                        let _ = grown.send(Grown { channel, number });
                    }
                    // The blocks themselves are in the ledger; only reasons are lost.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }
}

fn remember(conflicts: &Mutex<Conflicts>, channel: &Channel, block: &CommittedBlock) {
    if block.conflicts.is_empty() {
        return;
    }
    let view = |conflict| ConflictView::new(conflict, channel.ledger());
    let views = block.conflicts.iter().map(|one| (one.tx, view(one)));
    let views = views.collect();
    let mut conflicts = conflicts.lock();
    if conflicts.len() >= REMEMBERED {
        conflicts.pop_first();
    }
    conflicts.insert((channel.id().to_owned(), block.number), views);
}

impl Page {
    /// The package that each shown peer runs under a name, by organisation.
    pub(super) fn packages(
        &self,
        channel: &str,
        name: &str,
    ) -> Result<BTreeMap<String, String>, PageError> {
        let mut found = BTreeMap::new();
        for (msp_id, channel) in self.everywhere(channel) {
            let snapshot = channel.ledger().snapshot();
            let approval = crate::lifecycle::approval(&snapshot, &msp_id, name)?;
            let Some(hash) = approval.and_then(|approval| approval.package_hash) else {
                continue;
            };
            let peer = self
                .peers
                .lock()
                .iter()
                .find(|peer| peer.local_msp().id() == msp_id)
                .cloned();
            let installed = peer.and_then(|peer| peer.runtimes().store().list().ok());
            let mut installed = installed.unwrap_or_default().into_iter();
            let package = installed.find(|one| package_hash(one.id.as_str()) == hash[..]);
            if let Some(package) = package {
                found.insert(msp_id, package.id.to_string());
            }
        }
        Ok(found)
    }
}
