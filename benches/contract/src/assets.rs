//! The operations of the Caliper benchmarks for Fabric: assets that a client fills up to a size.

use super::{Answer, Words};
use selvedge_sdk::raw::Stub;
use serde_json::json;

pub(super) fn perform(stub: &Stub, operation: &str, words: &Words<'_>) -> Answer {
    let id = words.text(1);
    Ok(Some(match operation {
        "empty-contract" => String::new(),
        // id, bytes
        "create-asset" => {
            stub.put_state(id, asset(id, words.number(2)))?;
            String::new()
        }
        "get-asset" => text(stub.get_state(id)?.as_deref()),
        // Reads an asset and writes it again.
        "update-asset" => {
            let size = stub.get_state(id)?.map_or(0, |asset| asset.len());
            let size = u32::try_from(size).unwrap_or(0);
            stub.put_state(id, asset(id, size))?;
            String::new()
        }
        // first, behind the last, page size
        "range-page" => {
            let page = stub.get_state_by_range_with_pagination(
                id,
                words.text(2),
                words.number(3).cast_signed(),
                words.text(4),
            )?;
            rows(page.rows.iter().map(|row| (&row.key, &row.value[..])))
        }
        // selector, page size
        "rich-page" => {
            let page = stub.get_query_result_with_pagination(
                id,
                words.number(2).cast_signed(),
                words.text(3),
            )?;
            rows(page.rows.iter().map(|row| (&row.key, &row.value[..])))
        }
        // collection, id, bytes
        "create-private-asset" => {
            let (collection, id) = (id, words.text(2));
            stub.put_private_data(collection, id, asset(id, words.number(3)))?;
            String::new()
        }
        // collection, id
        "get-private-asset" => text(stub.get_private_data(id, words.text(2))?.as_deref()),
        _ => return Ok(None),
    }))
}

/// JSON of `size` bytes, or as few as it can be.
fn asset(id: &str, size: u32) -> Vec<u8> {
    let of = |content: &str| {
        json!({ "docType": "fixed-asset", "id": id, "size": size, "content": content })
            .to_string()
            .into_bytes()
    };
    let least = of("").len();
    of(&"a".repeat((size as usize).saturating_sub(least)))
}

fn text(value: Option<&[u8]>) -> String {
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}

fn rows<'r>(rows: impl Iterator<Item = (&'r String, &'r [u8])>) -> String {
    let rows = rows.map(|(key, value)| json!({ "key": key, "value": text(Some(value)) }));
    serde_json::Value::Array(rows.collect()).to_string()
}
