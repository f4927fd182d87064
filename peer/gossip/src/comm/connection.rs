use super::Counters;
use crate::Requester;
use crate::message::Signed;
use crate::node::Node;
use selvedge_protos::gossip::Envelope;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tonic::Streaming;

/// One authenticated stream to another peer.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) remote: Requester,
    outbound: mpsc::Sender<Envelope>,
    closed: watch::Sender<bool>,
    counters: Arc<Counters>,
}

/// For an answer that the other side asked for and does not read.
const PATIENCE: Duration = Duration::from_secs(10);

impl Connection {
    pub(crate) fn new(
        remote: Requester,
        outbound: mpsc::Sender<Envelope>,
        counters: &Arc<Counters>,
    ) -> Arc<Self> {
        Arc::new(Self {
            remote,
            outbound,
            closed: watch::Sender::new(false),
            counters: Arc::clone(counters),
        })
    }

    /// Queues a message, or drops it when the other side is slow. False when the connection is closed.
    pub(crate) fn send(&self, envelope: Envelope) -> bool {
        match self.outbound.try_send(envelope) {
            Ok(()) => {
                self.counters.sent();
                true
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.counters.overflow();
                tracing::debug!(peer = %self.remote.pki_id, "a message to a slow peer is dropped");
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    /// Waits for room. False when there was none for long, or the connection is closed.
    pub(crate) async fn send_patiently(&self, envelope: Envelope) -> bool {
        let sending = tokio::time::timeout(PATIENCE, self.outbound.send(envelope));
        let sent = matches!(sending.await, Ok(Ok(())));
        if sent {
            self.counters.sent();
        }
        sent
    }

    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.closed.borrow() || self.outbound.is_closed()
    }

    async fn until_closed(&self) {
        let mut closed = self.closed.subscribe();
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

/// Reads a connection to its end. Messages are handled one after the other, so a peer that floods waits for itself.
pub(crate) async fn serve(
    node: Node,
    connection: Arc<Connection>,
    mut inbound: Streaming<Envelope>,
) {
    node.connections().insert(&connection);
    loop {
        let received = tokio::select! {
            received = inbound.message() => received,
            () = connection.until_closed() => break,
            () = node.stopped() => break,
        };
        let envelope = match received {
            Ok(Some(envelope)) => {
                connection.counters.received();
                envelope
            }
            Ok(None) => break,
            Err(status) => {
                tracing::debug!(peer = %connection.remote.pki_id, %status, "a gossip stream ended");
                break;
            }
        };
        let Ok(message) = Signed::parse(envelope) else {
            tracing::warn!(peer = %connection.remote.pki_id, "closing a connection: malformed message");
            break;
        };
        node.handle(&connection, message).await;
    }
    connection.close();
    node.connections().remove(&connection);
    node.answers_lost(&connection.remote.pki_id);
}
