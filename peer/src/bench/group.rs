use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// From a package to the first answer.
    Cold,
    /// Endorsements over gRPC and TLS, by operation.
    Warm,
    /// One operation at 1, 8 and 32 clients.
    Concurrency,
    /// What the CPU time of an endorsement goes to.
    Parts,
    /// Endorsements on more and more cores.
    Scaling,
    /// Transactions through the gateway until they are committed, two organisations.
    Committed,
    /// Resident memory of many chaincodes.
    Memory,
}

impl Group {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Cold => "Cold start",
            Self::Warm => "Warm invocation, by operation",
            Self::Concurrency => "Concurrency: 1 get, 1 put",
            Self::Parts => "CPU time of an endorsement, in parts",
            Self::Scaling => "Scaling over cores",
            Self::Committed => "Committed transactions, end to end",
            Self::Memory => "Memory",
        }
    }

    pub(super) fn explained(self) -> &'static str {
        match self {
            Self::Cold => {
                "Wall-clock time of the install (a component is compiled, an image is built), and of the first call, which \
                 starts what is not running. Approving and committing the definition lies between them and is not counted. \
                 The start of a service is its operator's and not counted either."
            }
            Self::Warm => {
                "Signed proposals, each used once, sent to a peer over gRPC and TLS on 127.0.0.1. Latency at one client is \
                 that of a caller who waits for each answer. CPU time is per proposal at 32 clients: all threads of the \
                 peer, and for chaincode outside of it those of its processes, which Linux counts in steps of 10 ms."
            }
            Self::Concurrency => {
                "Every client sends one proposal after the other over a connection of its own; the clients share one \
                 thread of the same machine."
            }
            Self::Parts => {
                "Verify and sign are measured alone: one ECDSA P-256 verification of a proposal not seen before, one \
                 signature. Execute is the CPU time of the peer's endorsement without gRPC, less those two: checks, \
                 simulation, chaincode, read-write set. RPC is what gRPC, TLS and the hand-over between threads add at 32 \
                 clients."
            }
            Self::Scaling => "1 get, 1 put as Wasm, endorsed without gRPC by as many threads.",
            Self::Committed => {
                "Two organisations, both of which must endorse. Clients endorse, submit and wait for the commit through the \
                 gateway of one peer; each transaction reads and writes a key of its own. Both peers, the orderer and the \
                 clients share this machine; the disk is waited for at every block. CPU time is that of both peers and the \
                 orderer."
            }
            Self::Memory => {
                "Proportional set size (PSS): a page that several processes map counts in parts. What so many different \
                 contracts take above a peer without any: the peer's growth, the chaincode's processes, and for containers \
                 the engine's process for each. Idle: each was called twice and is quiet; loaded: at the end of a burst at 32 \
                 clients over all of them."
            }
        }
    }
}
