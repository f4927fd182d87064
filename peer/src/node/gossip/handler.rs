use crate::node::Peer;
use selvedge_gossip::{Handler, Requester};
use selvedge_protos::gossip::{Payload, PrivatePayload, PvtDataDigest, PvtDataElement};
use std::sync::Weak;

/// What other peers want of this one.
pub(super) struct PeerHandler {
    /// The peer holds the node that holds this.
    pub(super) peer: Weak<Peer>,
}

impl Handler for PeerHandler {
    fn keep(&self, channel: &str, data: PrivatePayload, _: &Requester) -> Result<(), String> {
        let gone = || "the peer is stopping".to_owned();
        let peer = self.peer.upgrade().ok_or_else(gone)?;
        let channel = peer.channel(channel).ok_or_else(gone)?;
        crate::node::private_data::keep(&channel, data)
    }

    fn find(
        &self,
        channel: &str,
        digests: Vec<PvtDataDigest>,
        requester: &Requester,
    ) -> Vec<PvtDataElement> {
        let found = self.peer.upgrade().and_then(|peer| peer.channel(channel));
        let Some(channel) = found else {
            return Vec::new();
        };
        crate::node::private_data::find(&channel, digests, &requester.signed)
    }

    fn blocks(&self, channel: &str, first: u64, last: u64, _: &Requester) -> Vec<Payload> {
        let found = self.peer.upgrade().and_then(|peer| peer.channel(channel));
        let Some(channel) = found else {
            return Vec::new();
        };
        crate::node::private_data::blocks(&channel, first, last)
    }
}
