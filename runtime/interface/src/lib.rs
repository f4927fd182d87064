//! What a transaction may ask of its peer.
//!
//! [`Host`] is the seam of the whole system. The peer's simulator implements it; Wasm imports, the chat stream and
//! in-process tests carry it; a contract sees nothing else. This crate knows neither side: no protobuf, no database,
//! no Wasm engine. In a component it has the WIT world's imports besides, as a [`Host`]; everywhere else [`BusyWait`], by
//! which either end of a wire waits for the other.

#[cfg(not(target_arch = "wasm32"))]
mod busy_wait;
mod error;
#[cfg(target_arch = "wasm32")]
pub mod guest;
mod host;
mod query;
mod transaction;
mod write;

#[cfg(not(target_arch = "wasm32"))]
pub use busy_wait::BusyWait;
/// What values are made of.
pub use bytes::Bytes;
pub use error::{HostError, HostResult, Operation};
pub use host::{Host, Level};
pub use query::Kv;
pub use query::{Cursor, Modification, Modifications, Page, PageRequest, Scan, Selection};
pub use transaction::{Called, Input, Response, Timestamp, Transaction};
pub use write::{Change, MetadataEntry, Space, Write};

/// The WIT package that components are built against, as text.
pub const WIT: &str = include_str!("../wit/fabric-chaincode@0.1.0/chaincode.wit");
/// Name and version of the WIT package.
pub const WIT_PACKAGE: &str = "fabric:chaincode@0.1.0";
/// Metadata key under which a key's endorsement policy is stored.
pub const VALIDATION_PARAMETER: &str = "VALIDATION_PARAMETER";
