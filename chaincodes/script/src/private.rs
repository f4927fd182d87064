use crate::operation::{Operation, byte_result};
use crate::queries::rows;
use crate::run::Outcome;
use selvedge_sdk::raw::{Stub, create_composite_key};
use serde_json::{Value, json};

/// Operations on private data.
pub(crate) fn perform(stub: &Stub, operation: &Operation<'_>) -> Option<Outcome> {
    Some(match operation.name {
        "putpvt" | "putpvtt" | "pvtckput" | "delpvt" | "purge" | "setpvtep" => {
            write(stub, operation)
        }
        "getpvt" | "gethash" | "getpvtep" => read(stub, operation),
        "getpvtmulti" => read_multiple(stub, operation),
        "pvtrange" => range(stub, operation),
        "pvtrich" => rows_of_query(stub, operation),
        "pvtckrange" => composite_range(stub, operation),
        _ => return None,
    })
}

fn write(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let (collection, key) = (operation.text(0)?, operation.text(1)?);
    match operation.name {
        "putpvt" => stub.put_private_data(collection, key, operation.bytes(2)?)?,
        "putpvtt" => {
            let value = stub
                .transient()
                .get(operation.text(2)?)
                .cloned()
                .unwrap_or_default();
            stub.put_private_data(collection, key, value)?;
        }
        "pvtckput" => {
            let key = create_composite_key(key, &operation.texts(2)?)?;
            stub.put_private_data(collection, &key, operation.bytes(3)?)?;
        }
        "delpvt" => stub.del_private_data(collection, key)?,
        "purge" => stub.purge_private_data(collection, key)?,
        _ => stub.set_private_data_validation_parameter(collection, key, operation.bytes(2)?)?,
    }
    Ok(json!("ok"))
}

fn read(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let (collection, key) = (operation.text(0)?, operation.text(1)?);
    let value = match operation.name {
        "getpvt" => stub.get_private_data(collection, key)?,
        "gethash" => stub.get_private_data_hash(collection, key)?,
        _ => stub.get_private_data_validation_parameter(collection, key)?,
    };
    Ok(byte_result(value.as_deref()))
}

fn read_multiple(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let values = stub.get_multiple_private_data(operation.text(0)?, &operation.texts(1)?)?;
    Ok(values
        .iter()
        .map(|value| byte_result(value.as_deref()))
        .collect::<Vec<Value>>()
        .into())
}

fn range(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    rows(stub.get_private_data_by_range(
        operation.text(0)?,
        operation.text(1)?,
        operation.text(2)?,
    )?)
}

fn rows_of_query(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    rows(stub.get_private_data_query_result(operation.text(0)?, operation.text(1)?)?)
}

fn composite_range(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let (collection, object_type) = (operation.text(0)?, operation.text(1)?);
    rows(stub.get_private_data_by_partial_composite_key(
        collection,
        object_type,
        &operation.texts(2)?,
    )?)
}
