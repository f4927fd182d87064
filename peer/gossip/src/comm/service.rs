use super::tls::hash;
use super::{Connection, dial::MAX_MESSAGE, handshake, serve};
use crate::node::Node;
use futures::{Stream, StreamExt as _};
use selvedge_protos::gossip::{
    Empty, Envelope,
    gossip_server::{Gossip, GossipServer},
};
use std::pin::Pin;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// `gossip.Gossip`, for the peer's listener. TLS must ask clients for a certificate, without demanding one of those who
/// do not gossip.
#[derive(Clone)]
pub struct GossipService {
    node: Node,
}

impl GossipService {
    pub fn new(node: Node) -> Self {
        Self { node }
    }

    pub fn into_server(self) -> GossipServer<Self> {
        GossipServer::new(self)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }
}

#[tonic::async_trait]
impl Gossip for GossipService {
    type GossipStreamStream = Pin<Box<dyn Stream<Item = Result<Envelope, Status>> + Send>>;

    async fn gossip_stream(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::GossipStreamStream>, Status> {
        let place = self.node.place().ok_or_else(|| {
            Status::resource_exhausted("too many gossip streams are open, try again later")
        })?;
        let certificates = request.peer_certs();
        let leaf = certificates.as_ref().and_then(|all| all.first());
        let shown = leaf.map(|leaf| hash(leaf));
        if self.node.tls().is_some() && shown.is_none() {
            return Err(Status::unknown("no TLS certificate"));
        }
        let (sender, receiver) = mpsc::channel(self.node.settings().send_buffer.max(1));
        let own = self.node.tls().map(|tls| tls.server_hash.clone());
        let first = handshake::own(&self.node, own.unwrap_or_default());
        sender
            .try_send(first)
            .map_err(|_| Status::internal("the queue of a new stream is full"))?;
        let inbound = request.into_inner();
        tokio::spawn(accept(self.node.clone(), inbound, shown, sender, place));
        Ok(Response::new(Box::pin(
            ReceiverStream::new(receiver).map(Ok),
        )))
    }

    async fn ping(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        Ok(Response::new(Empty {}))
    }
}

async fn accept(
    node: Node,
    mut inbound: Streaming<Envelope>,
    shown: Option<bytes::Bytes>,
    sender: mpsc::Sender<Envelope>,
    _place: OwnedSemaphorePermit,
) {
    match handshake::judge(&node, &mut inbound, shown).await {
        Ok(Some(remote)) => {
            let connection = Connection::new(remote, sender, node.counters());
            serve(node, connection, inbound).await;
        }
        Ok(None) => {}
        Err(cause) => tracing::warn!(cause, "a peer that connected is refused"),
    }
}
