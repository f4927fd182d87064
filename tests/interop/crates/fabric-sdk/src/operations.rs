//! The crate has no results that can fail: what the peer refuses panics in its context, and it makes a response with status
//! 500 of that. So does this.

use fabric_sdk::chaincode::context::RangeResult;
use fabric_sdk::fabric::msp::SerializedIdentity;
use fabric_sdk::fabric::protos::StateMetadata;
use fabric_sdk::prelude::{Context, Message, serde_json};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Rows of this crate are values without keys.
fn rows(found: RangeResult) -> Value {
    found
        .map(|value| json!([null, hex::encode(value)]))
        .collect()
}

fn text(parameters: &[Value], index: usize) -> &str {
    let found = parameters.get(index).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("parameter {} is not a string", index + 1))
}

fn number(parameters: &[Value], index: usize) -> i64 {
    let found = parameters.get(index).and_then(Value::as_i64);
    found.unwrap_or_else(|| panic!("parameter {} is not a number", index + 1))
}

fn texts(parameters: &[Value], index: usize) -> Vec<String> {
    let found = parameters.get(index).cloned().unwrap_or_default();
    serde_json::from_value(found)
        .unwrap_or_else(|_| panic!("parameter {} is not a list of strings", index + 1))
}

/// A string, or `{"hex": "…"}`.
fn bytes(parameters: &[Value], index: usize) -> Vec<u8> {
    match parameters.get(index) {
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(other) => hex::decode(other["hex"].as_str().unwrap_or("?"))
            .unwrap_or_else(|_| panic!("parameter {} is not a value", index + 1)),
        None => panic!("parameter {} is missing", index + 1),
    }
}

fn result(bytes: &[u8]) -> Value {
    match bytes {
        [] => Value::Null,
        some => hex::encode(some).into(),
    }
}

fn results(values: Vec<Vec<u8>>) -> Value {
    values.iter().map(|value| result(value)).collect()
}

/// The crate has no composite keys.
fn composite_key(object_type: &str, attributes: &[String]) -> String {
    let mut key = format!("\0{object_type}\0");
    for attribute in attributes {
        key.push_str(attribute);
        key.push('\0');
    }
    key
}

pub(crate) async fn all(ctx: &Context, script: &[Vec<Value>]) -> Vec<Value> {
    let mut results = Vec::new();
    for line in script {
        let name = line[0].as_str().unwrap_or_default();
        results.push(perform(ctx, name, &line[1..]).await);
    }
    results
}

async fn perform(ctx: &Context, name: &str, p: &[Value]) -> Value {
    match name {
        "rich" | "richpage" | "pvtrich" | "range" | "rangepage" | "ckrange" | "pvtrange"
        | "history" => queries(ctx, name, p).await,
        "putpvt" | "putpvtt" | "pvtckput" | "delpvt" | "purge" | "getpvt" | "gethash"
        | "getpvtmulti" | "setpvtep" | "getpvtep" => private(ctx, name, p).await,
        "setep" | "getep" => policies(ctx, name, p).await,
        "event" => {
            ctx.set_event(text(p, 0), bytes(p, 1)).await;
            "ok".into()
        }
        "transient" => result(&ctx.get_transient(text(p, 0)).unwrap_or_default()),
        "creator" => {
            let creator = SerializedIdentity::decode(ctx.get_creator().as_slice())
                .expect("the creator is a serialized identity");
            json!([creator.mspid, hex::encode(Sha256::digest(creator.id_bytes))])
        }
        "txid" => ctx.get_tx_id().into(),
        "channel" => ctx.get_channel_id().into(),
        "fail" => panic!("{}", text(p, 0)),
        _ => single(ctx, name, p).await,
    }
}

async fn single(ctx: &Context, name: &str, p: &[Value]) -> Value {
    match name {
        "put" => ctx.put_state(text(p, 0), bytes(p, 1)).await,
        "get" => return result(&ctx.get_state(text(p, 0)).await),
        "del" => ctx.del_state(text(p, 0)).await,
        "getmulti" => return results(ctx.get_state_multiple(texts(p, 0)).await),
        "copy" => {
            let value = ctx.get_state(text(p, 0)).await;
            ctx.put_state(text(p, 1), value.clone()).await;
            return result(&value);
        }
        "add" => {
            let stored = ctx.get_state_string(text(p, 0)).await;
            let sum = stored.parse::<i64>().unwrap_or(0) + number(p, 1);
            ctx.put_state_string(text(p, 0), &sum.to_string()).await;
            return sum.into();
        }
        "ckput" | "ckget" | "ckdel" => {
            let key = composite_key(text(p, 0), &texts(p, 1));
            match name {
                "ckget" => return result(&ctx.get_state(&key).await),
                "ckput" => ctx.put_state(&key, bytes(p, 2)).await,
                _ => ctx.del_state(&key).await,
            }
        }
        _ => panic!("unknown operation {name}"),
    }
    "ok".into()
}

