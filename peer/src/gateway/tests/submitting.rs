//! Orderers that fail in every way they can.

use crate::gateway::GatewayError;
use crate::gateway::connect::Dialler;
use crate::gateway::orderers::Orderer;
use crate::gateway::submit::{to_all, to_one};
use futures::stream::{self, BoxStream, StreamExt as _};
use selvedge_protos::common::{Envelope, Status};
use selvedge_protos::orderer::{
    BroadcastResponse, DeliverResponse,
    atomic_broadcast_server::{AtomicBroadcast, AtomicBroadcastServer},
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Streaming};

/// What an orderer says to every transaction.
#[derive(Clone, Copy)]
enum Says {
    Answer(Status, &'static str),
    /// Ends the stream without an answer.
    Nothing,
    /// Keeps the client waiting.
    Silence,
}

type Answers = BoxStream<'static, Result<BroadcastResponse, tonic::Status>>;

impl Says {
    fn to(self, envelopes: Streaming<Envelope>) -> Answers {
        match self {
            Self::Answer(status, info) => envelopes.map(move |_| answer(status, info)).boxed(),
            Self::Nothing => envelopes.take(1).flat_map(|_| stream::empty()).boxed(),
            Self::Silence => envelopes.flat_map(|_| stream::pending()).boxed(),
        }
    }
}

fn answer(status: Status, info: &str) -> Result<BroadcastResponse, tonic::Status> {
    Ok(BroadcastResponse {
        status: status as i32,
        info: info.to_owned(),
    })
}

/// An orderer that answers each stream of transactions so, and has no blocks.
struct Fake<F>(F);

#[tonic::async_trait]
impl<F: Fn(Streaming<Envelope>) -> Answers + Send + Sync + 'static> AtomicBroadcast for Fake<F> {
    type BroadcastStream = Answers;
    type DeliverStream = BoxStream<'static, Result<DeliverResponse, tonic::Status>>;

    async fn broadcast(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, tonic::Status> {
        Ok(Response::new((self.0)(request.into_inner())))
    }

    async fn deliver(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, tonic::Status> {
        Err(tonic::Status::unimplemented("no blocks here"))
    }
}

const TIMEOUT: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(60);

fn orderer_at(address: &str) -> Arc<Orderer> {
    let dialler = Dialler {
        timeout: Duration::from_secs(30),
        keep_alive_interval: Duration::from_secs(60),
        keep_alive_timeout: Duration::from_secs(20),
        client: None,
    };
    let channel = dialler.dial(address, &[]).unwrap();
    Arc::new(Orderer::new(address, "OrdererMSP", channel))
}

async fn orderer(
    answers: impl Fn(Streaming<Envelope>) -> Answers + Send + Sync + 'static,
) -> Arc<Orderer> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Server::builder().add_service(AtomicBroadcastServer::new(Fake(answers)));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    orderer_at(&address)
}

/// An address where nobody listens any more.
async fn gone() -> Arc<Orderer> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    orderer_at(&listener.local_addr().unwrap().to_string())
}

async fn all(says: &[Says]) -> Vec<Arc<Orderer>> {
    let mut orderers = Vec::new();
    for &says in says {
        orderers.push(orderer(move |envelopes| says.to(envelopes)).await);
    }
    orderers
}

const TAKEN: Says = Says::Answer(Status::Success, "");
const BUSY: Says = Says::Answer(Status::ServiceUnavailable, "no leader");
const BAD: Says = Says::Answer(Status::BadRequest, "no header");
const KNOWN: Says = Says::Answer(
    Status::ServiceUnavailable,
    "failed to submit request: request already exists",
);

fn messages(error: &GatewayError) -> Vec<&str> {
    let details = error.details.iter();
    let mut messages: Vec<&str> = details.map(|detail| detail.message.as_str()).collect();
    messages.sort_unstable();
    messages
}

#[tokio::test]
async fn one_that_takes_it_is_enough_and_is_found_behind_those_that_fail() {
    // In whatever order they are tried.
    for _ in 0..3 {
        let mut orderers = all(&[BUSY, Says::Nothing, TAKEN, Says::Silence]).await;
        orderers.push(gone().await);
        to_one(orderers, Envelope::default(), TIMEOUT)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_stream_is_used_again_and_one_that_has_ended_is_replaced() {
    let streams = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&streams);
    // Takes two transactions of every stream and ends it then.
    let orderer = orderer(move |envelopes| {
        count.fetch_add(1, Ordering::Relaxed);
        let answers = envelopes.take(2).map(|_| answer(Status::Success, ""));
        answers.boxed()
    })
    .await;
    let send = async || to_one(vec![Arc::clone(&orderer)], Envelope::default(), PATIENCE).await;
    for _ in 0..5 {
        send().await.unwrap();
    }
    assert_eq!(streams.load(Ordering::Relaxed), 3);
    // Nobody waits for another's answer.
    futures::future::try_join_all((0..8).map(|_| send()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_clients_fault_is_told_at_once() {
    let error = to_one(all(&[BAD]).await, Envelope::default(), TIMEOUT).await;
    let message = "received unsuccessful response from orderer: status=BAD_REQUEST, info=no header";
    assert_eq!(error, Err(GatewayError::new(Code::Aborted, message)));
}

#[tokio::test]
async fn when_nobody_takes_it_the_broken_ones_are_named() {
    let mut orderers = all(&[BUSY, Says::Nothing, Says::Silence]).await;
    orderers.push(gone().await);
    let error = to_one(orderers, Envelope::default(), TIMEOUT).await;
    let error = error.unwrap_err();
    let message = "no orderers could successfully process transaction";
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Unavailable, message)
    );
    let messages = messages(&error);
    // Who is busy is no detail.
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert_eq!(messages[0], "EOF");
    let late = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
    assert_eq!(messages[1], late);
    assert!(
        messages[2].starts_with("rpc error: code = Unavailable desc = "),
        "{messages:?}"
    );
}

#[tokio::test]
async fn a_quorum_must_take_it_where_some_may_lie() {
    let orderers = all(&[TAKEN, KNOWN, TAKEN, Says::Silence]).await;
    to_all(orderers, Envelope::default(), 4, PATIENCE)
        .await
        .unwrap();
    let orderers = all(&[TAKEN, BUSY, BAD, TAKEN]).await;
    let error = to_all(orderers, Envelope::default(), 4, TIMEOUT).await;
    let error = error.unwrap_err();
    let message = "insufficient number of orderers could successfully process transaction to satisfy quorum requirement";
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Unavailable, message)
    );
    let said = "received unsuccessful response from orderer: status=";
    let expected = [
        format!("{said}BAD_REQUEST, info=no header"),
        format!("{said}SERVICE_UNAVAILABLE, info=no leader"),
    ];
    assert_eq!(messages(&error), expected);
    // One that cannot be dialled counts as well: three of four are a quorum of four, not of three.
    let orderers = all(&[TAKEN, TAKEN]).await;
    assert!(
        to_all(orderers, Envelope::default(), 4, TIMEOUT)
            .await
            .is_err()
    );
}
