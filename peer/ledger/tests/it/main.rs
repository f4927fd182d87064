//! The ledger as its callers see it. One binary, because each one links RocksDB.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod crash;
mod damage;
mod disk;
mod explain;
mod flips;
mod golden;
mod host;
mod late;
mod living;
mod model;
mod mutated;
mod rebuild;
mod recording;
mod replay_kills;
mod rich;
mod rich_model;
mod snapshots;
mod soak;
mod synthetic;
