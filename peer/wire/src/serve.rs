use crate::{Connection, Services};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tonic::transport::{Error, Server};

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
type Incoming<T> = BoxStream<'static, io::Result<Connection<T>>>;

/// Serves until `shutdown` is ready and the requests under way are answered.
///
/// # Errors
/// When a service cannot be made for a connection.
pub async fn serve_tls(
    keepalive: Keepalive,
    services: Services,
    incoming: Incoming<TlsStream<TcpStream>>,
    shutdown: BoxFuture<'static, ()>,
) -> Result<(), Error> {
    server(keepalive)
        .serve_with_incoming_shutdown(services, incoming, shutdown)
        .await
}

/// The same in plain text.
///
/// # Errors
/// As [`serve_tls`].
pub async fn serve_plain(
    keepalive: Keepalive,
    services: Services,
    incoming: Incoming<TcpStream>,
    shutdown: BoxFuture<'static, ()>,
) -> Result<(), Error> {
    server(keepalive)
        .serve_with_incoming_shutdown(services, incoming, shutdown)
        .await
}

fn server(keepalive: Keepalive) -> Server {
    Server::builder()
        .http2_keepalive_interval(Some(keepalive.ping))
        .http2_keepalive_timeout(Some(keepalive.timeout))
        .max_concurrent_streams(STREAMS)
        .http2_max_header_list_size(HEADERS)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
}
