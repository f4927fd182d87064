//! One look at each block for all who wait for it.

use crate::node::{Channel, Closing, CommittedBlock};
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_protos::protos::ChaincodeEvent;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::Instant;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: u8,
    pub(super) block: u64,
}

/// The events of the valid transactions of one block.
pub(super) type Events = Arc<Vec<ChaincodeEvent>>;

/// Blocks whose events are kept for listeners that are a little late.
const KEPT: usize = 64;

/// How long events wait for blocks that are being committed: hundreds of listeners together take more of the processor
/// than a block does, and whoever waits for the block's commit would wait for them.
const LATE: Duration = Duration::from_millis(100);

/// What listeners may be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Number of blocks.
    pub(super) height: u64,
    /// From now on no commit is waited for.
    pub(super) due: Instant,
    /// There will be no more.
    pub(super) ended: bool,
}

/// Follows one channel for the gateway's clients.
pub(super) struct Hub {
    waiting: Mutex<Waiting>,
    /// The latest blocks, without a gap.
    recent: Mutex<VecDeque<(u64, Events)>>,
    told: watch::Sender<Told>,
    closing: Closing,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    by_transaction: HashMap<String, Vec<(u64, oneshot::Sender<Outcome>)>>,
}

/// A place among those who wait for a transaction; given up when dropped.
pub(super) struct Wait {
    hub: Arc<Hub>,
    tx_id: String,
    number: u64,
    receiver: oneshot::Receiver<Outcome>,
}

impl Hub {
    /// Call inside the Tokio runtime. Ends with the peer; then nobody is kept waiting.
    pub(super) fn start(channel: Arc<Channel>, closing: Closing) -> Arc<Self> {
        // In this order: a block between the two is seen twice rather than never.
        let blocks = channel.commits().blocks();
        let hub = Arc::new(Self {
            waiting: Mutex::default(),
            recent: Mutex::default(),
            told: watch::Sender::new(Told {
                height: channel.ledger().height(),
                due: Instant::now(),
                ended: false,
            }),
            closing: closing.clone(),
        });
        tokio::spawn(Arc::clone(&hub).follow(channel, blocks, closing));
        hub
    }

    async fn follow(
        self: Arc<Self>,
        channel: Arc<Channel>,
        mut blocks: broadcast::Receiver<Arc<CommittedBlock>>,
        closing: Closing,
    ) {
        let mut busy = channel.commits().busy();
        // The height that listeners are to be told, and when at the latest.
        let mut news: Option<(u64, Instant)> = None;
        loop {
            let received = tokio::select! {
                received = blocks.recv() => received,
                told = quiet(&mut busy, news) => {
                    self.tell(told);
                    news = None;
                    continue;
                }
                () = closing.closed() => break,
            };
            let height = match received {
                Ok(block) => self.take(&block),
                Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up(&channel),
                Err(broadcast::error::RecvError::Closed) => break,
            };
            let due = news.map_or_else(|| Instant::now() + LATE, |(_, due)| due);
            news = Some((height, due));
        }
        self.told.send_modify(|told| told.ended = true);
        self.waiting.lock().by_transaction.clear();
        drop(channel);
        drop(closing);
    }

    /// Answers whoever waits for one of its transactions, and keeps its events. The height that there is then.
    fn take(&self, block: &CommittedBlock) -> u64 {
        let mut answered = Vec::new();
        {
            let mut waiting = self.waiting.lock();
            if !waiting.by_transaction.is_empty() {
                for transaction in &block.transactions {
                    let outcome = Outcome {
                        code: transaction.code,
                        block: block.number,
                    };
                    let found = waiting.by_transaction.remove(&transaction.tx_id);
                    answered.extend(found.into_iter().flatten().map(|(_, one)| (one, outcome)));
                }
            }
        }
        for (sender, outcome) in answered {
            // Whoever went away does not want to know.
            let _ = sender.send(outcome);
        }
        self.keep(block);
        block.number.saturating_add(1)
    }

