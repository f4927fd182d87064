//! One peer: what its services share, its channels, and how it is started and stopped.

mod chaincode;
mod channel;
mod clock;
mod closing;
mod commits;
mod committer;
mod config;
pub(crate) mod deliver;
mod join;
mod join_snapshot;
mod limit;
mod network;
mod peer;
mod private_data;
mod pull;
mod random;
mod running;
mod server;
mod services;
mod start;
#[cfg(test)]
mod tests;
mod transient;
mod verify;

pub use chaincode::{ChaincodeError, ChaincodeOptions, MakeBuilder};
pub use channel::Channel;
pub use clock::Clock;
pub use closing::{Close, Closing};
pub use commits::{Commits, CommittedBlock, TransactionStatus};
pub use committer::{CommitError, commit_block};
pub use config::{
    ChaincodeListener, NodeConfig, NodeConfigError, RawChaincode, RawConfig, RawPull, RawTls,
};
pub use join::JoinError;
pub(crate) use limit::Limit;
pub(crate) use network::genesis;
pub use network::{Member, Network, NetworkError, NetworkPlan};
pub use peer::{Parts, Peer};
pub use pull::{BftPolicy, OrdererOverride, PullOptions};
pub(crate) use random::nonce;
pub use running::{Running, ServeOptions};
pub use server::{MAX_MESSAGE, ServeError, ServerTls, Serving};
pub use start::{Names, NodeOptions, StartError, run, start};
pub use transient::{Entry as TransientEntry, TransientStore};
pub use verify::{BlockError, Verifier};
