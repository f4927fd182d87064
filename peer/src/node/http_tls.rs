//! TLS of HTTP listeners, where a client's certificate is verified if it shows one.
//!
//! Fabric: common/fabhttp/tls.go.

use super::Closing;
use super::tls::{self, TlsError};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::server::TlsStream;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

/// What a listener shows and whom it believes. PEM.
#[derive(Clone, Debug, Default)]
pub struct HttpTls {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    /// Authorities of clients' certificates. Without any, no client has one that counts.
    pub client_roots: Vec<u8>,
    /// Whether clients must show a certificate; otherwise they may.
    pub client_required: bool,
}

/// How long a client may take to agree on keys.
const OPENING: Duration = Duration::from_secs(10);

/// Connections whose handshake succeeded.
pub struct TlsListener {
    address: SocketAddr,
    connections: ReceiverStream<io::Result<TlsStream<TcpStream>>>,
}

impl TlsListener {
    pub(crate) fn new(
        listener: TcpListener,
        tls: &HttpTls,
        closing: Closing,
    ) -> Result<Self, TlsError> {
        let address = listener.local_addr().map_err(TlsError::Address)?;
        let acceptor = tls::configured((&tls.certificate, &tls.key), verifier(tls)?, b"http/1.1")?;
        Ok(Self {
            address,
            connections: tls::incoming(listener, acceptor, OPENING, closing),
        })
    }
}

fn verifier(tls: &HttpTls) -> Result<tls::Verifier, TlsError> {
    let roots = tls::roots(&tls.client_roots);
    if roots.is_empty() && !tls.client_required {
        return Ok(Arc::new(NoClientAuth));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = match tls.client_required {
        true => verifier.build(),
        false => verifier.allow_unauthenticated().build(),
    };
    verifier.map_err(|error| TlsError::Roots(error.to_string()))
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.connections.next().await {
                Some(Ok(stream)) => {
                    let peer = stream.get_ref().0.peer_addr();
                    return (stream, peer.unwrap_or(self.address));
                }
                Some(Err(error)) => tracing::debug!(%error, "a connection failed"),
                // The listener is closed, and whoever serves is being told.
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
