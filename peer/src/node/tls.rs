//! TLS of the peer's listener.
//!
//! Every client is asked for a certificate, because gossip binds a connection to the one that was shown; nobody has to
//! show one unless the operator says so, and only then does it have to be one of a known authority.
//!
//! Fabric: internal/pkg/comm/server.go, NewGRPCServerFromListener (`tls.RequestClientCert`).

use super::{Closing, ServerTls};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{
    self, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{
        WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject as _},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

/// Why a certificate, a key or roots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate, the key or a root is not PEM: {0}")]
    Pem(rustls::pki_types::pem::Error),
    #[error("the certificate and the key do not fit together: {0}")]
    Pair(rustls::Error),
    #[error("the roots for client certificates: {0}")]
    Roots(String),
    #[error("reading the listener's address")]
    Address(#[source] io::Error),
}

/// What decides about a client's certificate.
pub(super) type Verifier = Arc<dyn ClientCertVerifier>;

/// How many clients may be agreeing on keys. One more ends the oldest: those that mean it need milliseconds, and clients
/// that never say a word must not keep the others out.
pub(super) const HANDSHAKES: usize = 256;

/// Takes any certificate, and none.
pub(super) fn any_certificate() -> Verifier {
    let provider = aws_lc_rs::default_provider();
    Arc::new(AnyCertificate(provider.signature_verification_algorithms))
}

/// Takes certificates of these roots, PEM, and nothing else.
pub(super) fn required(roots: &[u8]) -> Result<Verifier, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = Arc::new(self::roots(roots));
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
    verifier.map_err(|error| TlsError::Roots(error.to_string()))
}

/// The acceptor of a server with these settings.
pub(super) fn acceptor(tls: &ServerTls) -> Result<TlsAcceptor, TlsError> {
    let verifier = match &tls.client_roots {
        None => any_certificate(),
        Some(roots) => required(roots)?,
    };
    configured((&tls.certificate, &tls.key), verifier, b"h2")
}

/// The certificates of a PEM file that are some.
pub(super) fn roots(pem: &[u8]) -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten());
    store
}

/// An acceptor for one protocol, TLS 1.2 or later.
pub(super) fn configured(
    (certificate, key): (&[u8], &[u8]),
    verifier: Verifier,
    protocol: &[u8],
) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Pem)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Pair)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.map_err(TlsError::Pem)?, key)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols.push(protocol.to_vec());
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes any certificate whose key the client has. What it means is decided by who asks for it.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// Connections whose handshake succeeded, with `patience`. A client that is slow at it keeps no other waiting.
pub(super) fn incoming(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    patience: Duration,
    closing: Closing,
) -> ReceiverStream<io::Result<TlsStream<TcpStream>>> {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let mut under_way = VecDeque::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = closing.closed() => return,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, for one: trying again at once would only heat the machine.
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            if under_way.len() >= HANDSHAKES {
                under_way.retain(|handshake: &JoinHandle<()>| !handshake.is_finished());
            }
            if under_way.len() >= HANDSHAKES
                && let Some(oldest) = under_way.pop_front()
            {
                oldest.abort();
            }
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            under_way.push_back(tokio::spawn(handshake(stream, acceptor, patience, sender)));
        }
    });
    ReceiverStream::new(receiver)
}

async fn handshake(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    patience: Duration,
    accepted: mpsc::Sender<io::Result<TlsStream<TcpStream>>>,
) {
    // Small messages both ways: waiting to fill a packet would cost 40 ms a round trip.
    let _ = stream.set_nodelay(true);
    match tokio::time::timeout(patience, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => drop(accepted.send(Ok(stream)).await),
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}
