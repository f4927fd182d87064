//! One peer: what its services share, its channels, and how it is started and stopped.

mod admission;
mod chaincode;
mod channel;
mod channel_roots;
mod chats;
mod clock;
mod closing;
mod commits;
mod committer;
mod compile_time;
mod config;
mod connections;
pub(crate) mod deliver;
mod framing;
pub(crate) mod gossip;
mod http_tls;
mod join;
mod join_snapshot;
mod ledger_settings;
mod limit;
mod metered;

mod network;
mod observe;
mod offline;
mod peer;
pub(crate) mod private_data;
mod pull;
mod random;
mod recent;
mod requests;
mod retire;
mod running;
mod server;
mod services;
mod start;
#[cfg(test)]
mod tests;
mod tls;
mod verify;

pub use chaincode::{ChaincodeError, ChaincodeOptions, MakeBuilder};
pub use channel::Channel;
pub use clock::Clock;
pub(crate) use clock::rfc3339;
pub use closing::{Close, Closing};
pub use commits::{Arrived, Commits, CommittedBlock, TransactionStatus};
pub use committer::{CommitError, commit_block};
pub use config::{
    ChaincodeListener, NodeConfig, NodeConfigError, OperationsListener, RawChaincode, RawConfig,
    RawGossip, RawOperations, RawOperationsTls, RawPull, RawTls,
};
pub use gossip::{Gossip, GossipOptions, PrivateDataOptions};
pub use http_tls::{HttpTls, TlsListener};
pub use join::JoinError;
pub(crate) use limit::Limit;
pub(crate) use network::genesis;
pub use network::{Halted, Member, Network, NetworkError, NetworkPlan, Tune};
pub use offline::{LockError, Offline, OfflineError};
pub use peer::{Parts, Peer};
pub(crate) use pull::error_chain;
pub use pull::{BftPolicy, OrdererOverride, PullOptions};
pub(crate) use random::{nonce, random_number};
pub(crate) use recent::Recent;
pub use running::{Running, ServeOptions, WireLimits};
pub use server::{MAX_MESSAGE, ServeError, ServerTls, Serving};
pub(crate) use services::run_endorser;
pub use start::{Names, NodeOptions, StartError, run, start};
pub use tls::TlsError;
pub(crate) use verify::check_transactions;
pub use verify::{BlockError, Verifier};
