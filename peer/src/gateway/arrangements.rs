//! What discovery said lately.

use super::candidates::Ranked;
use super::neighbours::{Basis, Neighbours};
use lru::LruCache;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_protos::protos::ChaincodeInterest;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Questions that are remembered. Most transactions ask one of a few: which chaincodes they touch, and which collections.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// The peers that can endorse a transaction.
pub(super) struct Arranged {
    /// The best of each group first.
    pub(super) groups: BTreeMap<String, Vec<Ranked>>,
    /// How many of each group; those for which there are peers.
    pub(super) layouts: Vec<BTreeMap<String, usize>>,
}

/// Everything but the question that the answer depends on. It changes with every block, for the heights of peers are in
/// it, but a block has many transactions.
#[derive(PartialEq)]
pub(super) struct Moment {
    pub(super) basis: Basis,
    pub(super) peers: Arc<Neighbours>,
}

type Question = (String, Vec<u8>);

/// The answers to questions, each for the moment it was given in.
pub(super) struct Arrangements(Mutex<LruCache<Question, (Moment, Arc<Arranged>)>>);

impl Default for Arrangements {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

fn question(channel: &str, interest: &ChaincodeInterest) -> Question {
    (channel.to_owned(), interest.encode_to_vec())
}

impl Arrangements {
    pub(super) fn get(
        &self,
        channel: &str,
        interest: &ChaincodeInterest,
        moment: &Moment,
    ) -> Option<Arc<Arranged>> {
        let mut known = self.0.lock();
        let (then, arranged) = known.get(&question(channel, interest))?;
        (then == moment).then(|| Arc::clone(arranged))
    }

    pub(super) fn put(
        &self,
        channel: &str,
        interest: &ChaincodeInterest,
        moment: Moment,
        arranged: &Arc<Arranged>,
    ) {
        let question = question(channel, interest);
        self.0.lock().put(question, (moment, Arc::clone(arranged)));
    }

    /// A connection that is in some of them is not to be used again.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(definitions: u64) -> Moment {
        Moment {
            basis: (definitions, 1),
            peers: Arc::default(),
        }
    }

    #[test]
    fn an_answer_is_for_its_question_and_its_moment() {
        let known = Arrangements::default();
        let asked = ChaincodeInterest::default();
        let arranged = Arc::new(Arranged {
            groups: BTreeMap::new(),
            layouts: Vec::new(),
        });
        known.put("a", &asked, moment(1), &arranged);
        assert!(known.get("a", &asked, &moment(1)).is_some());
        assert!(known.get("a", &asked, &moment(2)).is_none());
        assert!(known.get("b", &asked, &moment(1)).is_none());
        known.clear();
        assert!(known.get("a", &asked, &moment(1)).is_none());
    }
}
