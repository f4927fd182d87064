//! The shape of a block, kept as the bytes that arrived.

mod hash;
mod outline;
mod parse;
mod wire;

pub use hash::{data_hash, header_bytes, header_hash};
pub(crate) use outline::{Content, Outline};
pub(crate) use parse::with_outcome;
pub use parse::{BlockHeader, ParsedBlock};
