//! Fabric's messages and services.
//!
//! The `.proto` files are this project's own, with Fabric's package, message, field, enum and service names and
//! numbers, since the bytes and the gRPC paths depend on them. Each protobuf package is a module of the same name;
//! names inside follow Rust's conventions, so `KVRWSet` is [`kvrwset::KvrwSet`] and `ChaincodeID` is
//! [`protos::ChaincodeId`].
//!
//! `bytes` fields are [`bytes::Bytes`]: decoding from a `Bytes` shares the buffer instead of copying it.
//!
//! Maps are `BTreeMap`s and encode in the order of their keys. Go encodes them in random order, and writes a default
//! key or value of an entry (the empty message of a capability, say) where prost leaves it out: the same message,
//! other bytes. Fields unknown to the `.proto` files are dropped in decoding. For these reasons hashes and signatures
//! are computed over the bytes that arrived, never over a re-encoding, and messages with maps are compared decoded.
//!
//! Messages that judge a transaction are decoded by [`received`], which fails where Go fails and nowhere else.
//!
//! Durations that messages and configuration files hold as Go's text are read by [`parse_go_duration`].
//!
//! Clients are made with `new(channel)`; there is no `connect` constructor.

mod generated;
mod go_duration;
mod tolerant;

pub use generated::{
    ccprovider, common, discovery, etcdraft, gateway, google, gossip, grpc, kvrwset, lifecycle,
    msp, orderer, privacyenabledstate, protos, queryresult, rwset, transientstore,
};
pub use go_duration::{parse_go_duration, parse_go_timeout};
pub use tolerant::{Received, received, reencoded};
