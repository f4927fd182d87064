//! Streams of blocks, as peers and orderers serve them.

#[cfg(test)]
mod access_tests;
mod ahead;
mod filtered;
mod handler;
mod member_data;
mod peer_views;
mod request;
mod seek;

pub(crate) use ahead::Sent;
pub(crate) use handler::{Chain, Meter, Rules, View, serve};
pub(crate) use peer_views::{Form, PeerBlocks};
