//! Exchange of identities: a greeting, an offer of PKI-IDs, a choice among them, and the identities.
//!
//! Fabric: gossip/gossip/algo/pull.go, gossip/gossip/certstore.go. A Go peer collects offers for as long as it takes them
//! before it chooses; here each offer is answered at once.

use super::Node;
use crate::PkiId;
use crate::comm::Connection;
use crate::message::{Signed, plain, unsigned};
use bytes::Bytes;
use selvedge_protos::gossip::{
    DataDigest, DataRequest, DataUpdate, GossipHello, PullMsgType,
    gossip_message::{Content, Tag},
};
use std::sync::Arc;
use tokio::time::Instant;

impl Node {
    /// Greets some living peers.
    pub(super) fn exchange_identities(&self) {
        let living: Vec<PkiId> = {
            let roster = self.0.roster.lock();
            roster.alive().map(|(peer, _)| peer.clone()).collect()
        };
        for peer in self.some(living, self.0.settings.pull_peers) {
            let nonce = self.random();
            let hello = GossipHello {
                nonce,
                metadata: Bytes::new(),
                msg_type: PullMsgType::IdentityMsg as i32,
            };
            let settings = self.settings();
            let lasts = settings.digest_wait + settings.response_wait;
            self.0.greeted.begin(Instant::now(), &peer, nonce, lasts);
            let message = plain(Tag::Empty, 0, Content::Hello(hello));
            self.send(&peer, unsigned(&message));
        }
    }

    pub(super) async fn on_greeting(&self, from: &Connection, nonce: u64) {
        let wait = self.settings().request_wait;
        self.0
            .greeted_by
            .begin(Instant::now(), &from.remote.pki_id, nonce, wait);
        let to = &from.remote.msp_id;
        let announced = self.0.identities.announced();
        let given = announced
            .iter()
            .filter(|(peer, msp_id)| self.gives_identity(peer, msp_id, to));
        let digest = DataDigest {
            nonce,
            digests: given.map(|(peer, _)| peer.bytes().clone()).collect(),
            msg_type: PullMsgType::IdentityMsg as i32,
        };
        let message = plain(Tag::Empty, 0, Content::DataDig(digest));
        from.send_patiently(unsigned(&message)).await;
    }

    pub(super) async fn on_offer(&self, from: &Connection, offer: DataDigest) {
        let wait = self.settings().digest_wait;
        let peer = &from.remote.pki_id;
        if !self
            .0
            .greeted
            .was_within(wait, Instant::now(), peer, offer.nonce)
        {
            return;
        }
        let unknown = |digest: &Bytes| !self.0.identities.has_announcement(&PkiId::claimed(digest));
        let limit = self.0.settings.max_identities;
        let request = DataRequest {
            nonce: offer.nonce,
            digests: offer
                .digests
                .into_iter()
                .filter(unknown)
                .take(limit)
                .collect(),
            msg_type: PullMsgType::IdentityMsg as i32,
        };
        if request.digests.is_empty() {
            return;
        }
        let message = plain(Tag::Empty, 0, Content::DataReq(request));
        from.send_patiently(unsigned(&message)).await;
    }

    pub(super) async fn on_choice(&self, from: &Connection, request: DataRequest) {
        let wait = self.settings().request_wait;
        let peer = &from.remote.pki_id;
        if !self
            .0
            .greeted_by
            .was_within(wait, Instant::now(), peer, request.nonce)
        {
            return;
        }
        let to = &from.remote.msp_id;
        let limit = self.0.settings.max_identities;
        let mut chosen: Vec<PkiId> = request
            .digests
            .iter()
            .take(limit)
            .map(PkiId::claimed)
            .collect();
        // Asking for one identity many times would be a cheap way to make a large answer.
        chosen.sort();
        chosen.dedup();
        let data = chosen.iter().filter_map(|peer| {
            let known = self.0.identities.get(peer)?;
            let given = self.gives_identity(peer, &known.msp_id, to);
            known
                .announcement
                .filter(|_| given)
                .map(|announcement| announcement.envelope.clone())
        });
        let update = DataUpdate {
            nonce: request.nonce,
            data: data.collect(),
            msg_type: PullMsgType::IdentityMsg as i32,
        };
        let message = plain(Tag::Empty, 0, Content::DataUpdate(update));
        from.send_patiently(unsigned(&message)).await;
    }

    pub(super) fn on_identities(&self, from: &Connection, update: DataUpdate) {
        let settings = self.settings();
        let wait = settings.digest_wait + settings.response_wait;
        let peer = &from.remote.pki_id;
        if !self
            .0
            .greeted
            .was_within(wait, Instant::now(), peer, update.nonce)
        {
            return;
        }
        for envelope in update.data.into_iter().take(self.0.settings.max_identities) {
            if let Err(error) = self.learn_identity(envelope) {
                tracing::warn!(peer = %from.remote.pki_id, error, "a pulled identity is refused");
                return;
            }
        }
    }

    fn learn_identity(&self, envelope: selvedge_protos::gossip::Envelope) -> Result<(), String> {
        let message = Signed::parse(envelope).map_err(|error| error.to_string())?;
        let Some(Content::PeerIdentity(announced)) = &message.message.content else {
            return Err("it is not an identity".to_owned());
        };
        if !message.is_small() {
            return Err("it is too large".to_owned());
        }
        let environment = self.environment();
        message
            .verify(&announced.cert, &*environment.trust)
            .map_err(|error| error.to_string())?;
        let learnt = self
            .0
            .identities
            .put(&announced.pki_id, &announced.cert, environment);
        let (pki_id, _) = learnt.map_err(|error| error.to_string())?;
        self.0.identities.announce(&pki_id, Arc::new(message));
        Ok(())
    }
}
