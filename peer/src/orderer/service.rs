use super::{Chain, Orderer, admission};
use crate::node::deliver::{Chain as Readable, Rules, View, serve};
use crate::node::{Clock, Closing, Limit};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use selvedge_identity::{SignedData, expires_at};
use selvedge_protos::common::{Block, Envelope, Status};
use selvedge_protos::orderer::{
    BroadcastResponse, DeliverResponse, atomic_broadcast_server::AtomicBroadcast,
    deliver_response::Type,
};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Streaming};

/// How far a request's timestamp may be from now.
const TIME_WINDOW: Duration = Duration::from_secs(15 * 60);

/// `orderer.AtomicBroadcast`.
#[derive(Clone, Debug)]
pub struct AtomicBroadcastService {
    orderer: Arc<Orderer>,
    clock: Clock,
    closing: Closing,
}

impl AtomicBroadcastService {
    pub fn new(orderer: Arc<Orderer>, clock: Clock, closing: Closing) -> Self {
        Self {
            orderer,
            clock,
            closing,
        }
    }
}

type Answer<T> = Result<T, tonic::Status>;

#[tonic::async_trait]
impl AtomicBroadcast for AtomicBroadcastService {
    type BroadcastStream = ReceiverStream<Answer<BroadcastResponse>>;
    type DeliverStream = BoxStream<'static, Answer<DeliverResponse>>;

    /// Answers message after message, and ends the stream at the first refusal.
    async fn broadcast(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, tonic::Status> {
        let mut envelopes = request.into_inner();
        let orderer = Arc::clone(&self.orderer);
        let (sender, receiver) = mpsc::channel(64);
        let closing = self.closing.clone();
        tokio::spawn(async move {
            loop {
                let next = tokio::select! {
                    next = envelopes.next() => next,
                    () = closing.closed() => None,
                };
                let Some(Ok(envelope)) = next else { return };
                let answer = match orderer.broadcast(envelope).await {
                    Ok(()) => BroadcastResponse {
                        status: Status::Success as i32,
                        info: String::new(),
                    },
                    Err(refusal) => {
                        tracing::warn!(%refusal, "rejecting broadcast");
                        BroadcastResponse {
                            status: refusal.status() as i32,
                            info: refusal.to_string(),
                        }
                    }
                };
                let refused = answer.status != Status::Success as i32;
                if sender.send(Ok(answer)).await.is_err() || refused {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, tonic::Status> {
        let view = Arc::new(Blocks(Arc::clone(&self.orderer)));
        let rules = Rules {
            clock: self.clock.clone(),
            time_window: TIME_WINDOW,
            client_certificate: None,
            closing: self.closing.clone(),
            meter: None,
        };
        let blocks = serve(request.into_inner(), view, rules, Limit::none());
        Ok(Response::new(Box::pin(blocks)))
    }
}

/// The orderer's chains in the form of its own Deliver.
struct Blocks(Arc<Orderer>);

impl View for Blocks {
    type Response = DeliverResponse;

    fn chain(&self, channel_id: &str) -> Option<Arc<dyn Readable>> {
        Some(self.0.chain(channel_id)? as Arc<dyn Readable>)
    }

    fn status(&self, status: Status) -> DeliverResponse {
        DeliverResponse {
            r#type: Some(Type::Status(status as i32)),
        }
    }

    fn block(
        &self,
        _: &str,
        block: Block,
        _: &SignedData,
    ) -> Result<DeliverResponse, tonic::Status> {
        Ok(DeliverResponse {
            r#type: Some(Type::Block(block)),
        })
    }
}

impl Readable for Chain {
    fn height(&self) -> watch::Receiver<u64> {
        self.height()
    }

    fn block(&self, number: u64) -> Result<Option<Bytes>, String> {
        self.block(number).map_err(|error| error.to_string())
    }

    fn config_sequence(&self) -> u64 {
        self.config().sequence()
    }

    fn expires_at(&self, creator: &Bytes) -> Option<SystemTime> {
        expires_at(creator)
    }

    fn authorize(&self, request: &SignedData) -> Result<(), String> {
        let policy = self
            .config()
            .policy(admission::READERS)
            .ok_or("no policy for readers")?;
        policy
            .evaluate(std::slice::from_ref(request))
            .map_err(|error| error.to_string())
    }
}
