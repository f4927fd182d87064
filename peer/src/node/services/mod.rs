//! The peer's gRPC services: thin, one file each. What they decide is decided elsewhere.

mod deliver;
mod endorser;

pub(super) use deliver::DeliverService;
pub(super) use endorser::EndorserService;
