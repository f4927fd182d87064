//! The server, asked by a client of its own over the loopback interface.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use futures::StreamExt as _;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use selvedge_wire::{Answer, Answers, Connection, Keepalive, Services, serve_plain};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::server::TcpConnectInfo;
use tonic::{Code, Status};

/// Answers `/test.Patient/Wait` when it is let go, and everything else at once, with the client's address.
struct Patient(Arc<Notify>);

impl NamedService for Patient {
    const NAME: &'static str = "test.Patient";
}

impl Answers for Patient {
    fn answer(&self, request: Request<Body>) -> Answer {
        let go = Arc::clone(&self.0);
        Box::pin(async move {
            if request.uri().path().ends_with("Wait") {
                go.notified().await;
            }
            let client = request.extensions().get::<TcpConnectInfo>();
            let address = client.and_then(TcpConnectInfo::remote_addr);
            let text = address.map(|address| address.ip().to_string());
            Ok(Status::aborted(text.unwrap_or_default()).into_http())
        })
    }
}

struct Server {
    go: Arc<Notify>,
    close: oneshot::Sender<()>,
    served: JoinHandle<()>,
    client: SendRequest<Body>,
}

async fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let go = Arc::<Notify>::default();
    let services = Services::of(Patient(Arc::clone(&go)));
    let incoming = futures::stream::unfold(listener, |listener| async {
        let accepted = listener.accept().await;
        let connection = accepted.map(|(stream, _)| Connection::new(stream, 1 << 13, None));
        Some((connection, listener))
    });
    let keepalive = Keepalive {
        ping: Duration::from_secs(60),
        timeout: Duration::from_secs(60),
    };
    let (close, closed) = oneshot::channel();
    let shutdown = Box::pin(async { drop(closed.await) });
    let served = tokio::spawn(serve_plain(keepalive, services, incoming.boxed(), shutdown));
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    Server {
        go,
        close,
        served,
        client,
    }
}

fn request(method: &str, timeout: Option<&str>) -> Request<Body> {
    let request = Request::builder().uri(format!("http://127.0.0.1/test.Patient/{method}"));
    let request = match timeout {
        Some(timeout) => request.header("grpc-timeout", timeout),
        None => request,
    };
    request.body(Body::empty()).unwrap()
}

fn status(response: &Response<Incoming>) -> (Code, String) {
    let status = Status::from_header_map(response.headers()).unwrap();
    (status.code(), status.message().to_owned())
}

#[tokio::test]
async fn a_service_learns_who_asks_and_is_waited_for_as_long_as_the_client_says() {
    let mut server = start().await;
    let response = server.client.send_request(request("Ask", None));
    let response = response.await.unwrap();
    let expected = (Code::Aborted, "127.0.0.1".to_owned());
    assert_eq!(status(&response), expected);
    assert!(response.headers().get("date").is_none());
    let late = server.client.send_request(request("Wait", Some("1m")));
    let expected = (Code::Cancelled, "Timeout expired".to_owned());
    assert_eq!(status(&late.await.unwrap()), expected);
}

#[tokio::test]
async fn what_is_under_way_when_the_server_closes_is_answered() {
    let mut server = start().await;
    let waiting = server.client.send_request(request("Wait", None));
    let waiting = tokio::spawn(waiting);
    // It has the first request when it has answered the second.
    let second = server.client.send_request(request("Ask", None));
    second.await.unwrap();
    server.close.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!server.served.is_finished());
    server.go.notify_one();
    let response = waiting.await.unwrap().unwrap();
    assert_eq!(status(&response).0, Code::Aborted);
    server.served.await.unwrap();
    let refused = server.client.send_request(request("Ask", None));
    assert!(refused.await.is_err(), "nothing is taken any more");
}
