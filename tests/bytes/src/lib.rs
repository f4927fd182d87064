//! Everything of the peer and the SDK that reads bytes which somebody else wrote, each as a function of bytes. The fuzzers of
//! `fuzz/` drive these functions; a test runs them over their seeds, so that they are right on a machine without a fuzzer.
//!
//! A function panics when something is wrong: the code under it panicked, or a property does not hold. Each begins from the
//! same state whatever it was given before, as far as what it drives allows that.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod block;
mod certificate;
mod chat;
mod collections;
mod component;
mod composite_key;
mod config;
mod connection;
mod core_yaml;
#[cfg(test)]
mod fuzzers;
mod golden;
mod gossip;
mod grpc;
mod legacy;
mod package;
mod pieces;
mod policy;
mod proposal;
mod query;
mod read_write_set;
mod snapshot;
mod transaction;

/// Something that reads bytes.
pub struct Target {
    /// That of the fuzzer, and of the folder with what it found.
    pub name: &'static str,
    /// Reads them.
    pub run: fn(&[u8]),
    /// What it accepts, for the most part: a fuzzer begins with these.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

pub const BLOCK: Target = block::TARGET;
pub const CERTIFICATE: Target = certificate::TARGET;
pub const CHAT: Target = chat::TARGET;
pub const COLLECTIONS: Target = collections::TARGET;
pub const COMPONENT: Target = component::TARGET;
pub const COMPOSITE_KEY: Target = composite_key::TARGET;
pub const CONFIG: Target = config::TARGET;
pub const CONNECTION: Target = connection::TARGET;
pub const CORE_YAML: Target = core_yaml::TARGET;
pub const GOSSIP: Target = gossip::TARGET;
pub const LEGACY: Target = legacy::TARGET;
pub const PACKAGE: Target = package::TARGET;
pub const POLICY: Target = policy::TARGET;
pub const PROPOSAL: Target = proposal::TARGET;
pub const QUERY: Target = query::TARGET;
pub const READ_WRITE_SET: Target = read_write_set::TARGET;
pub const SNAPSHOT: Target = snapshot::TARGET;

/// All of them, by name.
pub const TARGETS: [Target; 17] = [
    BLOCK,
    CERTIFICATE,
    CHAT,
    COLLECTIONS,
    COMPONENT,
    COMPOSITE_KEY,
    CONFIG,
    CONNECTION,
    CORE_YAML,
    GOSSIP,
    LEGACY,
    PACKAGE,
    POLICY,
    PROPOSAL,
    QUERY,
    READ_WRITE_SET,
    SNAPSHOT,
];
