//! Who is in a channel, as gossip said a moment ago.

use super::candidates::Ranked;
use parking_lot::Mutex;
use selvedge_gossip::ChannelPeer;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For how long an answer is good. Gossip tells of a change after a second or so; and a burst of transactions that came
/// with one block asks within this time.
const GOOD: Duration = Duration::from_millis(10);

/// The peers of a channel, and how each is reached.
#[derive(Default)]
pub(super) struct Neighbours {
    pub(super) peers: Vec<ChannelPeer>,
    /// By place in `peers`; `None`: it tells no address.
    pub(super) ranked: Vec<Option<Ranked>>,
}

impl PartialEq for Neighbours {
    fn eq(&self, other: &Self) -> bool {
        self.peers == other.peers
    }
}

/// What besides gossip an answer depends on: this peer's count of changed definitions, and the sequence of the channel's
/// configuration.
pub(super) type Basis = (u64, u64);

struct Seen {
    at: Instant,
    basis: Basis,
    neighbours: Arc<Neighbours>,
}

/// The last answer for each channel.
#[derive(Default)]
pub(super) struct Neighbourhoods(Mutex<HashMap<String, Seen>>);

impl Neighbourhoods {
    /// The last answer, or what `ask` finds.
    pub(super) fn of(
        &self,
        channel: &str,
        basis: Basis,
        now: Instant,
        ask: impl FnOnce() -> Neighbours,
    ) -> Arc<Neighbours> {
        if let Some(seen) = self.0.lock().get(channel)
            && seen.basis == basis
            && now.saturating_duration_since(seen.at) < GOOD
        {
            return Arc::clone(&seen.neighbours);
        }
        let neighbours = Arc::new(ask());
        let seen = Seen {
            at: now,
            basis,
            neighbours: Arc::clone(&neighbours),
        };
        self.0.lock().insert(channel.to_owned(), seen);
        neighbours
    }

    /// A connection that is in some of them is not to be used again.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_a_moment_and_on_its_basis() {
        let known = Neighbourhoods::default();
        let mut asked = 0;
        let mut ask = |channel: &str, basis, now| {
            let before = asked;
            known.of(channel, basis, now, || {
                asked += 1;
                Neighbours::default()
            });
            asked > before
        };
        let start = Instant::now();
        assert!(ask("a", (1, 1), start));
        assert!(!ask("a", (1, 1), start + GOOD / 2));
        assert!(ask("b", (1, 1), start), "another channel");
        assert!(ask("a", (2, 1), start), "other definitions");
        assert!(ask("a", (2, 2), start), "another configuration");
        assert!(ask("a", (2, 2), start + GOOD));
        known.clear();
        assert!(ask("a", (2, 2), start + GOOD));
    }
}
