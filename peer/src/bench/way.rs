use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How the benchmarks' contract runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// A component in the peer, a fresh instance for every call.
    Wasm,
    /// A program that the peer starts and that dials it, over TLS with a certificate of its own.
    Process,
    /// The same program as a service that the peer dials, without TLS.
    Service,
    /// The same program in a container, which dials as the process does.
    Docker,
    /// The same operations on Fabric's shim for Node, as a program that dials the peer over TLS.
    Node,
}

impl Way {
    pub const ALL: [Self; 5] = [
        Self::Wasm,
        Self::Process,
        Self::Service,
        Self::Docker,
        Self::Node,
    ];

    /// In tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Wasm => "Wasm",
            Self::Process => "process",
            Self::Service => "service",
            Self::Docker => "Docker",
            Self::Node => "Node",
        }
    }

    /// Of the chaincode on the channel, and the type of its packages but for `Process` and `Node`, which are `process`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Process => "process",
            Self::Service => "service",
            Self::Docker => "docker",
            Self::Node => "node",
        }
    }
}
