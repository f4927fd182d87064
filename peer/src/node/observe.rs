//! What is asked of a running peer at every scrape and every health check, rather than reported by it.

use super::Peer;
use crate::operations::Metrics;
use selvedge_gossip::Node;
use std::sync::{Arc, Weak};

/// Reports the state of `peer` for as long as it is there.
pub(super) fn observe(peer: &Arc<Peer>, gossip: Node) {
    let operations = peer.operations();
    let (watched, weak) = (Arc::downgrade(peer), Arc::downgrade(peer));
    operations
        .metrics()
        .before_scrape(move |metrics| refresh(metrics, &watched, &gossip));
    let check = move || {
        let stopped = stopped(&weak);
        async move { stopped.map_or(Ok(()), Err) }
    };
    if let Err(error) = operations.health().register("channels", check) {
        tracing::warn!(%error, "the health of the channels is not shown");
    }
}

fn refresh(metrics: &Metrics, peer: &Weak<Peer>, gossip: &Node) {
    let Some(peer) = peer.upgrade() else { return };
    let traffic = gossip.traffic();
    let counts = &metrics.gossip;
    counts.traffic(traffic.sent, traffic.received, traffic.overflows);
    for id in peer.channel_ids() {
        if let Some(channel) = peer.channel(&id) {
            metrics.ledger.opened(&id, channel.ledger().height());
        }
        let peers = peer.membership().map_or(0, |membership| {
            let peers = membership.channel_peers(&id);
            let others = peers
                .iter()
                .filter(|peer| peer.member.pki_id != *gossip.pki_id());
            others.count()
        });
        let known = counts.peers_known.with_label_values(&[&id]);
        known.set(i64::try_from(peers).unwrap_or(i64::MAX));
    }
}

/// The channels that take no more blocks, and why.
fn stopped(peer: &Weak<Peer>) -> Option<String> {
    let peer = peer.upgrade()?;
    let ids = peer.channel_ids();
    let reasons = ids.iter().filter_map(|id| {
        let cause = peer.channel(id)?.stopped()?;
        Some(format!("channel [{id}] takes no more blocks: {cause}"))
    });
    let reasons: Vec<String> = reasons.collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}
