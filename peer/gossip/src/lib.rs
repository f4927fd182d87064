//! Fabric's gossip protocol, as far as a peer needs it to stand in an existing network: who is alive, what each peer of
//! a channel has, and private data between the members of a collection.
//!
//! Everything that arrives is taken for hostile: signatures are verified before a message changes anything, what is
//! remembered is bounded, and a stream that breaks the rules ends. The crate decides nothing about policies: [`Trust`]
//! says who is who and who reads a channel, [`Handler`] keeps and hands out private data.
//!
//! * [`Node`] is the protocol's state; [`GossipService`] its server side, for the peer's listener.
//! * [`Membership`] is what the rest of the peer asks: who is there, at which address, at which height, with which
//!   chaincodes.
//!
//! Left out, as a peer with Fabric's defaults since v3.0 does not use them: leader election and the pushing of blocks
//! (`peer.gossip.orgLeader` true, `peer.deliveryclient.blockGossipEnabled` false).

mod comm;
mod environment;
mod error;
mod identities;
mod members;
mod membership;
mod message;
mod node;
mod pki;
mod settings;

pub use comm::{GossipService, TlsPair, Traffic};
pub use environment::{AnchorPeer, ChannelDescription, Environment, Handler, Requester, Trust};
pub use error::{GossipError, TrustError};
pub use membership::{ChannelPeer, InstalledChaincode, Member, Membership};
pub use node::Node;
pub use pki::{PkiId, channel_mac};
pub use settings::Settings;
