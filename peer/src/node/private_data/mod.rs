//! Private data on its way: from an endorser to the members of a collection, into the block's commit, and to those who
//! come later.
//!
//! Fabric: gossip/privdata.

mod collection;
mod entry;
mod gather;
mod push;
mod serve;

pub(super) use gather::gather;
pub(crate) use push::{PushError, distribute, implicit};
pub(super) use serve::{blocks, find, keep};
