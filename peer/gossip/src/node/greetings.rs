use crate::PkiId;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Greetings remembered for each peer; with more under way the oldest is over.
const PER_PEER: usize = 64;

/// When each greeting was, by the peer at the other end and its nonce.
#[derive(Debug, Default)]
pub(super) struct Greetings(Mutex<HashMap<PkiId, VecDeque<(u64, Instant)>>>);

impl Greetings {
    /// Remembers one that begins and is over after `lasts`, as those before it.
    pub(super) fn begin(&self, now: Instant, peer: &PkiId, nonce: u64, lasts: Duration) {
        let mut greetings = self.0.lock();
        let lasting = |(_, at): &(u64, Instant)| now.duration_since(*at) < lasts;
        if !greetings.contains_key(peer) {
            // Who is not greeted any more may be gone for ever.
            greetings.retain(|_, with_peer| with_peer.back().is_some_and(lasting));
        }
        let with_peer = greetings.entry(peer.clone()).or_default();
        with_peer.retain(lasting);
        if with_peer.len() >= PER_PEER {
            with_peer.pop_front();
        }
        with_peer.push_back((nonce, now));
    }

    /// Whether there was such a greeting less than `time` before `now`.
    pub(super) fn was_within(
        &self,
        time: Duration,
        now: Instant,
        peer: &PkiId,
        nonce: u64,
    ) -> bool {
        let greetings = self.0.lock();
        let mut with_peer = greetings.get(peer).into_iter().flatten();
        with_peer.any(|(known, at)| *known == nonce && now.duration_since(*at) < time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_greeting_is_of_one_peer_and_of_some_time() {
        let [one, other] = [b"one", b"two"].map(|id| PkiId::claimed(&Bytes::from_static(id)));
        let (greetings, now) = (Greetings::default(), Instant::now());
        greetings.begin(now, &one, 7, 3 * SECOND);
        assert!(greetings.was_within(SECOND, now, &one, 7));
        assert!(!greetings.was_within(SECOND, now, &one, 8));
        assert!(!greetings.was_within(SECOND, now, &other, 7));
        let later = now + SECOND;
        assert!(!greetings.was_within(SECOND, later, &one, 7));
        assert!(greetings.was_within(3 * SECOND, later, &one, 7));
    }

    #[test]
    fn one_peer_cannot_make_many_be_remembered() {
        let peer = PkiId::claimed(&Bytes::from_static(b"p"));
        let (greetings, now) = (Greetings::default(), Instant::now());
        for nonce in 0..1000 {
            greetings.begin(now, &peer, nonce, SECOND);
        }
        assert_eq!(greetings.0.lock()[&peer].len(), PER_PEER);
        assert!(greetings.was_within(SECOND, now, &peer, 999));
        greetings.begin(now + SECOND, &peer, 1000, SECOND);
        assert_eq!(greetings.0.lock()[&peer].len(), 1);
    }

    #[test]
    fn peers_that_are_gone_are_forgotten() {
        let peer = |id: u8| PkiId::claimed(&Bytes::from(vec![id]));
        let (greetings, now) = (Greetings::default(), Instant::now());
        for id in 0..100 {
            greetings.begin(now, &peer(id), 1, SECOND);
        }
        assert_eq!(greetings.0.lock().len(), 100);
        greetings.begin(now + SECOND / 2, &peer(0), 2, SECOND);
        greetings.begin(now + SECOND, &peer(200), 3, SECOND);
        let left = greetings.0.lock();
        assert!(left.len() == 2 && left.contains_key(&peer(0)) && left.contains_key(&peer(200)));
    }
}
