//! Tells the network what becomes of this peer's channels.

use super::chaincodes::{Packages, runnable};
use crate::legacy::state::NAMESPACE as LSCC;
use crate::lifecycle::{InstalledIndex, NAMESPACE};
use crate::node::private_data::reconcile;
use crate::node::{Channel, Closing, Peer};
use selvedge_gossip::{AnchorPeer, ChannelDescription, InstalledChaincode, Node};
use selvedge_identity::ChannelConfig;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Definitions are looked at again after so long, whatever happened: an approval of the own organisation, or a package,
/// may have come since.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// One task for every channel, those joined later included, until the peer closes.
pub(in crate::node) async fn follow(
    peer: Arc<Peer>,
    node: Node,
    installed: Arc<InstalledIndex>,
    closing: Closing,
) {
    let mut joined = peer.joined();
    let mut known = BTreeSet::new();
    let mut tasks = JoinSet::new();
    loop {
        joined.mark_unchanged();
        for id in peer.channel_ids() {
            if let Some(channel) = peer.channel(&id)
                && known.insert(id)
            {
                let follower = Follower {
                    node: node.clone(),
                    msp_id: peer.local_msp().id().to_owned(),
                    channel,
                    packages: Packages {
                        installed: Arc::clone(&installed),
                        legacy: Arc::clone(peer.legacy()),
                    },
                };
                if let Some(gossip) = peer.gossip() {
                    tasks.spawn(reconcile(
                        Arc::clone(&follower.channel),
                        node.clone(),
                        follower.msp_id.clone(),
                        gossip.options().clone(),
                        peer.operations().metrics().gossip.clone(),
                        closing.clone(),
                    ));
                }
                tasks.spawn(follower.run(closing.clone()));
            }
        }
        tokio::select! {
            changed = joined.changed() => if changed.is_err() { break },
            () = closing.closed() => break,
        }
    }
    while tasks.join_next().await.is_some() {}
    node.stop();
}

struct Follower {
    node: Node,
    msp_id: String,
    channel: Arc<Channel>,
    packages: Packages,
}

impl Follower {
    async fn run(self, closing: Closing) {
        let mut heights = self.channel.commits().height();
        let mut definitions = self.definitions();
        heights.mark_unchanged();
        let mut config = self.channel.config();
        let mut told = self.chaincodes(&[]);
        let height = self.channel.ledger().height();
        self.node.join(describe(&config), height, &told);
        let mut look_again = tokio::time::interval(LOOK_AGAIN);
        look_again.tick().await;
        loop {
            let look = tokio::select! {
                changed = heights.changed() => {
                    if changed.is_err() { return }
                    definitions.has_changed().unwrap_or_default()
                }
                _ = look_again.tick() => true,
                () = closing.closed() => return,
            };
            definitions.mark_unchanged();
            let now = self.channel.config();
            if now.sequence() != config.sequence() {
                self.node.configure(describe(&now));
                config = now;
            }
            let runnable = if look {
                self.chaincodes(&told)
            } else {
                told.clone()
            };
            let news = (runnable != told).then_some(runnable.as_slice());
            let height = self.channel.ledger().height();
            self.node.update(self.channel.id(), height, news);
            told = runnable;
        }
    }

    /// Changes with every block that commits a definition.
    fn definitions(&self) -> watch::Receiver<()> {
        let (sender, receiver) = watch::channel(());
        self.channel.ledger().on_commit(move |committed| {
            let mut updates = committed.updates.iter();
            if updates.any(|update| [NAMESPACE, LSCC].contains(&update.namespace.as_str())) {
                sender.send_replace(());
            }
        });
        receiver
    }

    fn chaincodes(&self, told: &[InstalledChaincode]) -> Vec<InstalledChaincode> {
        let snapshot = self.channel.ledger().snapshot();
        runnable(&snapshot, &self.msp_id, &self.packages).unwrap_or_else(|error| {
            tracing::warn!(channel = self.channel.id(), %error, "the definitions cannot be read");
            told.to_vec()
        })
    }
}

fn describe(config: &ChannelConfig) -> ChannelDescription {
    let organisations = || config.organisations();
    let anchors = organisations().flat_map(|organisation| {
        let anchors = organisation.anchor_peers.iter();
        let usable = anchors.filter(|anchor| !anchor.host.is_empty() && anchor.port > 0);
        usable.map(|anchor| AnchorPeer {
            msp_id: organisation.msp_id.clone(),
            endpoint: format!("{}:{}", anchor.host, anchor.port),
        })
    });
    ChannelDescription {
        name: config.channel_id().to_owned(),
        sequence: config.sequence(),
        organisations: organisations().map(|one| one.msp_id.clone()).collect(),
        anchors: anchors.collect(),
    }
}
