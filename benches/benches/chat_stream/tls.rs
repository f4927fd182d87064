//! A listener for chaincode, in plain text or over TLS with certificates that the peer issues.

use selvedge_identity::cryptogen::ThrowAwayAuthority;
use selvedge_stream::launch::{CertificateIssuer, ClientMaterial};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

pub(crate) struct Listening {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
    /// With TLS.
    pub(crate) issuer: Option<Arc<Issuer>>,
}

impl Listening {
    pub(crate) fn open(tls: bool, runtime: &Handle) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let _of_the_thread = runtime.enter();
        let listener = TcpListener::from_std(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = tls.then(|| Arc::new(Issuer(ThrowAwayAuthority::generate(now()).unwrap())));
        Self {
            listener,
            address,
            issuer,
        }
    }

    /// `authenticated`: clients must show certificates.
    pub(crate) async fn serve<S>(self, service: S, authenticated: bool)
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let mut server = Server::builder();
        if let Some(issuer) = &self.issuer {
            let own = issuer.0.server("127.0.0.1").unwrap();
            let mut tls =
                ServerTlsConfig::new().identity(Identity::from_pem(&own.certificate, &own.key));
            if authenticated {
                tls = tls.client_ca_root(Certificate::from_pem(&own.ca));
            }
            server = server.tls_config(tls).unwrap();
        }
        let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
        server
            .add_service(service)
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    }
}

/// The peer's authority for its chaincode.
pub(crate) struct Issuer(ThrowAwayAuthority);

impl Issuer {
    pub(crate) fn root(&self) -> String {
        self.0.certificate()
    }
}

impl CertificateIssuer for Issuer {
    fn issue(&self) -> Result<(ClientMaterial, [u8; 32]), String> {
        let (pair, hash) = self.0.client(now()).map_err(|error| error.to_string())?;
        let material = ClientMaterial {
            certificate: pair.certificate,
            key: pair.key,
            root: pair.ca,
        };
        Ok((material, hash))
    }
}

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}
