//! The stub of Fabric's shims: bytes in, bytes out, with the Go shim's own checks and texts.
//!
//! Contracts use [`crate::Records`] and its relatives instead. This layer is for chaincode that speaks its own protocol
//! ([`Program`], started by [`raw_chaincode!`](crate::raw_chaincode)), and for what the typed layer does not offer
//! ([`crate::Tx::raw`]).

mod batch;
mod batched;
mod composite;
mod peer;
mod private;
mod program;
mod queries;
mod stub;

pub use batched::{Batched, HistoryIterator, StateIterator};
pub use composite::{create_composite_key, split_composite_key};
#[doc(hidden)]
pub use peer::{Invoke, Peer};
pub use program::Program;
pub use stub::Stub;

/// Rows and bookmark of one page, as the peer gave them.
pub use selvedge_interface::Page;

pub use crate::identity::serialized_identity;

pub(crate) use composite::{FIRST_SIMPLE, LAST, SEPARATOR, push_part};
pub(crate) use peer::Asked;
pub(crate) use program::run;
