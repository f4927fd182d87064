use std::fmt;
use std::time::Duration;

/// A chaincode that serves `protos.Chaincode/Connect`; the peer dials it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `host:port`.
    pub address: String,
    /// Of the connection alone; registering is bounded by the start-up timeout.
    pub dial_timeout: Duration,
    /// `None`: plain text.
    pub tls: Option<ServiceTls>,
}

impl Service {
    /// Fabric: core/container/externalbuilder/instance.go DialTimeout.
    pub const DEFAULT_DIAL_TIMEOUT: Duration = Duration::from_secs(3);

    /// In plain text, with the default timeout.
    pub fn plain(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            dial_timeout: Self::DEFAULT_DIAL_TIMEOUT,
            tls: None,
        }
    }
}

/// Whom the peer believes and what it shows. All PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTls {
    /// The chaincode's certificate must be signed by one of these; system roots do not count.
    pub roots: String,
    pub client: Option<ClientPair>,
    /// The name its certificate must have; `None`: the host in the address.
    pub server_name: Option<String>,
}

/// A certificate and its key, PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientPair {
    pub certificate: String,
    pub key: String,
}

impl fmt::Debug for ClientPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPair").finish_non_exhaustive()
    }
}
