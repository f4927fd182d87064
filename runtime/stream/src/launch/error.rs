use thiserror::Error;

/// Why a chaincode did not come up. `Display` is Fabric's text, to be put behind `could not launch chaincode <id>: `.
///
/// Fabric: core/chaincode/runtime_launcher.go Launch, core/chaincode/container_runtime.go.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LaunchError {
    /// Nothing that could be started: no build, or connection information that cannot be read.
    #[error("error building chaincode: {0}")]
    Build(String),
    /// The process or container did not start.
    #[error("error starting container: error starting container: {0}")]
    Start(String),
    /// No client certificate for the chaincode could be made.
    #[error(
        "could not get connection info: failed to generate TLS certificates for {chaincode}: {cause}"
    )]
    Certificate { chaincode: String, cause: String },
    /// The chaincode is a service that did not answer.
    #[error("connection to {chaincode} failed: {cause}")]
    Connection { chaincode: String, cause: String },
    /// It ended, or was refused, before it was ready.
    #[error("chaincode registration failed: {0}")]
    Registration(String),
    /// Fabric: `chaincode.startuptimeout`.
    #[error("timeout expired while starting chaincode {0} for transaction")]
    Timeout(String),
    /// The peer is stopping.
    #[error("the peer is stopping")]
    Stopping,
}

impl LaunchError {
    /// It came up as far as to be refused, or to end: Fabric's count of failed launches leaves those out.
    pub(crate) fn is_registration(&self) -> bool {
        matches!(self, Self::Registration(_))
    }
}