async fn queries(ctx: &Context, name: &str, p: &[Value]) -> Value {
    match name {
        "range" => rows(ctx.get_state_by_range(text(p, 0), text(p, 1)).await),
        "rangepage" => {
            let size = i32::try_from(number(p, 2)).expect("a page size");
            let page =
                ctx.get_state_by_range_with_pagination(text(p, 0), text(p, 1), size, text(p, 3));
            let (found, metadata) = page.await;
            let bookmark = hex::encode(metadata.bookmark);
            json!([rows(found), metadata.fetched_records_count, bookmark])
        }
        "ckrange" => {
            let start = composite_key(text(p, 0), &texts(p, 1));
            let end = format!("{start}\u{10ffff}");
            rows(ctx.get_state_by_range(&start, &end).await)
        }
        "pvtrange" => {
            let found = ctx.get_private_data_by_range(text(p, 0), text(p, 1), text(p, 2));
            rows(found.await)
        }
        "rich" => rows(ctx.get_query_result(text(p, 0)).await),
        "richpage" => {
            let size = i32::try_from(number(p, 1)).expect("a page size");
            let page = ctx.get_query_result_with_pagination(text(p, 0), size, text(p, 2));
            let (found, metadata) = page.await;
            let bookmark = hex::encode(metadata.bookmark);
            json!([rows(found), metadata.fetched_records_count, bookmark])
        }
        "pvtrich" => rows(
            ctx.get_private_data_query_result(text(p, 0), text(p, 1))
                .await,
        ),
        _ => ctx
            .get_history_for_key(text(p, 0))
            .await
            .map(change)
            .collect(),
    }
}

fn change(change: fabric_sdk::fabric::queryresult::KeyModification) -> Value {
    let time = change.timestamp.unwrap_or_default();
    json!([
        change.tx_id,
        result(&change.value),
        change.is_delete,
        time.seconds,
        time.nanos
    ])
}

async fn private(ctx: &Context, name: &str, p: &[Value]) -> Value {
    let (collection, key) = (text(p, 0), || text(p, 1));
    match name {
        "putpvt" => ctx.put_private_data(collection, key(), bytes(p, 2)).await,
        "putpvtt" => {
            let value = ctx.get_transient(text(p, 2)).unwrap_or_default();
            ctx.put_private_data(collection, key(), value).await;
        }
        "pvtckput" => {
            let key = composite_key(text(p, 1), &texts(p, 2));
            ctx.put_private_data(collection, &key, bytes(p, 3)).await;
        }
        "delpvt" => ctx.del_private_data(collection, key()).await,
        "purge" => ctx.purge_private_data(collection, key()).await,
        "getpvt" => return result(&ctx.get_private_data(collection, key()).await),
        "gethash" => return result(&ctx.get_private_data_hash(collection, key()).await),
        "getpvtmulti" => {
            return results(ctx.get_private_data_multiple(collection, texts(p, 1)).await);
        }
        "setpvtep" => {
            ctx.set_private_data_validation_parameter(collection, key(), bytes(p, 2))
                .await;
        }
        _ => return policy(ctx.get_private_data_metadata(collection, key()).await),
    }
    "ok".into()
}

async fn policies(ctx: &Context, name: &str, p: &[Value]) -> Value {
    if name == "getep" {
        return policy(ctx.get_state_metadata(text(p, 0)).await);
    }
    let entry = StateMetadata {
        metakey: "VALIDATION_PARAMETER".to_owned(),
        value: bytes(p, 1),
    };
    ctx.put_state_metadata(text(p, 0), vec![entry]).await;
    "ok".into()
}

fn policy(entries: Vec<StateMetadata>) -> Value {
    let entry = entries
        .iter()
        .find(|entry| entry.metakey == "VALIDATION_PARAMETER");
    result(entry.map_or(&[][..], |entry| entry.value.as_slice()))
}
