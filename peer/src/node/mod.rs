//! One peer: what its services share, its channels, and how it is started and stopped.

mod clock;
mod commits;
mod transient;

// Waits for the crates they name: mod channel; mod peer;

pub use clock::Clock;
pub use commits::{Commits, CommittedBlock, TransactionStatus};
pub use transient::{Entry as TransientEntry, TransientStore};
