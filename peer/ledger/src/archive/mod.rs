//! Snapshots of a whole ledger in Fabric's file format: written at a height, and a new ledger begun from one.
//!
//! Peers that stand at one height write the same bytes, so that organisations can compare and sign the hash.
//!
//! Fabric: core/ledger/kvledger/snapshot.go and snapshot_mgmt.go.

mod export;
mod files;
mod hashed;
mod import;
mod ledger;
mod manifest;
mod requests;

pub(crate) use export::export;
pub(crate) use import::import;
pub(crate) use requests::Requests;

const TX_IDS: [&str; 2] = ["txids.data", "txids.metadata"];
const CONFIG_HISTORY: [&str; 2] = ["confighistory.data", "confighistory.metadata"];
const PUBLIC: [&str; 2] = ["public_state.data", "public_state.metadata"];
const HASHES: [&str; 2] = ["private_state_hashes.data", "private_state_hashes.metadata"];
