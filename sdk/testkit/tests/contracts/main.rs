//! Parts of the SDK, each with a contract of its own that uses it.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]
#![allow(
    unreachable_pub,
    reason = "a contract is a crate of its own; here it is a module of a test"
)]

mod clients;
mod dialects;
mod errors;
mod guards;
mod hooks;
mod implicit;
mod state;

/// Metadata as it is recorded; `tests/interop/contract/run` holds all of it against contract-api's schema.
fn pretty(metadata: &serde_json::Value) -> String {
    serde_json::to_string_pretty(metadata).unwrap() + "\n"
}
