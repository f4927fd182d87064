use crate::values::{bytes, number, result, row, text, texts, value};
use crate::{Stop, all};
use fabric_shim::{
    ChaincodeStub, HistoryQueryIterator, Response, StateQueryIterator, create_composite_key,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

type Outcome = Result<Value, Stop>;

/// Other shims put this in place of an empty start, which would begin before the composite keys; this crate does not.
fn start(key: &str) -> &str {
    if key.is_empty() { "\u{1}" } else { key }
}

pub(crate) async fn perform(stub: &ChaincodeStub, name: &str, p: &[Value]) -> Outcome {
    match name {
        "put" | "get" | "del" | "getmulti" | "copy" | "add" | "batch" => {
            single(stub, name, p).await
        }
        "ckput" | "ckget" | "ckdel" => composite(stub, name, p).await,
        "range" | "rangen" | "rangepage" | "rangedel" | "ckrange" | "rich" | "history" => {
            queries(stub, name, p).await
        }
        "putpvt" | "putpvtt" | "delpvt" | "purge" | "getpvt" | "gethash" | "getpvtmulti"
        | "pvtckput" | "pvtrange" => private(stub, name, p).await,
        _ => surroundings(stub, name, p).await,
    }
}

async fn single(stub: &ChaincodeStub, name: &str, p: &[Value]) -> Outcome {
    match name {
        "put" => stub.put_state(text(p, 0)?, bytes(p, 1)?).await?,
        "get" => return Ok(result(&stub.get_state(text(p, 0)?).await?)),
        "del" => stub.del_state(text(p, 0)?).await?,
        "getmulti" => {
            let mut values = Vec::new();
            for key in texts(p, 0)? {
                values.push(result(&stub.get_state(key).await?));
            }
            return Ok(values.into());
        }
        "copy" => {
            let value = stub.get_state(text(p, 0)?).await?;
            stub.put_state(text(p, 1)?, value.clone()).await?;
            return Ok(result(&value));
        }
        "add" => {
            let stored = stub.get_state(text(p, 0)?).await?;
            let stored = String::from_utf8(stored).unwrap_or_default();
            let sum = stored.parse::<i64>().unwrap_or(0) + i64::from(number(p, 1)?);
            stub.put_state(text(p, 0)?, sum.to_string()).await?;
            return Ok(sum.into());
        }
        _ => {
            let inner: Vec<Vec<Value>> = serde_json::from_value(p[0].clone())
                .map_err(|error| Stop::Failed(error.to_string()))?;
            // A future that may contain itself.
            return Ok(Box::pin(all(stub, &inner)).await?.into());
        }
    }
    Ok("ok".into())
}

async fn composite(stub: &ChaincodeStub, name: &str, p: &[Value]) -> Outcome {
    let key = create_composite_key(text(p, 0)?, &texts(p, 1)?)?;
    match name {
        "ckget" => return Ok(result(&stub.get_state(&key).await?)),
        "ckput" => stub.put_state(&key, bytes(p, 2)?).await?,
        _ => stub.del_state(&key).await?,
    }
    Ok("ok".into())
}

async fn queries(stub: &ChaincodeStub, name: &str, p: &[Value]) -> Outcome {
    match name {
        "range" => {
            rows(
                stub.get_state_by_range(start(text(p, 0)?), text(p, 1)?)
                    .await?,
            )
            .await
        }
        "rangen" => {
            let scan = stub.get_state_by_range(start(text(p, 0)?), text(p, 1)?);
            some_rows(scan.await?, number(p, 2)?).await
        }
        "rangepage" => {
            let (from, to, size, bookmark) = (text(p, 0)?, text(p, 1)?, number(p, 2)?, text(p, 3)?);
            let page = stub.get_state_by_range_with_pagination(start(from), to, size, bookmark);
            let (found, metadata) = page.await?;
            let bookmark = hex::encode(metadata.bookmark);
            Ok(json!([
                rows(found).await?,
                metadata.fetched_records_count,
                bookmark
            ]))
        }
        "rangedel" => {
            let scan = stub.get_state_by_range(start(text(p, 0)?), text(p, 1)?);
            let found = scan.await?.collect_remaining().await?;
            for row in &found {
                stub.del_state(&row.key).await?;
            }
            Ok(found.len().into())
        }
        "ckrange" => {
            let attributes = texts(p, 1)?;
            let scan = stub.get_state_by_partial_composite_key(text(p, 0)?, &attributes);
            rows(scan.await?).await
        }
        "rich" => rows(stub.get_query_result(text(p, 0)?).await?).await,
        _ => history(stub.get_history_for_key(text(p, 0)?).await?).await,
    }
}

async fn rows(found: StateQueryIterator) -> Outcome {
    let found = found.collect_remaining().await?;
    Ok(found.iter().map(row).collect::<Vec<_>>().into())
}

async fn some_rows(mut found: StateQueryIterator, count: i32) -> Outcome {
    let mut rows = Vec::new();
    while rows.len() < usize::try_from(count).unwrap_or(0) {
        let Some(next) = found.next().await? else {
            break;
        };
        rows.push(row(&next));
    }
    found.close().await?;
    Ok(rows.into())
}

async fn history(mut found: HistoryQueryIterator) -> Outcome {
    let mut changes = Vec::new();
    while let Some(change) = found.next().await? {
        let time = change.timestamp.unwrap_or_default();
        changes.push(json!([
            change.tx_id,
            result(&change.value),
            change.is_delete,
            time.seconds,
            time.nanos
        ]));
    }
    found.close().await?;
    Ok(changes.into())
}

async fn private(stub: &ChaincodeStub, name: &str, p: &[Value]) -> Outcome {
    let collection = text(p, 0)?;
    match name {
        "putpvt" => {
            let (key, value) = (text(p, 1)?, bytes(p, 2)?);
            stub.put_private_data(collection, key, value).await?;
        }
        "putpvtt" => {
            let value = stub.get_transient().get(text(p, 2)?).cloned();
            let value = value.unwrap_or_default();
            stub.put_private_data(collection, text(p, 1)?, value)
                .await?;
        }
        "pvtckput" => {
            let key = create_composite_key(text(p, 1)?, &texts(p, 2)?)?;
            stub.put_private_data(collection, &key, bytes(p, 3)?)
                .await?;
        }
        "delpvt" => stub.del_private_data(collection, text(p, 1)?).await?,
        "purge" => stub.purge_private_data(collection, text(p, 1)?).await?,
        "getpvt" => {
            let value = stub.get_private_data(collection, text(p, 1)?).await?;
            return Ok(result(&value));
        }
        "gethash" => {
            let hash = stub.get_private_data_hash(collection, text(p, 1)?).await?;
            return Ok(result(&hash));
        }
        "getpvtmulti" => {
            let mut values = Vec::new();
            for key in texts(p, 1)? {
                values.push(result(&stub.get_private_data(collection, key).await?));
            }
            return Ok(values.into());
        }
        _ => {
            let (from, to) = (start(text(p, 1)?), text(p, 2)?);
            return rows(stub.get_private_data_by_range(collection, from, to).await?).await;
        }
    }
    Ok("ok".into())
}

async fn surroundings(stub: &ChaincodeStub, name: &str, p: &[Value]) -> Outcome {
    match name {
        "event" => stub
            .set_event(text(p, 0)?, bytes(p, 1)?)
            .map(|()| "ok".into())
            .map_err(Stop::from),
        "invoke" => invoke(stub, p).await,
        "transient" => {
            let found = stub.get_transient().get(text(p, 0)?);
            Ok(result(found.map_or(&[][..], Vec::as_slice)))
        }
        "creator" => {
            let creator = stub.get_creator_identity()?;
            let digest = hex::encode(Sha256::digest(&creator.id_bytes));
            Ok(json!([creator.mspid, digest]))
        }
        "txid" => Ok(stub.get_tx_id().into()),
        "channel" => Ok(stub.get_channel_id().into()),
        "ts" => {
            let time = stub.get_tx_timestamp()?;
            Ok(json!([time.seconds, time.nanos]))
        }
        "fail" => Err(Stop::Answer(Response::error(text(p, 0)?))),
        "return" => Err(Stop::Answer(Response {
            status: number(p, 0)?,
            message: text(p, 1)?.to_owned(),
            payload: bytes(p, 2)?,
        })),
        _ => Err(Stop::Failed("unknown operation".to_owned())),
    }
}

async fn invoke(stub: &ChaincodeStub, p: &[Value]) -> Outcome {
    let args = p.get(2).and_then(Value::as_array);
    let args: Option<Vec<Vec<u8>>> = args.and_then(|args| args.iter().map(value).collect());
    let args = args.ok_or_else(|| "parameter 3 is not a list of values".to_owned())?;
    match stub.invoke_chaincode(text(p, 0)?, args, text(p, 1)?).await {
        Ok(called) => Ok(json!([
            called.status,
            called.message,
            result(&called.payload)
        ])),
        // Other shims answer with the peer's refusal as the payload.
        Err(fabric_shim::Error::Peer(text)) => Ok(json!([500, "", hex::encode(text)])),
        Err(other) => Err(other.into()),
    }
}
