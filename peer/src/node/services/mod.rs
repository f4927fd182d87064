//! The peer's gRPC services: thin, one file each. What they decide is decided elsewhere.

mod deliver;
mod endorser;
mod snapshot;

pub(super) use deliver::DeliverService;
pub(super) use endorser::EndorserService;
pub(super) use snapshot::SnapshotService;
