use crate::operation::{Operation, byte_result, hex};
use crate::run::{Ended, Outcome};
use selvedge_sdk::raw::{Stub, serialized_identity};
use selvedge_sdk::{Bytes, Client, sha256};
use serde_json::json;

/// Events, other chaincode, and what the transaction knows of itself.
pub(crate) fn perform(stub: &Stub, operation: &Operation<'_>) -> Option<Outcome> {
    Some(match operation.name {
        "event" => event(stub, operation),
        "invoke" => invoke(stub, operation),
        "transient" => transient(stub, operation),
        "creator" => creator(stub),
        "attr" => attribute(stub, operation),
        "txid" => Ok(json!(stub.tx_id())),
        "channel" => Ok(json!(stub.channel_id())),
        "ts" => Ok(json!([
            stub.tx_timestamp().seconds,
            stub.tx_timestamp().nanos
        ])),
        "binding" => Ok(byte_result(Some(stub.binding()))),
        _ => return None,
    })
}

fn event(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    stub.set_event(operation.text(0)?, operation.bytes(1)?)?;
    Ok(json!("ok"))
}

fn invoke(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let args = operation
        .byte_lists(2)?
        .into_iter()
        .map(Bytes::from)
        .collect();
    let response = stub.invoke_chaincode(operation.text(0)?, args, operation.text(1)?);
    Ok(json!([
        response.status,
        response.message,
        byte_result(Some(&response.payload))
    ]))
}

fn transient(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    Ok(byte_result(
        stub.transient().get(operation.text(0)?).map(AsRef::as_ref),
    ))
}

fn creator(stub: &Stub) -> Outcome {
    let (msp_id, id_bytes) = serialized_identity(stub.creator())
        .ok_or_else(|| Ended::Failed("the creator is not a serialized identity".to_owned()))?;
    Ok(json!([msp_id, hex(&sha256(id_bytes))]))
}

fn attribute(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let client = Client::parse(stub.creator()).map_err(|error| Ended::Failed(error.to_string()))?;
    Ok(json!(client.attribute(operation.text(0)?)))
}
