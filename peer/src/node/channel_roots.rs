//! Whose certificates a client may show, as channels come and their organisations change.
//!
//! Fabric: core/peer/peer.go, internal/peer/node/start.go and core/peer/configtx_processor.go: the server's roots are those that
//! are configured and the TLS roots of the organisations of every channel.

use super::tls::{self, TlsError, Verifier};
use super::{Channel, Peer};
use parking_lot::Mutex;
use std::fmt;
use std::sync::{Arc, Weak};
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    self, CertificateError, DigitallySignedStruct, DistinguishedName, SignatureScheme,
};

/// Verifies clients' certificates by roots that may be others at every handshake.
pub(super) struct ChannelRoots {
    /// PEM.
    configured: Vec<u8>,
    peer: Weak<Peer>,
    current: Mutex<Current>,
    schemes: Verifier,
}

struct Current {
    /// Configuration sequence of every channel when the roots were gathered.
    of: Vec<(String, u64)>,
    /// `None`: there are no roots at all, and no certificate is good.
    verifier: Option<Verifier>,
}

impl ChannelRoots {
    pub(super) fn new(configured: Vec<u8>, peer: &Arc<Peer>) -> Result<Self, TlsError> {
        let roots = Self {
            configured,
            peer: Arc::downgrade(peer),
            current: Mutex::new(Current {
                of: Vec::new(),
                verifier: None,
            }),
            schemes: tls::any_certificate(),
        };
        // What the operator configured must be good before anybody calls; what channels say is looked at when they do.
        if !tls::roots(&roots.configured).is_empty() {
            roots.current.lock().verifier = Some(tls::required(&roots.configured)?);
        }
        Ok(roots)
    }

    fn verifier(&self) -> Option<Verifier> {
        let channels = self.channels();
        let sequence =
            |channel: &Arc<Channel>| (channel.id().to_owned(), channel.config().sequence());
        let of: Vec<_> = channels.iter().map(sequence).collect();
        let mut current = self.current.lock();
        if current.of != of {
            let mut pem = self.configured.clone();
            for channel in &channels {
                for root in channel.config().application_tls_roots() {
                    pem.push(b'\n');
                    pem.extend_from_slice(&root);
                }
            }
            match tls::required(&pem) {
                Ok(verifier) => current.verifier = Some(verifier),
                Err(error) => {
                    tracing::error!(%error, "the TLS roots of the channels cannot be used; those before stay");
                }
            }
            current.of = of;
        }
        current.verifier.clone()
    }

    fn channels(&self) -> Vec<Arc<Channel>> {
        let Some(peer) = self.peer.upgrade() else {
            return Vec::new();
        };
        let ids = peer.channel_ids();
        ids.iter().filter_map(|id| peer.channel(id)).collect()
    }
}

impl fmt::Debug for ChannelRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelRoots")
    }
}

impl ClientCertVerifier for ChannelRoots {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    /// None: clients have one certificate, and a list of every organisation would only make handshakes longer.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        match self.verifier() {
            Some(verifier) => verifier.verify_client_cert(end_entity, intermediates, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.schemes
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.schemes
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.supported_verify_schemes()
    }
}
