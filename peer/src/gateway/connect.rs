//! Connections to other peers and to orderers. They are made when they are first used and again when they broke.

use bytes::Bytes;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

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
            .connect_timeout(self.timeout)
            .tcp_nodelay(true)
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
        Ok(endpoint.connect_lazy())
    }
}
