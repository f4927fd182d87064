use crate::operation::{Operation, byte_result, hex};
use crate::run::{Ended, Outcome};
use selvedge_sdk::raw::{Page, StateIterator, Stub};
use serde_json::{Value, json};

/// Scans of public state, and histories.
pub(crate) fn perform(stub: &Stub, operation: &Operation<'_>) -> Option<Outcome> {
    Some(match operation.name {
        "range" => range(stub, operation),
        "rangen" => first_rows(stub, operation),
        "rangepage" => range_page(stub, operation),
        "rangedel" => delete_range(stub, operation),
        "ckrange" => composite_range(stub, operation),
        "ckpage" => composite_page(stub, operation),
        "rich" => rich(stub, operation),
        "richpage" => rich_page(stub, operation),
        "history" => history(stub, operation),
        _ => return None,
    })
}

/// All rows of a scan, as `[key, value]` in hex.
pub(crate) fn rows(scan: StateIterator<'_>) -> Outcome {
    let rows: Result<Vec<Value>, _> = scan
        .map(|row| row.map(|row| pair(&row.key, &row.value)))
        .collect();
    Ok(rows?.into())
}

fn pair(key: &str, value: &[u8]) -> Value {
    json!([hex(key.as_bytes()), hex(value)])
}

fn range(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    rows(stub.get_state_by_range(operation.text(0)?, operation.text(1)?)?)
}

fn first_rows(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let scan = stub.get_state_by_range(operation.text(0)?, operation.text(1)?)?;
    let count = usize::try_from(operation.integer(2)?).unwrap_or(0);
    let rows: Result<Vec<Value>, _> = scan
        .take(count)
        .map(|row| row.map(|row| pair(&row.key, &row.value)))
        .collect();
    Ok(rows?.into())
}

fn delete_range(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let mut deleted = 0;
    for row in stub.get_state_by_range(operation.text(0)?, operation.text(1)?)? {
        stub.del_state(&row?.key)?;
        deleted += 1;
    }
    Ok(json!(deleted))
}

fn range_page(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let (start, end) = (operation.text(0)?, operation.text(1)?);
    let page = stub.get_state_by_range_with_pagination(
        start,
        end,
        operation.int32(2)?,
        operation.text(3)?,
    )?;
    page_of(&page)
}

fn rich(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    rows(stub.get_query_result(operation.text(0)?)?)
}

fn rich_page(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let (query, size, bookmark) = (operation.text(0)?, operation.int32(1)?, operation.text(2)?);
    page_of(&stub.get_query_result_with_pagination(query, size, bookmark)?)
}

/// Rows, their number, bookmark in hex.
fn page_of(page: &Page) -> Outcome {
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|row| pair(&row.key, &row.value))
        .collect();
    Ok(json!([rows, page.fetched, hex(page.bookmark.as_bytes())]))
}

fn composite_range(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    rows(stub.get_state_by_partial_composite_key(operation.text(0)?, &operation.texts(1)?)?)
}

fn composite_page(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let (object_type, attributes) = (operation.text(0)?, operation.texts(1)?);
    let (size, bookmark) = (operation.int32(2)?, operation.text(3)?);
    let page = stub.get_state_by_partial_composite_key_with_pagination(
        object_type,
        &attributes,
        size,
        bookmark,
    )?;
    page_of(&page)
}

fn history(stub: &Stub, operation: &Operation<'_>) -> Outcome {
    let changes = stub.get_history_for_key(operation.text(0)?)?.map(|change| {
        let change = change?;
        let time = change.timestamp.unwrap_or_default();
        Ok(json!([
            change.tx_id,
            byte_result(Some(&change.value)),
            change.is_delete,
            time.seconds,
            time.nanos
        ]))
    });
    Ok(changes.collect::<Result<Vec<Value>, Ended>>()?.into())
}
