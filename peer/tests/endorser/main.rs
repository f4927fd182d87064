//! The endorser against what real Fabric peers answered, and against what no real client sends.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod agreement;
mod arbitrary;
mod founded;
mod initialization;
mod install;
mod legacy;
mod lifecycle;
mod lifecycle_refusals;
mod network;
mod organisation;
mod recorded;
mod recorded_queries;
mod recording;
mod refusals;
mod stream;
mod streams;
