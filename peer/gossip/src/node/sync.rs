//! Questions about the membership, and their answers.
//!
//! Fabric: gossip/discovery/discovery_impl.go, handleMsgFromComm, sendMemResponse, createMembershipRequest.

use super::Node;
use super::disclosure::Listener;
use super::waiting::Answer;
use crate::PkiId;
use crate::comm::Connection;
use crate::members::alive;
use crate::message::{Signed, plain, unsigned};
use selvedge_protos::gossip::{
    Envelope, MembershipRequest, MembershipResponse,
    gossip_message::{Content, Tag},
};
use std::sync::Arc;
use tokio::time::Instant;

impl Node {
    /// A question for a peer of that organisation. It carries the own heartbeat.
    pub(super) fn membership_request(&self, nonce: u64, to_msp: &str) -> Envelope {
        let own = self.beat();
        let request = MembershipRequest {
            self_information: Some(self.envelope_for(&own.envelope, to_msp)),
            known: Vec::new(),
        };
        unsigned(&plain(Tag::Empty, nonce, Content::MemReq(request)))
    }

    pub(super) async fn on_membership_request(
        &self,
        from: &Connection,
        nonce: u64,
        request: MembershipRequest,
    ) {
        let Some(Ok(own)) = request.self_information.map(Signed::parse) else {
            tracing::warn!(peer = %from.remote.pki_id, "Got membership request with invalid selfInfo");
            return;
        };
        let member = alive(&own).and_then(|alive| alive.membership.clone());
        let Some(member) = member.filter(|member| member.pki_id == from.remote.pki_id.bytes())
        else {
            tracing::warn!(
                peer = %from.remote.pki_id,
                "Got membership request with selfInfo that doesn't match the handshake"
            );
            return;
        };
        self.learn_alive(&Arc::new(own));
        let listener = Listener {
            msp_id: &from.remote.msp_id,
            has_external_endpoint: !member.endpoint.is_empty(),
        };
        let external = &self.0.settings.external_endpoint;
        if !self.discloses(&self.0.pki_id, external, &listener) {
            tracing::warn!(
                peer = %from.remote.pki_id,
                "a peer of another organisation asks for the membership, and one of us has no external endpoint"
            );
            from.close();
            return;
        }
        let (living, dead) = self.known_to(&listener);
        let shown = |message: &Arc<Signed>| self.envelope_for(&message.envelope, listener.msp_id);
        let response = MembershipResponse {
            alive: living
                .iter()
                .chain([&self.last_beat()])
                .map(shown)
                .collect(),
            dead: dead.iter().map(shown).collect(),
        };
        let message = plain(Tag::Empty, nonce, Content::MemRes(response));
        from.send_patiently(unsigned(&message)).await;
    }

    pub(super) fn on_membership_response(
        &self,
        from: &PkiId,
        nonce: u64,
        response: MembershipResponse,
    ) {
        self.0.waiting.answer(nonce, from, Answer::Membership);
        let limit = self.0.settings.max_identities;
        for envelope in response.alive.into_iter().take(limit) {
            let Ok(message) = Signed::parse(envelope) else {
                return;
            };
            self.learn_alive(&Arc::new(message));
        }
        for envelope in response.dead.into_iter().take(limit) {
            let Ok(message) = Signed::parse(envelope) else {
                return;
            };
            if let Some(pki_id) = self.authentic(&message) {
                let mut roster = self.0.roster.lock();
                roster.hear_dead(&pki_id, Arc::new(message), Instant::now());
            }
        }
    }

    /// Asks some living peers whom they know.
    pub(super) fn ask_around(&self) {
        let living: Vec<PkiId> = {
            let roster = self.0.roster.lock();
            roster.alive().map(|(peer, _)| peer.clone()).collect()
        };
        for peer in self.some(living, self.0.settings.pull_peers) {
            if let Some(msp_id) = self.0.identities.msp_of(&peer) {
                self.send(&peer, self.membership_request(0, &msp_id));
            }
        }
    }
}
