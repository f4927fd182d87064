use crate::node::{Peer, private_data};
use selvedge_gossip::{Handler, Requester};
use selvedge_protos::gossip::{Payload, PrivatePayload, PvtDataDigest, PvtDataElement};
use std::sync::Weak;
use std::time::Instant;

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
        private_data::keep(&channel, data)
    }

    fn find(
        &self,
        channel: &str,
        digests: Vec<PvtDataDigest>,
        requester: &Requester,
    ) -> Vec<PvtDataElement> {
        let Some(peer) = self.peer.upgrade() else {
            return Vec::new();
        };
        let Some(channel) = peer.channel(channel) else {
            return Vec::new();
        };
        let began = Instant::now();
        let elements = private_data::find(&channel, digests, &requester.signed);
        let retrieve = &peer.operations().metrics().gossip.privdata_retrieve;
        let retrieve = retrieve.with_label_values(&[channel.id()]);
        retrieve.observe(began.elapsed().as_secs_f64());
        elements
    }

    fn blocks(&self, channel: &str, first: u64, last: u64, _: &Requester) -> Vec<Payload> {
        let found = self.peer.upgrade().and_then(|peer| peer.channel(channel));
        let Some(channel) = found else {
            return Vec::new();
        };
        private_data::blocks(&channel, first, last)
    }
}
