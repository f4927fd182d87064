//! Whether the orderer that sends blocks keeps some back.
//!
//! Under BFT one orderer may be malicious. All the others are asked for headers with a quorum's signatures; when one of
//! these is ahead of the blocks for too long, blocks are fetched elsewhere.
//!
//! Fabric: common/deliverclient/blocksprovider/bft_censorship_monitor.go.

use super::PullOptions;
use super::broken::Broken;
use super::headers::{Head, watch};
use super::progress::Progress;
use crate::node::Peer;
use selvedge_identity::OrdererEndpoint;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A header was seen whose block has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Suspicion {
    header: u64,
    since: Instant,
}

/// What was seen so far. A later header does not disprove a suspicion; its block does.
#[derive(Debug, Default)]
struct Suspicions(Option<Suspicion>);

impl Suspicions {
    /// Looks at the number of the next block that is expected and at the last header of each of the others. The header
    /// whose block has been missing for longer than `patience` is returned.
    fn judge(
        &mut self,
        now: Instant,
        patience: Duration,
        next: u64,
        heads: impl Iterator<Item = Head>,
    ) -> Option<u64> {
        if let Some(suspicion) = self.0 {
            if next > suspicion.header {
                self.0 = None;
            } else if now.duration_since(suspicion.since) > patience {
                self.0 = None;
                return Some(suspicion.header);
            } else {
                return None;
            }
        }
        let ahead = heads.filter(|head| head.number >= next);
        self.0 = ahead.min_by_key(|head| head.at).map(|head| Suspicion {
            header: head.number,
            since: head.at,
        });
        None
    }
}

/// Watches until the orderer at `source` is found to keep blocks back.
pub(super) async fn monitor(
    peer: Arc<Peer>,
    channel_id: String,
    progress: Arc<Progress>,
    others: Vec<OrdererEndpoint>,
    source: String,
    options: PullOptions,
) -> Broken {
    let mut heads = Vec::with_capacity(others.len());
    // Ends its tasks when it is dropped.
    let mut watching = JoinSet::new();
    for endpoint in others {
        let (task, head) = watch(
            Arc::clone(&peer),
            channel_id.clone(),
            endpoint,
            Arc::clone(&progress),
            options.clone(),
        );
        heads.push(head);
        watching.spawn(task);
    }
    let patience = options.censorship_timeout;
    let mut suspicions = Suspicions::default();
    loop {
        tokio::time::sleep((patience / 100).max(Duration::from_millis(1))).await;
        if progress.is_full() {
            suspicions = Suspicions::default();
            continue;
        }
        let seen = heads.iter().filter_map(|head| *head.lock());
        if let Some(header) = suspicions.judge(Instant::now(), patience, progress.next(), seen) {
            return Broken::Censorship {
                address: source,
                header,
                waited: patience,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn head(number: u64, at: Instant) -> Head {
        Head { number, at }
    }

    #[test]
    fn a_header_without_its_block_is_reported_after_the_timeout() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut suspicions = Suspicions::default();
        let heads = [head(6, after(2)), head(7, after(1)), head(4, start)];
        let judge = |suspicions: &mut Suspicions, seconds, next| {
            suspicions.judge(after(seconds), PATIENCE, next, heads.iter().copied())
        };
        assert_eq!(judge(&mut suspicions, 3, 5), None);
        // The one seen first counts, though it is not the lowest.
        assert_eq!(judge(&mut suspicions, 31, 5), None);
        assert_eq!(judge(&mut suspicions, 32, 7), Some(7));
    }

    #[test]
    fn the_block_clears_its_orderer_and_nothing_else_does() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut suspicions = Suspicions::default();
        let none = || std::iter::empty();
        let first = [head(9, start)];
        assert_eq!(
            suspicions.judge(start, PATIENCE, 9, first.iter().copied()),
            None
        );
        // The other orderer fell silent; the block is missing all the same.
        assert_eq!(suspicions.judge(after(20), PATIENCE, 9, none()), None);
        assert_eq!(suspicions.judge(after(25), PATIENCE, 10, none()), None);
        assert_eq!(suspicions.judge(after(60), PATIENCE, 10, none()), None);
        // In time on the whole: orderers without a lead are none.
        let equal = [head(9, after(60))];
        assert_eq!(
            suspicions.judge(after(100), PATIENCE, 10, equal.iter().copied()),
            None
        );
        assert_eq!(suspicions.judge(after(200), PATIENCE, 10, none()), None);
    }
}
