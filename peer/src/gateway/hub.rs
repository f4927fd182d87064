//! One look at each block for all who wait for it.

use super::news::{News, Told};
use crate::node::{Channel, Closing, CommittedBlock, Recent};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_protos::protos::ChaincodeEvent;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, oneshot, watch};

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: u8,
    pub(super) block: u64,
}

/// The events of the valid transactions of one block.
pub(super) type Events = Arc<Vec<ChaincodeEvent>>;

/// Blocks whose events are kept for listeners that are a little late.
const KEPT: usize = 256;

/// Bytes of these events together.
const BYTES: usize = 16 << 20;

/// Follows one channel for the gateway's clients.
pub(super) struct Hub {
    waiting: Mutex<Waiting>,
    recent: Recent<Events>,
    news: News,
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
    pub(super) fn start(
        channel: Arc<Channel>,
        event_delay: Duration,
        closing: Closing,
    ) -> Arc<Self> {
        // In this order: a block between the two is seen twice rather than never.
        let blocks = channel.commits().blocks();
        let hub = Arc::new(Self {
            waiting: Mutex::default(),
            recent: Recent::new(KEPT, BYTES),
            news: News::new(channel.ledger().height(), event_delay),
            closing: closing.clone(),
        });
        tokio::spawn(Arc::clone(&hub).run(channel, blocks, closing));
        hub
    }

    async fn run(
        self: Arc<Self>,
        channel: Arc<Channel>,
        blocks: broadcast::Receiver<Arc<CommittedBlock>>,
        closing: Closing,
    ) {
        tokio::select! {
            () = self.follow(&channel, blocks) => {}
            () = self.news.spread(channel.commits().busy()) => {}
            () = closing.closed() => {}
        }
        self.news.end();
        self.waiting.lock().by_transaction.clear();
        drop(channel);
        drop(closing);
    }

    async fn follow(
        &self,
        channel: &Channel,
        mut blocks: broadcast::Receiver<Arc<CommittedBlock>>,
    ) {
        loop {
            let height = match blocks.recv().await {
                Ok(block) => self.take(&block),
                Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up(channel),
                Err(broadcast::error::RecvError::Closed) => return,
            };
            self.news.grown(height);
        }
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

    fn keep(&self, block: &CommittedBlock) {
        let events = block.transactions.iter();
        let events: Vec<_> = events
            .filter_map(|transaction| transaction.event.clone())
            .filter_map(|event| ChaincodeEvent::decode(event).ok())
            .filter(is_complete)
            // Else a payload would keep the whole block.
            .map(|event| ChaincodeEvent {
                payload: Bytes::copy_from_slice(&event.payload),
                ..event
            })
            .collect();
        let size = events.iter().map(ChaincodeEvent::encoded_len).sum();
        self.recent.keep(block.number, Arc::new(events), size);
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

    /// For one listener: the blocks whose events can be had.
    pub(super) fn listen(&self) -> watch::Receiver<Told> {
        self.news.listen()
    }

    /// To be held beside the channel's files.
    pub(super) fn closing(&self) -> Closing {
        self.closing.clone()
    }

    /// The events of a block, if it is one of the latest.
    pub(super) fn events(&self, block: u64) -> Option<Events> {
        self.recent.get(block)
    }
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
