//! A network, its chaincode, and the people who use it. Everything blocks, so that a test reads as a list of events.

mod channels;
mod definition;
pub(crate) mod docker;
mod elsewhere;
mod gateway;
mod legacy;
mod metrics;
mod net;
mod orders;
mod outside;
pub(crate) mod process;
pub(crate) mod raw;
mod reconfigure;
mod runtime;
mod scratch;
pub(crate) mod service;
mod shared;

pub(crate) use definition::{Definition, not_approved, not_installed};
pub(crate) use elsewhere::{ELSEWHERE, Elsewhere};
pub(crate) use gateway::{App, Listening, Prepared, details, endorsing, from_block, told, wait};
pub(crate) use net::{CHANNEL, Net, PATIENCE, Plan, block_on, dial, sign, spawn};
pub(crate) use orders::{Endorsed, Verdict};
pub(crate) use outside::{Supervised, end_chaincode, programs_of};
pub(crate) use runtime::{Files, Runtime, wasm_package};
pub(crate) use runtime::{on_every_runtime, on_every_stream, on_runtimes};
pub(crate) use shared::shared;

use bytes::Bytes;
use selvedge_peer::client::Call;

/// A call on the channel.
pub(crate) fn call(chaincode: &str, args: &[&[u8]]) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: chaincode.to_owned(),
        args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
        ..Call::default()
    }
}

/// A call of `script` with these operations, written as JSON.
pub(crate) fn script(operations: &serde_json::Value) -> Call {
    script_of("script", operations)
}

/// The same for a `script` that was deployed under another name.
pub(crate) fn script_of(chaincode: &str, operations: &serde_json::Value) -> Call {
    call(chaincode, &[b"run", operations.to_string().as_bytes()])
}

/// The results of a script.
pub(crate) fn results(payload: &[u8]) -> serde_json::Value {
    serde_json::from_slice(payload).unwrap()
}
