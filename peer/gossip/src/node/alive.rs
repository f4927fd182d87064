//! Heartbeats.

use super::Node;
use super::disclosure::Listener;
use crate::PkiId;
use crate::members::{Heard, alive, time};
use crate::message::{Signed, plain};
use selvedge_protos::gossip::{
    AliveMessage, Member, PeerTime,
    gossip_message::{Content, Tag},
};
use std::sync::Arc;
use tokio::time::Instant;

/// The own heart.
pub(super) struct Heart {
    /// When this peer was started, in nanoseconds.
    incarnation: u64,
    beats: u64,
    /// Heartbeats carry the own identity until then.
    introduced: Option<Instant>,
    last: Option<(Instant, Arc<Signed>)>,
}

impl Heart {
    pub(super) fn new(incarnation: u64) -> Self {
        Self {
            incarnation,
            beats: 0,
            introduced: None,
            last: None,
        }
    }
}

impl Node {
    /// A new heartbeat.
    pub(super) fn beat(&self) -> Arc<Signed> {
        let now = Instant::now();
        let mut heart = self.0.heart.lock();
        heart.beats += 1;
        let until = *heart
            .introduced
            .get_or_insert_with(|| now + self.0.settings.publish_cert_period);
        let identity = if now < until {
            self.identity().clone()
        } else {
            bytes::Bytes::new()
        };
        let alive = AliveMessage {
            membership: Some(Member {
                endpoint: self.0.settings.external_endpoint.clone(),
                metadata: bytes::Bytes::new(),
                pki_id: self.0.pki_id.bytes().clone(),
            }),
            timestamp: Some(PeerTime {
                inc_num: heart.incarnation,
                seq_num: heart.beats,
            }),
            identity,
        };
        let environment = self.environment();
        let signed = environment.sign(plain(Tag::Empty, 0, Content::AliveMsg(alive)));
        let signed = Arc::new(signed.with_secret(&self.0.settings.endpoint, &environment.signer));
        heart.last = Some((now, Arc::clone(&signed)));
        signed
    }

    /// The last heartbeat, unless it is old.
    pub(super) fn last_beat(&self) -> Arc<Signed> {
        let last = self.0.heart.lock().last.clone();
        match last {
            Some((at, last)) if at.elapsed() < self.0.settings.alive_interval => last,
            _ => self.beat(),
        }
    }

    /// Somebody's heartbeat. What is news is passed on.
    pub(super) fn on_alive(&self, message: Signed, from: &PkiId) {
        let message = Arc::new(message);
        if let Some(origin) = self.learn_alive(&message) {
            self.spread_alive(&origin, &message, Some(from));
        }
    }

    /// Takes a heartbeat that is authentic and newer than what is known. Answers whose it is.
    pub(super) fn learn_alive(&self, message: &Arc<Signed>) -> Option<PkiId> {
        let pki_id = self.authentic(message)?;
        let heard = {
            let mut roster = self.0.roster.lock();
            roster.hear(&pki_id, Arc::clone(message), Instant::now())
        };
        match heard {
            Heard::Old => return None,
            Heard::Again => {}
            Heard::New => {
                tracing::info!(peer = %pki_id, "a peer is online");
                self.introduce_channels(&pki_id);
                self.changed();
            }
        }
        Some(pki_id)
    }

    /// Whether a heartbeat is news and signed by the peer it names.
    ///
    /// Fabric: gossip/gossip/gossip_impl.go, ValidateAliveMsg.
    pub(super) fn authentic(&self, message: &Signed) -> Option<PkiId> {
        let heartbeat = alive(message)?;
        let claimed = &heartbeat.membership.as_ref()?.pki_id;
        let pki_id = PkiId::claimed(claimed);
        if claimed.is_empty() || pki_id == self.0.pki_id || !message.is_small() {
            return None;
        }
        let at = time(heartbeat.timestamp.as_ref());
        if !self.0.roster.lock().is_news(&pki_id, at) {
            return None;
        }
        let known = if heartbeat.identity.is_empty() {
            self.0.identities.get(&pki_id)
        } else {
            let learnt = self
                .0
                .identities
                .put(claimed, &heartbeat.identity, self.environment());
            learnt
                .inspect_err(
                    |error| tracing::debug!(peer = %pki_id, %error, "an identity is refused"),
                )
                .ok()
                .map(|(_, known)| known)
        };
        let known = known?;
        if let Err(error) = message.verify(&known.identity, &*self.environment().trust) {
            tracing::warn!(peer = %pki_id, %error, "a heartbeat is not authentic");
            return None;
        }
        Some(pki_id)
    }

    /// Passes a heartbeat on to some peers.
    pub(super) fn spread_alive(
        &self,
        origin: &PkiId,
        message: &Arc<Signed>,
        except: Option<&PkiId>,
    ) {
        let endpoint = alive(message)
            .and_then(|alive| alive.membership.as_ref())
            .map(|member| member.endpoint.clone())
            .unwrap_or_default();
        let eligible: Vec<PkiId> = {
            let roster = self.0.roster.lock();
            let others = roster
                .alive()
                .filter(|(peer, _)| Some(*peer) != except && *peer != origin);
            others
                .filter(|(peer, entry)| self.passes_on(origin, &endpoint, peer, entry))
                .map(|(peer, _)| peer.clone())
                .collect()
        };
        for peer in self.chosen(&eligible) {
            if let Some(msp_id) = self.0.identities.msp_of(&peer) {
                self.send(&peer, self.envelope_for(&message.envelope, &msp_id));
            }
        }
    }

    /// Every heartbeat that `to` may know of: of the living and of the dead.
    pub(super) fn known_to(&self, to: &Listener<'_>) -> (Vec<Arc<Signed>>, Vec<Arc<Signed>>) {
        let roster = self.0.roster.lock();
        let disclosed = |(peer, entry): &(&PkiId, &crate::members::Entry)| {
            self.discloses(peer, &entry.endpoint, to)
        };
        let message = |(_, entry): (&PkiId, &crate::members::Entry)| Arc::clone(&entry.message);
        (
            roster.alive().filter(disclosed).map(message).collect(),
            roster.dead().filter(disclosed).map(message).collect(),
        )
    }
}
