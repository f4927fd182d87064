//! Private data on its way: from an endorser to the members of a collection, into the block's commit, and to those who
//! come later.
//!
//! Fabric: gossip/privdata.

pub(super) mod collection;
mod eligibility;
mod endorsers;
mod entry;
mod fetch;
mod gather;
mod push;
mod reconcile;
mod serve;

pub(crate) use eligibility::DefinedEligibility;
pub(super) use gather::gather;
pub(crate) use push::{PushError, distribute, implicit};
pub(super) use reconcile::reconcile;
pub(super) use serve::{blocks, find, keep};
