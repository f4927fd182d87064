use crate::launch::{CertificateIssuer, Logging};
use selvedge_runtime::{ChaincodeMetrics, NoMetrics};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// What the peer's end of chat streams has to be told.
#[derive(Clone)]
pub struct SupportOptions {
    /// `host:port` at which chaincode reaches the peer. Fabric: `peer.chaincodeAddress`.
    pub peer_address: String,
    /// The peer's organisation.
    pub msp_id: String,
    /// From the start of a launch to READY. Fabric: `chaincode.startuptimeout`.
    pub startup_timeout: Duration,
    /// Time between KEEPALIVE messages; `None`: none are sent. Fabric: `chaincode.keepalive`.
    pub keepalive: Option<Duration>,
    pub batching: Batching,
    /// Chaincode may register that nobody launched. Fabric: `chaincode.mode`.
    pub dev_mode: bool,
    pub logging: Logging,
    /// Makes the certificate of each chaincode that is started; `None`: the listener has no TLS.
    pub issuer: Option<Arc<dyn CertificateIssuer>>,
    pub metrics: Arc<dyn ChaincodeMetrics>,
    /// Where the streams live that the peer opens; `None`: where launches run.
    pub dialled: Option<Handle>,
}

/// What READY says of the requests that carry several keys. It is advice: any size is served.
///
/// Fabric: `chaincode.runtimeParams`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    pub use_write_batch: bool,
    /// Records.
    pub max_size_write_batch: u32,
    pub use_get_multiple_keys: bool,
    /// Keys.
    pub max_size_get_multiple_keys: u32,
}

impl Default for Batching {
    /// As Fabric's sample configuration has it.
    fn default() -> Self {
        Self {
            use_write_batch: true,
            max_size_write_batch: 1000,
            use_get_multiple_keys: true,
            max_size_get_multiple_keys: 1000,
        }
    }
}

impl SupportOptions {
    /// Fabric's sample configuration's `chaincode.startuptimeout`.
    pub const DEFAULT_STARTUP_TIMEOUT: Duration = Duration::from_secs(300);

    /// Fabric's sample configuration, without TLS.
    pub fn new(peer_address: impl Into<String>, msp_id: impl Into<String>) -> Self {
        Self {
            peer_address: peer_address.into(),
            msp_id: msp_id.into(),
            startup_timeout: Self::DEFAULT_STARTUP_TIMEOUT,
            keepalive: None,
            batching: Batching::default(),
            dev_mode: false,
            logging: Logging::default(),
            issuer: None,
            metrics: Arc::new(NoMetrics),
            dialled: None,
        }
    }
}

impl fmt::Debug for SupportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupportOptions")
            .field("peer_address", &self.peer_address)
            .field("msp_id", &self.msp_id)
            .field("startup_timeout", &self.startup_timeout)
            .field("keepalive", &self.keepalive)
            .field("dev_mode", &self.dev_mode)
            .field("tls", &self.issuer.is_some())
            .finish_non_exhaustive()
    }
}
