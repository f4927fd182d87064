//! An engine that is reached over TLS. Fabric: internal/peer/node/start.go createDockerClient.
//!
//! Only the roots that were given count, as with Docker's own clients: the machine's would let any web server pose as an
//! engine.

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue};
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// `vm.docker.tls`: what the peer shows an engine, and which engine it believes. All PEM.
#[derive(Clone)]
pub struct EngineTls {
    /// `vm.docker.tls.ca.file`.
    pub roots: Vec<u8>,
    /// `vm.docker.tls.cert.file` and `vm.docker.tls.key.file`; `None`: the engine asks for no certificate.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for EngineTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.client.is_some();
        f.debug_struct("EngineTls").field("client", &shown).finish()
    }
}

/// Connects to one engine, anew for every request: there are few, and an engine that was restarted is found again.
#[derive(Clone)]
pub(super) struct Secure {
    connector: TlsConnector,
    name: ServerName<'static>,
    /// `host:port`.
    address: String,
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secure").field(&self.address).finish()
    }
}

impl Secure {
    /// # Errors
    /// Says which part of the settings cannot be used.
    pub(super) fn new(endpoint: &str, tls: &EngineTls) -> Result<Self, String> {
        let (_, address) = endpoint
            .split_once("://")
            .filter(|(scheme, _)| matches!(*scheme, "tcp" | "https"))
            .ok_or_else(|| {
                format!(
                    "vm.docker.tls.enabled is true and vm.endpoint is '{endpoint}'; use tcp://<host>:<port>"
                )
            })?;
        let address = address.trim_end_matches('/').to_owned();
        let (host, _) = address
            .rsplit_once(':')
            .ok_or_else(|| format!("vm.endpoint is '{endpoint}', which names no port"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())
            .map_err(|cause| format!("vm.endpoint is '{endpoint}': {cause}"))?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config(tls)?)),
            name,
            address,
        })
    }

    pub(super) fn client(&self, seconds: u64) -> Result<Docker, Error> {
        let secure = self.clone();
        let address = format!("https://{}", self.address);
        Docker::connect_with_custom_transport(
            move |request: BollardRequest| {
                let secure = secure.clone();
                async move { secure.request(request).await }
            },
            Some(address),
            seconds,
            API_DEFAULT_VERSION,
        )
    }

    async fn request(&self, mut request: BollardRequest) -> Result<Response<Incoming>, Error> {
        let stream = TcpStream::connect(&self.address).await?;
        let stream = self.connector.connect(self.name.clone(), stream).await?;
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        // Ends with the answer's body, or with the stream that an attached container has become.
        let connection = tokio::spawn(connection.with_upgrades());
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
        let host = HeaderValue::from_str(&self.address).map_err(io::Error::other)?;
        request.headers_mut().insert(HOST, host);
        let answer = sender.send_request(request).await;
        drop(sender);
        match answer {
            Ok(answer) => Ok(answer),
            // An engine that refuses a certificate says so behind the handshake: the connection hears of it, and the
            // request perhaps only that there is no connection.
            Err(error) => match connection.await {
                Ok(Err(cause)) => Err(cause.into()),
                _ => Err(error.into()),
            },
        }
    }
}

/// TLS 1.2 or newer.
fn config(tls: &EngineTls) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for root in certificates("ca", &tls.roots)? {
        roots
            .add(root)
            .map_err(|cause| format!("vm.docker.tls.ca.file: {cause}"))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?
        .with_root_certificates(roots);
    let Some((certificate, key)) = &tls.client else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates("cert", certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|cause| format!("vm.docker.tls.key.file holds no private key: {cause}"))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|cause| format!("Could not load X509 key pair: {cause}"))
}

fn certificates(which: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(format!("vm.docker.tls.{which}.file holds no certificate")),
    }
}
