//! Decodes everything a Fabric network recorded, down to the innermost message, and encodes it again. Where Fabric's
//! encoding is canonical the bytes must come back; every exception is named in the test that meets it.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod blocks;
mod config;
mod golden;
mod lifecycle;
mod maps;
mod policies;
mod private_data;
mod proposals;
mod rwset;
mod snapshot;
mod state;
mod tally;
mod transaction;
