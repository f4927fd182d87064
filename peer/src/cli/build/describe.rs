//! Asks a component for its metadata, without a ledger.

use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use selvedge_interface::{Input, Transaction};
use selvedge_runtime::{Call, WasmEngine};

use crate::endorser::NoLedger;

const GET_METADATA: &[u8] = b"org.hyperledger.fabric:GetMetadata";

/// What the component answers to `org.hyperledger.fabric:GetMetadata`; nothing where it refuses to, as contracts do
/// that were not made with this SDK.
pub(in crate::cli) fn describe(engine: &WasmEngine, component: &[u8]) -> Result<Option<Vec<u8>>> {
    let chaincode = engine.load(component)?;
    let input = Input {
        args: vec![Bytes::from_static(GET_METADATA)],
        is_init: false,
    };
    let host = NoLedger::new(Arc::new(Transaction::default()));
    let response = chaincode.execute(Call::new("", input), Box::new(host))?;
    // A contract that takes any function name answers this one with something else.
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&response.payload).is_ok();
    Ok((response.status < 400 && is_json).then(|| response.payload.to_vec()))
}
