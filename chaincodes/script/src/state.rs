use crate::operation::{Operation, byte_result};
use crate::run::Outcome;
use selvedge_sdk::raw::{Stub, create_composite_key};
use serde_json::{Value, json};

/// Operations on single public keys.
pub(crate) fn perform(stub: &Stub, operation: &Operation<'_>) -> Option<Outcome> {
    Some(match operation.name {
        "put" => put(stub, operation),
        "get" => get(stub, operation),
        "del" => del(stub, operation),
        "getmulti" => get_multiple(stub, operation),
        "copy" => copy(stub, operation),
        "add" => add(stub, operation),
        "ckput" | "ckget" | "ckdel" => composite(stub, operation),
        "setep" => set_policy(stub, operation),
        "getep" => get_policy(stub, operation),
        _ => return None,
    })
}

fn put(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    stub.put_state(operation.text(0)?, operation.bytes(1)?)?;
    Ok(json!("ok"))
}

fn get(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    Ok(byte_result(stub.get_state(operation.text(0)?)?.as_deref()))
}

fn del(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    stub.del_state(operation.text(0)?)?;
    Ok(json!("ok"))
}

fn get_multiple(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let values = stub.get_multiple_states(&operation.texts(0)?)?;
    Ok(values
        .iter()
        .map(|value| byte_result(value.as_deref()))
        .collect::<Vec<Value>>()
        .into())
}

fn copy(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let value = stub.get_state(operation.text(0)?)?;
    stub.put_state(operation.text(1)?, value.clone().unwrap_or_default())?;
    Ok(byte_result(value.as_deref()))
}

fn add(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let key = operation.text(0)?;
    let stored = stub.get_state(key)?.unwrap_or_default();
    let before: i64 = std::str::from_utf8(&stored)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let after = before.wrapping_add(operation.integer(1)?);
    stub.put_state(key, after.to_string())?;
    Ok(after.into())
}

fn composite(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let key = create_composite_key(operation.text(0)?, &operation.texts(1)?)?;
    match operation.name {
        "ckget" => return Ok(byte_result(stub.get_state(&key)?.as_deref())),
        "ckput" => stub.put_state(&key, operation.bytes(2)?)?,
        _ => stub.del_state(&key)?,
    }
    Ok(json!("ok"))
}

fn set_policy(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    stub.set_state_validation_parameter(operation.text(0)?, operation.bytes(1)?)?;
    Ok(json!("ok"))
}

fn get_policy(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    Ok(byte_result(
        stub.get_state_validation_parameter(operation.text(0)?)?
            .as_deref(),
    ))
}
