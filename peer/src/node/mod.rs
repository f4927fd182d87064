//! One peer: what its services share, its channels, and how it is started and stopped.

mod channel;
mod clock;
mod commits;
mod join;
mod peer;
mod transient;

pub use channel::Channel;
pub use clock::Clock;
pub use commits::{Commits, CommittedBlock, TransactionStatus};
pub use join::JoinError;
pub use peer::{Parts, Peer};
pub use transient::{Entry as TransientEntry, TransientStore};
