//! This peer among others: whom it believes, what it tells, and what it gives.

mod chaincodes;
mod follow;
mod handler;
mod link;
mod options;
mod start;
mod trust;

pub(super) use follow::follow;
pub use link::Gossip;
pub use options::{GossipOptions, PrivateDataOptions};
pub(super) use start::start;
