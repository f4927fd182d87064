//! Streams of blocks, as peers and orderers serve them.

mod filtered;
mod handler;
mod request;
mod seek;

pub(crate) use handler::{Chain, Rules, View, serve};
