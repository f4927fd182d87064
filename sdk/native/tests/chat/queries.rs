//! Scans, pages and histories.

use crate::peer::{Chat, Program};
use prost::Message;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{
    GetHistoryForKey, GetStateByRange, QueryMetadata, QueryResponse, QueryResponseMetadata,
    QueryResultBytes, QueryStateClose, QueryStateNext,
};
use selvedge_protos::queryresult::{KeyModification, Kv};
use serde_json::json;

const TX: &str = "tx";

fn rows(keys: &[&str], id: &str, has_more: bool) -> QueryResponse {
    let row = |key: &&str| Kv {
        namespace: "script".to_owned(),
        key: (*key).to_owned(),
        value: "v".into(),
    };
    response(keys.iter().map(row), id, has_more)
}

fn response<M: Message>(rows: impl Iterator<Item = M>, id: &str, has_more: bool) -> QueryResponse {
    let results = rows.map(|row| QueryResultBytes {
        result_bytes: row.encode_to_vec().into(),
    });
    QueryResponse {
        results: results.collect(),
        has_more,
        id: id.to_owned(),
        ..QueryResponse::default()
    }
}

async fn next(chat: &mut Chat, id: &str) {
    let next: QueryStateNext = chat.asked(Type::QueryStateNext).await;
    assert_eq!(next.id, id);
}

#[tokio::test]
async fn taking_the_last_row_of_a_batch_fetches_the_next() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    chat.run(Type::Transaction, TX, &json!([["range", "a", "z"]]));
    let range: GetStateByRange = chat.asked(Type::GetStateByRange).await;
    assert_eq!(
        (range.start_key.as_str(), range.end_key.as_str()),
        ("a", "z")
    );
    assert!(range.metadata.is_empty());
    chat.respond(TX, &rows(&["a", "b"], "id-1", true));
    next(chat, "id-1").await;
    chat.respond(TX, &rows(&["c"], "id-1", true));
    next(chat, "id-1").await;
    chat.respond(TX, &rows(&["d"], "id-1", false));
    assert_eq!(
        chat.results().await,
        json!([[["61", "76"], ["62", "76"], ["63", "76"], ["64", "76"]]])
    );
}

#[tokio::test]
async fn a_scan_that_is_left_is_closed() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    chat.run(Type::Transaction, TX, &json!([["rangen", "", "", 1]]));
    chat.expect(Type::GetStateByRange).await;
    chat.respond(TX, &rows(&["a", "b"], "id-1", true));
    let close: QueryStateClose = chat.asked(Type::QueryStateClose).await;
    assert_eq!(close.id, "id-1");
    chat.respond(TX, &QueryResponse::default());
    assert_eq!(chat.results().await, json!([[["61", "76"]]]));
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_scan_is_the_contracts_to_handle() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    chat.run(Type::Transaction, TX, &json!([["range", "", ""]]));
    chat.expect(Type::GetStateByRange).await;
    chat.respond(TX, &rows(&["a"], "id-1", true));
    next(chat, "id-1").await;
    chat.say(
        Type::Error,
        TX,
        b"QUERY_STATE_NEXT failed: transaction ID: tx: query iterator not found",
    );
    assert_eq!(
        chat.failure().await,
        "op 0: range: QUERY_STATE_NEXT failed: transaction ID: tx: query iterator not found"
    );
}

#[tokio::test]
async fn a_page_carries_its_size_and_bookmark_both_ways() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    chat.run(
        Type::Transaction,
        TX,
        &json!([["rangepage", "a", "z", 2, "b"]]),
    );
    let range: GetStateByRange = chat.asked(Type::GetStateByRange).await;
    let page = QueryMetadata::decode(range.metadata).unwrap();
    assert_eq!((page.page_size, page.bookmark.as_str()), (2, "b"));
    let about = QueryResponseMetadata {
        fetched_records_count: 2,
        bookmark: "d".to_owned(),
    };
    let mut response = rows(&["b", "c"], "id-1", false);
    response.metadata = about.encode_to_vec().into();
    chat.respond(TX, &response);
    assert_eq!(
        chat.results().await,
        json!([[[["62", "76"], ["63", "76"]], 2, "64"]])
    );
}

#[tokio::test]
async fn a_page_without_a_size_is_a_scan_read_to_its_end() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    chat.run(
        Type::Transaction,
        TX,
        &json!([["rangepage", "", "", 0, ""]]),
    );
    let range: GetStateByRange = chat.asked(Type::GetStateByRange).await;
    assert!(range.metadata.is_empty());
    chat.respond(TX, &rows(&["a"], "id-1", true));
    next(chat, "id-1").await;
    chat.respond(TX, &rows(&["b"], "id-1", false));
    assert_eq!(
        chat.results().await,
        json!([[[["61", "76"], ["62", "76"]], 0, ""]])
    );
}

#[tokio::test]
async fn a_history_comes_in_batches_too() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    chat.run(Type::Transaction, TX, &json!([["history", "k"]]));
    let request: GetHistoryForKey = chat.asked(Type::GetHistoryForKey).await;
    assert_eq!(request.key, "k");
    let change = |tx_id: &str, is_delete| KeyModification {
        tx_id: tx_id.to_owned(),
        value: if is_delete { "".into() } else { "v".into() },
        timestamp: Some(prost_types::Timestamp {
            seconds: 9,
            nanos: 8,
        }),
        is_delete,
    };
    chat.respond(
        TX,
        &response([change("t2", true)].into_iter(), "id-1", true),
    );
    next(chat, "id-1").await;
    chat.respond(
        TX,
        &response([change("t1", false)].into_iter(), "id-1", false),
    );
    assert_eq!(
        chat.results().await,
        json!([[["t2", null, true, 9, 8], ["t1", "76", false, 9, 8]]])
    );
}
