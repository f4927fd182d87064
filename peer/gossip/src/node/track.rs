//! Tells the log who came to a channel and who went.
//!
//! Fabric: gossip/gossip/channel/channel.go, membershipTracker.

use super::Node;
use crate::{Membership as _, PkiId};
use std::collections::BTreeMap;

/// The other peers of a channel and where they are.
pub(super) type Peers = BTreeMap<PkiId, String>;

impl Node {
    /// Compares the channels with what they were at the last look.
    pub(super) fn track(&self) {
        let mut seen = self.0.seen.lock();
        for (channel, _) in self.all_channels() {
            let others = self.channel_peers(&channel);
            let others = others.into_iter().filter(|peer| !peer.member.is_self);
            let now: Peers = others
                .map(|peer| {
                    let endpoint = peer.member.endpoint().to_owned();
                    (peer.member.pki_id, endpoint)
                })
                .collect();
            let before = seen.entry(channel.clone()).or_default();
            if let Some(change) = change(before, &now) {
                tracing::info!(channel, "Membership view has changed. {change}");
            }
            *before = now;
        }
    }
}

/// `None`: the same peers.
fn change(before: &Peers, now: &Peers) -> Option<String> {
    let missing = |from: &Peers, to: &Peers| {
        let gone = from.iter().filter(|(peer, _)| !to.contains_key(*peer));
        gone.map(|(_, endpoint)| endpoint.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let view: Vec<&str> = now.values().map(String::as_str).collect();
    let parts = [
        ("peers went offline", missing(before, now)),
        ("peers went online", missing(now, before)),
    ];
    let parts = parts.iter().filter(|(_, peers)| !peers.is_empty());
    let mut parts: Vec<_> = parts
        .map(|(what, peers)| format!("{what}: [{peers}]"))
        .collect();
    if parts.is_empty() {
        return None;
    }
    parts.push(format!("current view: [{}]", view.join(" ")));
    Some(parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn peers(endpoints: &[&str]) -> Peers {
        let peer = |endpoint: &&str| {
            let id = Bytes::copy_from_slice(endpoint.as_bytes());
            (PkiId::claimed(&id), (*endpoint).to_owned())
        };
        endpoints.iter().map(peer).collect()
    }

    #[test]
    fn who_came_and_who_went_is_told_once() {
        let (none, one, other) = (peers(&[]), peers(&["a:1", "b:2"]), peers(&["b:2", "c:3"]));
        let text = |before, now| change(before, now).unwrap_or_default();
        assert_eq!(
            text(&none, &one),
            "peers went online: [a:1 b:2], current view: [a:1 b:2]"
        );
        assert_eq!(
            text(&one, &other),
            "peers went offline: [a:1], peers went online: [c:3], current view: [b:2 c:3]"
        );
        assert_eq!(
            text(&other, &none),
            "peers went offline: [b:2 c:3], current view: []"
        );
        assert_eq!(change(&one, &one), None);
    }
}
