//! The shape of a block, kept as the bytes that arrived.

mod hash;
mod parse;

pub use hash::{data_hash, header_bytes, header_hash};
pub use parse::{BlockHeader, ParsedBlock};
