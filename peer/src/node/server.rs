use super::channel_roots::ChannelRoots;
use super::connections::Connections;
use super::{Closing, WireLimits, tls, tls::TlsError};
use futures::stream::BoxStream;
use selvedge_wire::{Connection, Keepalive, Manners, Services, serve_plain, serve_tls};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::server::TcpIncoming;

/// Largest message in either direction, in bytes. Fabric: `peer.maxRecvMsgSize` and `peer.maxSendMsgSize`.
pub const MAX_MESSAGE: usize = 100 * 1024 * 1024;

/// What a server shows and whom it believes. PEM.
#[derive(Clone, Debug, Default)]
pub struct ServerTls {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    /// Clients must show a certificate of one of these; `None`: clients need none, and may show any.
    pub client_roots: Option<Vec<u8>>,
}

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("reading the listener's address")]
    Address(#[source] io::Error),
    #[error("opening a listener")]
    Listener(#[source] io::Error),
    #[error("setting up TLS")]
    Tls(#[from] TlsError),
    #[error("joining the gossip network")]
    Gossip(#[from] selvedge_gossip::TrustError),
}

/// What connections are like.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) limits: WireLimits,
    pub(super) connections: Connections,
    /// Whose certificates clients may show where they must show one; `None`: of the authorities that TLS names.
    pub(super) client_roots: Option<Arc<ChannelRoots>>,
    /// For answers of one message: their parts go out together.
    pub(super) corked: bool,
}

impl Default for Wire {
    fn default() -> Self {
        let limits = WireLimits::default();
        Self {
            connections: Connections::new(limits.connections, None),
            limits,
            client_roots: None,
            corked: false,
        }
    }
}

fn acceptor(tls: &ServerTls, roots: Option<Arc<ChannelRoots>>) -> Result<TlsAcceptor, TlsError> {
    match roots {
        None => tls::acceptor(tls),
        Some(roots) => tls::configured((&tls.certificate, &tls.key), roots, b"h2"),
    }
}

/// Connections as they are accepted, each counted. Those that there is no room for are closed.
fn accepted<T: Send + 'static>(
    incoming: impl Stream<Item = io::Result<T>> + Send + 'static,
    wire: &Wire,
) -> BoxStream<'static, io::Result<Connection<T>>> {
    let (connections, corked, limits) = (wire.connections.clone(), wire.corked, wire.limits);
    let connection = move |stream| {
        let ended = Some(connections.opened()?);
        let manners = Manners::new(limits.opening, limits.least_ping, Instant::now);
        Some(Connection::new(stream, corked, ended).minding(manners))
    };
    Box::pin(incoming.filter_map(move |accepted| match accepted {
        Ok(stream) => connection(stream).map(Ok),
        Err(error) => Some(Err(error)),
    }))
}

/// A server that runs until it is told to close.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

/// How long requests under way may take after the server was told to close.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Serves until it is done, or for a little longer than it may.
async fn with_grace(
    serve: impl Future<Output = Result<(), tonic::transport::Error>>,
    closing: Closing,
) -> Result<(), tonic::transport::Error> {
    tokio::select! {
        served = serve => served,
        () = async { closing.closed().await; tokio::time::sleep(GRACE).await } => Ok(()),
    }
}

impl Serving {
    /// Serves `services` on `listener`. Without `tls` in plain text.
    pub fn start(
        services: Services,
        listener: TcpListener,
        tls: Option<&ServerTls>,
        closing: Closing,
    ) -> Result<Self, ServeError> {
        Self::start_over(Wire::default(), services, listener, tls, closing)
    }

    /// As [`Serving::start`], with connections of another kind.
    pub(super) fn start_over(
        wire: Wire,
        services: Services,
        listener: TcpListener,
        tls: Option<&ServerTls>,
        closing: Closing,
    ) -> Result<Self, ServeError> {
        let address = listener.local_addr().map_err(ServeError::Address)?;
        let keepalive = Keepalive {
            ping: wire.limits.ping,
            timeout: wire.limits.ping_timeout,
        };
        let stopped = closing.clone();
        let shutdown = Box::pin(async move { stopped.closed().await });
        let task = match tls {
            Some(tls) => {
                let acceptor = acceptor(tls, wire.client_roots.clone())?;
                let incoming =
                    tls::incoming(listener, acceptor, wire.limits.opening, closing.clone());
                let serve = serve_tls(keepalive, services, accepted(incoming, &wire), shutdown);
                tokio::spawn(with_grace(serve, closing))
            }
            None => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                let serve = serve_plain(keepalive, services, accepted(incoming, &wire), shutdown);
                tokio::spawn(with_grace(serve, closing))
            }
        };
        Ok(Self { address, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the end of the requests under way.
    pub async fn ended(self) {
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the server ended badly"),
            Err(error) => tracing::error!(%error, "the server's task ended badly"),
        }
    }
}
