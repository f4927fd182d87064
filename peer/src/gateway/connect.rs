//! Connections to other peers and to orderers. They are made when they are first used and again when they broke.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use selvedge_wire::{Ahead, Connection};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tonic::codegen::{Service, StdError};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Bytes that wait for others to leave with them: eight transactions, or thirty proposals.
const HELD: usize = 32 << 10;

/// How this peer dials.
#[derive(Clone, Debug)]
pub(super) struct Dialler {
    pub(super) timeout: Duration,
    pub(super) keep_alive_interval: Duration,
    pub(super) keep_alive_timeout: Duration,
    /// Shown to who asks for it: certificate and key, PEM.
    pub(super) client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Dialler {
    /// Over TLS when there are roots (PEM), as Fabric does. The error says what is wrong with address or roots; whether
    /// anybody is there shows later.
    ///
    /// Fabric: internal/pkg/gateway/endpoint.go, newConnection.
    pub(super) fn dial(&self, address: &str, roots: &[Bytes]) -> Result<Channel, String> {
        let scheme = if roots.is_empty() { "http" } else { "https" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{address}"));
        let mut endpoint = endpoint
            .map_err(|error| error.to_string())?
            .http2_keep_alive_interval(self.keep_alive_interval)
            .keep_alive_timeout(self.keep_alive_timeout)
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20);
        if !roots.is_empty() {
            let roots = roots.iter().map(Certificate::from_pem);
            let mut tls = ClientTlsConfig::new().ca_certificates(roots);
            if let Some((certificate, key)) = &self.client {
                tls = tls.identity(Identity::from_pem(certificate, key));
            }
            endpoint = endpoint
                .tls_config(tls)
                .map_err(|error| crate::node::error_chain(&error))?;
        }
        Ok(endpoint.connect_with_connector_lazy(Corking::new(self.timeout)))
    }
}

/// Connects as tonic does by itself, and corks: what tasks that are ready together ask of one peer or orderer leaves in one
/// system call. Under load that is a system call for several transactions.
struct Corking(HttpConnector);

impl Corking {
    fn new(timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(timeout));
        Self(connector)
    }
}

impl Service<Uri> for Corking {
    type Response = TokioIo<Connection<Ahead<TcpStream>>>;
    type Error = StdError;
    type Future = BoxFuture<'static, Result<Self::Response, StdError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StdError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = self.0.call(address);
        Box::pin(async move {
            let stream = connecting.await?.into_inner();
            Ok(TokioIo::new(Connection::new(
                Ahead::new(stream),
                HELD,
                None,
            )))
        })
    }
}