    /// Wakes the listeners.
    fn tell(&self, (height, due): (u64, Instant)) {
        self.told.send_if_modified(|told| {
            let grown = height > told.height;
            if grown {
                (told.height, told.due) = (height, due);
            }
            grown
        });
    }

    fn keep(&self, block: &CommittedBlock) {
        let events = block.transactions.iter();
        let events = events
            .filter_map(|transaction| transaction.event.clone())
            .filter_map(|event| ChaincodeEvent::decode(event).ok())
            .filter(is_complete)
            .collect();
        let mut recent = self.recent.lock();
        if recent
            .back()
            .is_some_and(|(last, _)| *last + 1 != block.number)
        {
            recent.clear();
        }
        recent.push_back((block.number, Arc::new(events)));
        if recent.len() > KEPT {
            recent.pop_front();
        }
    }

    /// Blocks came faster than they were looked at: the ledger knows. The height that it has.
    fn catch_up(&self, channel: &Channel) -> u64 {
        let mut waiting = self.waiting.lock();
        let committed = waiting
            .by_transaction
            .extract_if(|tx_id, _| matches!(channel.ledger().tx_status(tx_id), Ok(Some(_))));
        for (tx_id, senders) in committed {
            if let Ok(Some(status)) = channel.ledger().tx_status(&tx_id) {
                let outcome = Outcome {
                    code: status.code,
                    block: status.block,
                };
                for (_, sender) in senders {
                    let _ = sender.send(outcome);
                }
            }
        }
        drop(waiting);
        channel.ledger().height()
    }

    /// From here on the outcome of this transaction is not missed.
    pub(super) fn wait(self: &Arc<Self>, tx_id: &str) -> Wait {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        waiting.last += 1;
        let number = waiting.last;
        let senders = waiting.by_transaction.entry(tx_id.to_owned());
        senders.or_default().push((number, sender));
        drop(waiting);
        Wait {
            hub: Arc::clone(self),
            tx_id: tx_id.to_owned(),
            number,
            receiver,
        }
    }

    /// The blocks whose events can be had.
    pub(super) fn told(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    /// To be held beside the channel's files.
    pub(super) fn closing(&self) -> Closing {
        self.closing.clone()
    }

    /// The events of a block, if it is one of the latest.
    pub(super) fn events(&self, block: u64) -> Option<Events> {
        let recent = self.recent.lock();
        let first = recent.front()?.0;
        let place = usize::try_from(block.checked_sub(first)?).ok()?;
        recent.get(place).map(|(_, events)| Arc::clone(events))
    }
}

/// Ready when there are news and no block is being committed, or the news are due.
async fn quiet(busy: &mut watch::Receiver<bool>, news: Option<(u64, Instant)>) -> (u64, Instant) {
    let Some(news) = news else {
        return std::future::pending().await;
    };
    // An error means that no block will ever be committed.
    let _ = tokio::time::timeout_at(news.1, busy.wait_for(|busy| !*busy)).await;
    news
}

impl Wait {
    /// `None`: the peer stops.
    pub(super) async fn outcome(&mut self) -> Option<Outcome> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut waiting = self.hub.waiting.lock();
        if let Some(senders) = waiting.by_transaction.get_mut(&self.tx_id) {
            senders.retain(|(number, _)| *number != self.number);
            if senders.is_empty() {
                waiting.by_transaction.remove(&self.tx_id);
            }
        }
    }
}

/// Fabric: internal/pkg/gateway/event/transaction.go, validChaincodeEvent.
pub(super) fn is_complete(event: &ChaincodeEvent) -> bool {
    !event.chaincode_id.is_empty() && !event.event_name.is_empty() && !event.tx_id.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn news_wait_for_commits_and_no_longer_than_they_may() {
        let (commits, mut busy) = watch::channel(true);
        let later = Some((7, Instant::now() + Duration::from_secs(3600)));
        assert!(quiet(&mut busy, later).now_or_never().is_none());
        assert_eq!(quiet(&mut busy, Some((7, Instant::now()))).await.0, 7);
        commits.send_replace(false);
        assert_eq!(quiet(&mut busy, later).await.0, 7);
        assert!(quiet(&mut busy, None).now_or_never().is_none());
    }
}
