//! Streams to an orderer that are kept open between transactions.

use super::error::go_text;
use parking_lot::Mutex;
use selvedge_protos::common::{Envelope, Status};
use selvedge_protos::orderer::{BroadcastResponse, atomic_broadcast_client::AtomicBroadcastClient};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

/// A stream that nobody needed for so long is closed with the next transaction.
const IDLE: Duration = Duration::from_secs(10);

/// Streams kept for later.
const KEPT: usize = 64;

/// Sends transactions to one orderer.
///
/// An orderer takes the transactions of one stream one after the other, each when the one before is answered, so every
/// transaction under way has a stream of its own. But a stream is used again: opening one costs more than the transaction.
pub(super) struct Broadcast {
    client: AtomicBroadcastClient<Channel>,
    free: Mutex<Vec<(Instant, Lane)>>,
}

/// One stream. It is dropped, and so closed, unless it is put back.
struct Lane {
    envelopes: mpsc::Sender<Envelope>,
    answers: Streaming<BroadcastResponse>,
}

/// How a stream ended that was asked something.
enum Ended {
    /// Without a word; the orderer, or the connection, may have closed it long before.
    Quietly,
    Failed(tonic::Status),
}

impl Broadcast {
    pub(super) fn new(client: AtomicBroadcastClient<Channel>) -> Self {
        Self {
            client,
            free: Mutex::default(),
        }
    }

    /// Sends one transaction; the error is as Go's client prints it. When a kept stream has ended meanwhile, the
    /// transaction goes out on a new one: should the orderer have taken it all the same, it is in a block twice, of which
    /// the first counts, as when the client tries again.
    pub(super) async fn send(&self, envelope: Envelope) -> Result<BroadcastResponse, String> {
        if let Some(lane) = self.kept() {
            match self.ask(lane, envelope.clone()).await {
                Ok(answer) => return Ok(answer),
                // They share a connection.
                Err(_) => self.free.lock().clear(),
            }
        }
        let (envelopes, receiver) = mpsc::channel(1);
        // Before the stream is asked for: some servers answer only when something was sent.
        let sent = envelopes.try_send(envelope);
        debug_assert!(sent.is_ok(), "there is room for the first");
        let mut client = self.client.clone();
        let opened = client.broadcast(ReceiverStream::new(receiver)).await;
        let opened = opened.map_err(|status| go_text(&status))?;
        let lane = Lane {
            envelopes,
            answers: opened.into_inner(),
        };
        self.answer(lane).await.map_err(|ended| match ended {
            Ended::Quietly => "EOF".to_owned(),
            Ended::Failed(status) => go_text(&status),
        })
    }

    fn kept(&self) -> Option<Lane> {
        let mut free = self.free.lock();
        free.retain(|(since, _)| since.elapsed() < IDLE);
        free.pop().map(|(_, lane)| lane)
    }

    async fn ask(&self, lane: Lane, envelope: Envelope) -> Result<BroadcastResponse, Ended> {
        let sent = lane.envelopes.send(envelope).await;
        sent.map_err(|_| Ended::Quietly)?;
        self.answer(lane).await
    }

    async fn answer(&self, mut lane: Lane) -> Result<BroadcastResponse, Ended> {
        let answer = lane.answers.message().await.map_err(Ended::Failed)?;
        let answer = answer.ok_or(Ended::Quietly)?;
        // An orderer closes the stream behind every other answer.
        if answer.status == Status::Success as i32 {
            let mut free = self.free.lock();
            if free.len() < KEPT {
                free.push((Instant::now(), lane));
            }
        }
        Ok(answer)
    }
}
