//! The first configuration of a channel and the block that holds it.
//!
//! Fabric: internal/configtxgen/encoder, internal/configtxgen/genesisconfig, common/genesis.

mod block;
mod description;
mod group;
mod policies;
mod raft;

pub use block::{GenesisHeader, genesis_block};
pub use description::{ChannelDescription, Consensus, OrganisationDescription};
pub use group::channel_group;
pub use policies::{Policies, PolicyDescription};
pub use raft::{RaftConsenter, raft_metadata};
