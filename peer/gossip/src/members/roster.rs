use crate::PkiId;
use crate::message::Signed;
use selvedge_protos::gossip::{AliveMessage, PeerTime, gossip_message::Content};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// When a peer made a message: first when the peer was started, then how many messages it made since.
pub(crate) type Time = (u64, u64);

/// Who is alive and who is dead, by the heartbeats that came in. What enters here was verified.
///
/// Fabric: gossip/discovery/discovery_impl.go.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    entries: HashMap<PkiId, Entry>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    time: Time,
    seen: Instant,
    pub(crate) alive: bool,
    /// The last heartbeat.
    pub(crate) message: Arc<Signed>,
    /// For other organisations; may be empty.
    pub(crate) endpoint: String,
    /// For the own organisation; empty when it is not known.
    pub(crate) internal_endpoint: String,
}

impl Entry {
    /// Fabric: gossip/discovery/discovery.go, PreferredEndpoint.
    pub(crate) fn preferred_endpoint(&self) -> &str {
        if self.internal_endpoint.is_empty() {
            &self.endpoint
        } else {
            &self.internal_endpoint
        }
    }
}

/// What a heartbeat told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A peer that was not known, or was dead.
    New,
    /// A peer that still lives.
    Again,
    /// Nothing: it is older than what is known.
    Old,
}

pub(crate) fn alive(message: &Signed) -> Option<&AliveMessage> {
    match &message.message.content {
        Some(Content::AliveMsg(alive)) => Some(alive),
        _ => None,
    }
}

pub(crate) fn time(time: Option<&PeerTime>) -> Time {
    time.map_or((0, 0), |time| (time.inc_num, time.seq_num))
}

impl Roster {
    /// Whether a heartbeat of this time is news. Asked before its signature is verified.
    pub(crate) fn is_news(&self, pki_id: &PkiId, time: Time) -> bool {
        self.entries
            .get(pki_id)
            .is_none_or(|entry| entry.time < time)
    }

    pub(crate) fn hear(&mut self, pki_id: &PkiId, message: Arc<Signed>, now: Instant) -> Heard {
        let Some(entry) = entry(message, true, now) else {
            return Heard::Old;
        };
        let Some(known) = self.entries.get_mut(pki_id) else {
            self.entries.insert(pki_id.clone(), entry);
            return Heard::New;
        };
        if entry.time <= known.time {
            return Heard::Old;
        }
        let was_alive = known.alive;
        // A heartbeat that came through another organisation has no secret.
        let internal_endpoint = if entry.internal_endpoint.is_empty() {
            std::mem::take(&mut known.internal_endpoint)
        } else {
            entry.internal_endpoint.clone()
        };
        *known = Entry {
            internal_endpoint,
            ..entry
        };
        if was_alive { Heard::Again } else { Heard::New }
    }

    /// Somebody says that a peer is dead; believed only of peers that nothing is known of.
    pub(crate) fn hear_dead(&mut self, pki_id: &PkiId, message: Arc<Signed>, now: Instant) {
        if !self.entries.contains_key(pki_id)
            && let Some(entry) = entry(message, false, now)
        {
            self.entries.insert(pki_id.clone(), entry);
        }
    }

    /// A peer that does not answer.
    pub(crate) fn presume_dead(&mut self, pki_id: &PkiId) -> bool {
        match self.entries.get_mut(pki_id) {
            Some(entry) if entry.alive => {
                entry.alive = false;
                true
            }
            _ => false,
        }
    }

    /// Peers not heard of for longer than `silence` are dead from here on.
    pub(crate) fn expire(&mut self, now: Instant, silence: Duration) -> Vec<PkiId> {
        let mut dead = Vec::new();
        for (pki_id, entry) in &mut self.entries {
            if entry.alive && now.duration_since(entry.seen) > silence {
                entry.alive = false;
                dead.push(pki_id.clone());
            }
        }
        dead
    }

    /// Forgets the dead of old, except those that `keep` names by an endpoint.
    pub(crate) fn forget(&mut self, now: Instant, after: Duration, keep: impl Fn(&str) -> bool) {
        self.entries.retain(|_, entry| {
            entry.alive
                || now.duration_since(entry.seen) <= after
                || keep(&entry.endpoint)
                || keep(&entry.internal_endpoint)
        });
    }

