use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tokio_rustls::rustls::{
    self, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};

/// A certificate chain and its key, PEM.
#[derive(Clone, Debug)]
pub struct TlsPair {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

/// What this peer shows in TLS. The handshake of gossip names the hash of it.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    pub(crate) client: TlsPair,
    /// SHA-256 of the leaf that this peer shows when it accepts.
    pub(crate) server_hash: Bytes,
    pub(crate) client_hash: Bytes,
}

impl Tls {
    /// `None` when a certificate is no PEM.
    pub(crate) fn new(server_certificate: &[u8], client: TlsPair) -> Option<Self> {
        Some(Self {
            server_hash: leaf_hash(server_certificate)?,
            client_hash: leaf_hash(&client.certificate)?,
            client,
        })
    }
}

fn leaf_hash(pem: &[u8]) -> Option<Bytes> {
    Some(hash(&CertificateDer::from_pem_slice(pem).ok()?))
}

pub(crate) fn hash(der: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&Sha256::digest(der))
}

/// Verifies a server as the web's rules have it and remembers the hash of what it showed.
#[derive(Debug)]
pub(super) struct Remembering {
    verifier: Arc<WebPkiServerVerifier>,
    shown: Mutex<Option<Bytes>>,
}

impl Remembering {
    /// `roots` are PEM; those that cannot be read are left out.
    pub(super) fn new(roots: &[Bytes]) -> Result<Self, String> {
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add_parsable_certificates(CertificateDer::pem_slice_iter(root).flatten());
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            verifier,
            shown: Mutex::default(),
        })
    }

    pub(super) fn shown(&self) -> Option<Bytes> {
        self.shown.lock().clone()
    }
}

impl ServerCertVerifier for Remembering {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        *self.shown.lock() = Some(hash(end_entity));
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
