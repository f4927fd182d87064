//! The client's side of Fabric: proposals, transactions, and the connections to peers and orderers.
//!
//! The command line and the development network use it; the peer itself does not.

mod connect;
mod deliver;
mod error;
mod fresh;
mod lifecycle;
mod orderer;
mod proposal;
mod transaction;

pub use connect::{Endpoint, Tls, connect};
pub use deliver::{BlockSource, CommitWait, Outcome, Seek, fetch_block};
pub use error::ClientError;
pub use fresh::Fresh;
pub use lifecycle::{decode, lifecycle_call};
pub use orderer::{Broadcaster, orderer_endpoints};
pub use proposal::{Call, Proposal, process};
pub use transaction::{assemble, signed_envelope};