    pub(crate) fn remove(&mut self, pki_id: &PkiId) {
        self.entries.remove(pki_id);
    }

    pub(crate) fn get(&self, pki_id: &PkiId) -> Option<&Entry> {
        self.entries.get(pki_id)
    }

    pub(crate) fn alive(&self) -> impl Iterator<Item = (&PkiId, &Entry)> {
        self.entries.iter().filter(|(_, entry)| entry.alive)
    }

    pub(crate) fn dead(&self) -> impl Iterator<Item = (&PkiId, &Entry)> {
        self.entries.iter().filter(|(_, entry)| !entry.alive)
    }
}

fn entry(message: Arc<Signed>, is_alive: bool, now: Instant) -> Option<Entry> {
    let heartbeat = alive(&message)?;
    let endpoint = heartbeat.membership.as_ref()?.endpoint.clone();
    Some(Entry {
        time: time(heartbeat.timestamp.as_ref()),
        seen: now,
        alive: is_alive,
        endpoint,
        internal_endpoint: message.internal_endpoint(),
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use selvedge_protos::gossip::{Envelope, GossipMessage, Member};

    fn heartbeat(start: u64, sequence: u64) -> Arc<Signed> {
        let alive = AliveMessage {
            membership: Some(Member {
                endpoint: "peer:1".to_owned(),
                ..Member::default()
            }),
            timestamp: Some(PeerTime {
                inc_num: start,
                seq_num: sequence,
            }),
            identity: Bytes::new(),
        };
        let message = GossipMessage {
            content: Some(Content::AliveMsg(alive)),
            ..GossipMessage::default()
        };
        let envelope = Envelope::default();
        Arc::new(Signed { envelope, message })
    }

    fn id(text: &'static str) -> PkiId {
        PkiId::claimed(&Bytes::from_static(text.as_bytes()))
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_peer_lives_as_long_as_its_heart_beats() {
        let (mut roster, peer, start) = (Roster::default(), id("a"), Instant::now());
        let at = |count| start + seconds(count);
        assert_eq!(roster.hear(&peer, heartbeat(1, 1), at(0)), Heard::New);
        assert_eq!(roster.hear(&peer, heartbeat(1, 1), at(0)), Heard::Old);
        assert!(!roster.is_news(&peer, (1, 1)) && roster.is_news(&peer, (1, 2)));
        assert_eq!(roster.hear(&peer, heartbeat(1, 2), at(20)), Heard::Again);
        assert!(roster.expire(at(40), seconds(25)).is_empty());
        assert_eq!(
            roster.expire(at(60), seconds(25)),
            std::slice::from_ref(&peer)
        );
        assert_eq!(roster.alive().count(), 0);
        // What it sent before it died does not bring it back; a restart does.
        assert_eq!(roster.hear(&peer, heartbeat(1, 2), at(61)), Heard::Old);
        assert_eq!(roster.hear(&peer, heartbeat(2, 1), at(62)), Heard::New);
        assert_eq!(roster.alive().count(), 1);
    }

    #[test]
    fn hearsay_kills_nobody() {
        let (mut roster, peer, now) = (Roster::default(), id("a"), Instant::now());
        roster.hear(&peer, heartbeat(1, 1), now);
        roster.hear_dead(&peer, heartbeat(9, 9), now);
        assert_eq!(roster.alive().count(), 1);
        roster.hear_dead(&id("b"), heartbeat(1, 1), now);
        assert_eq!(roster.dead().count(), 1);
    }

    #[test]
    fn the_dead_are_forgotten_unless_they_are_anchors() {
        let (mut roster, start) = (Roster::default(), Instant::now());
        roster.hear_dead(&id("a"), heartbeat(1, 1), start);
        let later = start + seconds(501);
        roster.forget(later, seconds(500), |endpoint| endpoint == "peer:1");
        assert_eq!(roster.dead().count(), 1);
        roster.forget(later, seconds(500), |_| false);
        assert_eq!(roster.dead().count(), 0);
    }
}
