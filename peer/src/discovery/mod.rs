//! Which peers together can endorse: from the policies that a transaction must satisfy to groups of peers and how many of
//! each group are enough.
//!
//! * [`satisfying_sets`] lists the sets of principals that a policy accepts, [`merge`] those that two policies accept, and
//!   [`arrange`] makes groups and layouts of them. These three are pure.
//! * [`Discovery`] knows the channels, their chaincodes and their peers.
//! * [`describe`] is what clients are told of a channel's configuration.
//!
//! Fabric: discovery/endorsement, common/policies/inquire, common/graph.

mod access;
mod chaincode;
mod config;
mod error;
mod inquire;
mod interest;
mod layouts;
mod members;
mod merge;
mod principal;
mod select;
mod show;

#[cfg(test)]
mod tests;

pub use access::{Access, DiscoveryOptions};
pub use config::{ConfigQueryError, describe};
pub use error::SelectError;
pub use inquire::satisfying_sets;
pub use layouts::{Arrangement, Candidate, arrange};
pub use merge::merge;
pub use principal::{Principals, Set};
pub use select::{Discovery, Selection};
pub(crate) use show::{peer_of, shown_interest};
