use std::time::Duration;

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint as Transport, Identity};

use super::ClientError;

/// How to reach a peer or an orderer.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `host:port`.
    pub address: String,
    /// Without TLS when left out.
    pub tls: Option<Tls>,
    /// How long to try.
    pub timeout: Duration,
}

impl Endpoint {
    /// Over TLS, believing the authorities in `roots`, PEM.
    pub fn over_tls(address: &str, roots: &str, timeout: Duration) -> Self {
        Self {
            address: address.to_owned(),
            tls: Some(Tls {
                roots: roots.as_bytes().to_vec(),
                ..Tls::default()
            }),
            timeout,
        }
    }
}

/// Whom to believe on the other side, and who we are.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// PEM certificates.
    pub roots: Vec<u8>,
    /// The name to expect in the certificate instead of the host of the address.
    pub server_name: Option<String>,
    /// PEM certificate and key for mutual TLS.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

/// Connects.
///
/// # Errors
/// Names the address and the innermost reason: refused, timed out, or a certificate that is not believed.
pub async fn connect(endpoint: &Endpoint) -> Result<Channel, ClientError> {
    let failed = |reason: String| ClientError::Connect {
        address: endpoint.address.clone(),
        reason,
    };
    let scheme = if endpoint.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let address = endpoint
        .address
        .trim_start_matches("grpcs://")
        .trim_start_matches("grpc://");
    let mut transport = Transport::from_shared(format!("{scheme}://{address}"))
        .map_err(|error| failed(format!("not an address of the form host:port ({error})")))?
        .connect_timeout(endpoint.timeout)
        .tcp_nodelay(true);
    if let Some(tls) = &endpoint.tls {
        let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&tls.roots));
        if let Some(name) = &tls.server_name {
            config = config.domain_name(name);
        }
        if let Some((certificate, key)) = &tls.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        transport = transport
            .tls_config(config)
            .map_err(|error| failed(innermost(&error)))?;
    }
    transport
        .connect()
        .await
        .map_err(|error| failed(innermost(&error)))
}

/// tonic's own text is only "transport error".
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
