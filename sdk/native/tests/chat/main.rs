//! A contract over the chat stream, against a peer that says exactly what a test wants it to say.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod client;
mod endings;
mod peer;
mod queries;
mod server;
mod state;
