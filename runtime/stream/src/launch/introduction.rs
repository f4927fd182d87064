use std::fmt;

/// What a chaincode has to be told so that it can register with its peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The name it registers under: `CORE_CHAINCODE_ID_NAME`. For an installed package its ID.
    pub chaincode_id: String,
    /// `host:port` at which the chaincode reaches the peer: `-peer.address`.
    pub peer_address: String,
    /// The peer's organisation: `CORE_PEER_LOCALMSPID`.
    pub msp_id: String,
    /// `None`: the peer listens for chaincode in plain text (`CORE_PEER_TLS_ENABLED=false`).
    pub tls: Option<ClientMaterial>,
    /// `CORE_CHAINCODE_LOGGING_LEVEL`, `_SHIM` and `_FORMAT`; empty: not told.
    pub logging: Logging,
}

/// `chaincode.logging.*` as chaincode is told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logging {
    pub level: String,
    pub shim: String,
    pub format: String,
}

/// A certificate made for one start of one chaincode; the peer lets nobody else register under its name. All PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientMaterial {
    pub certificate: String,
    pub key: String,
    /// What the peer's own certificate on this listener is signed by.
    pub root: String,
}

impl fmt::Debug for ClientMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientMaterial").finish_non_exhaustive()
    }
}

/// Makes client certificates. Given by the peer, since keys need randomness and certificates a clock.
pub trait CertificateIssuer: Send + Sync {
    /// Fresh material and the SHA-256 of the certificate's DER, by which its bearer is recognised.
    ///
    /// # Errors
    /// The cause, as text.
    fn issue(&self) -> Result<(ClientMaterial, [u8; 32]), String>;
}
