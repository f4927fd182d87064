//! The chaincodes that are part of the peer.

use bytes::Bytes;

/// A system chaincode by its name. A peer may be told not to serve `lscc`; the name stays that of a system chaincode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Lifecycle,
    Qscc,
    Cscc,
    Lscc,
}

impl System {
    /// Reported in endorsements.
    pub(super) const VERSION: &'static str = "syscc";

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "_lifecycle" => Self::Lifecycle,
            "qscc" => Self::Qscc,
            "cscc" => Self::Cscc,
            "lscc" => Self::Lscc,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lifecycle => "_lifecycle",
            Self::Qscc => "qscc",
            Self::Cscc => "cscc",
            Self::Lscc => "lscc",
        }
    }

    /// Builds a package, which may take longer than a call may.
    ///
    /// Fabric: core/chaincode/chaincode_support.go, executeTimeout.
    pub(super) fn installs(self, args: &[Bytes]) -> bool {
        let function = args.first().map(|arg| &arg[..]);
        match self {
            Self::Lifecycle => function == Some(b"InstallChaincode"),
            Self::Lscc => function == Some(b"install"),
            Self::Qscc | Self::Cscc => false,
        }
    }

    /// `qscc` and `cscc` run without a simulator, even on a channel.
    pub(super) fn simulates(self) -> bool {
        match self {
            Self::Lifecycle | Self::Lscc => true,
            Self::Qscc | Self::Cscc => false,
        }
    }
}

pub(crate) fn is_system(name: &str) -> bool {
    System::from_name(name).is_some()
}
