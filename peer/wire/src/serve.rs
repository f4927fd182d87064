use crate::timeout::{Timed, grpc_timeout};
use crate::{Ahead, Connection, Services};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use tonic::body::Body;
use tonic::transport::server::Connected;

/// Requests that one connection may have open. Fabric sets no bound; this is more than a service takes from all clients
/// together, and a fraction of what a peer takes from all connections, so that one cannot have it all.
const STREAMS: u32 = 4096;

/// Bytes of the headers of one request, names and values. gRPC's own are some hundred.
const HEADERS: u32 = 16 << 10;

/// When a connection counts as dead.
#[derive(Clone, Copy, Debug)]
pub struct Keepalive {
    /// A client that was silent for so long is asked whether it is still there.
    pub ping: Duration,
    /// How long it may take to answer that.
    pub timeout: Duration,
}

/// Connections as they come.
type Accepted<T> = BoxStream<'static, io::Result<Connection<T>>>;

/// Serves until `shutdown` is ready and the requests under way are answered.
pub async fn serve_tls(
    keepalive: Keepalive,
    services: Services,
    incoming: Accepted<TlsStream<Ahead<TcpStream>>>,
    shutdown: BoxFuture<'static, ()>,
) {
    serve(keepalive, services, incoming, shutdown).await;
}

/// The same in plain text.
pub async fn serve_plain(
    keepalive: Keepalive,
    services: Services,
    incoming: Accepted<TcpStream>,
    shutdown: BoxFuture<'static, ()>,
) {
    serve(keepalive, services, incoming, shutdown).await;
}

/// What tonic's `Server` does, without its layers, of which a request passes eight.
async fn serve<T>(
    keepalive: Keepalive,
    services: Services,
    mut incoming: Accepted<T>,
    mut shutdown: BoxFuture<'static, ()>,
) where
    T: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let protocol = protocol(keepalive);
    let (closing, closed) = watch::channel(());
    loop {
        let connection = tokio::select! {
            () = &mut shutdown => break,
            next = incoming.next() => match next {
                Some(Ok(connection)) => connection,
                Some(Err(error)) => {
                    tracing::debug!(%error, "a connection is not accepted");
                    continue;
                }
                None => break,
            },
        };
        let requests = Requests {
            services: services.clone(),
            client: connection.connect_info(),
        };
        let connection = protocol.serve_connection(TokioIo::new(connection), requests);
        tokio::spawn(carry(connection, closed.clone()));
    }
    // The listener is closed before the end of the last request: nobody shall connect and wait for nothing.
    drop((incoming, closed));
    let _ = closing.send(());
    closing.closed().await;
}

fn protocol(keepalive: Keepalive) -> http2::Builder<TokioExecutor> {
    let mut protocol = http2::Builder::new(TokioExecutor::new());
    protocol
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(keepalive.ping))
        .keep_alive_timeout(keepalive.timeout)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        // gRPC knows no such header.
        .auto_date_header(false);
    protocol
}

/// Carries a connection to its end; once the server closes, to that of the requests that it has.
async fn carry<T, I>(
    connection: http2::Connection<TokioIo<Connection<T>>, Requests<I>, TokioExecutor>,
    mut closed: watch::Receiver<()>,
) where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    I: Clone + Send + Sync + 'static,
{
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

/// The requests of one connection.
struct Requests<I> {
    services: Services,
    /// Who is at the other end; services find it among a request's extensions.
    client: I,
}

impl<I: Clone + Send + Sync + 'static> Service<Request<Incoming>> for Requests<I> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Timed;

    fn call(&self, request: Request<Incoming>) -> Timed {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.client.clone());
        let timeout = grpc_timeout(request.headers());
        Timed::new(self.services.answer(request), timeout)
    }
}
