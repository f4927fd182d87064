//! Transactions on well-behaved streams: every request, several transactions at once, chaincode that calls chaincode.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use bytes::Bytes;
use prost::Message;
use selvedge_interface::Response;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{
    self, ChaincodeEvent, ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec, DelState,
    GetHistoryForKey, GetQueryResult, GetState, GetStateByRange, GetStateMetadata,
    GetStateMultiple, GetStateMultipleResult, PutState, PutStateMetadata, QueryMetadata,
    QueryResponse, QueryResponseMetadata, QueryStateClose, QueryStateNext, StateMetadata,
    StateMetadataResult, WriteBatchState, WriteRecord, write_record,
};
use selvedge_protos::queryresult::{KeyModification, Kv};
use support::{Executed, Peer, Shared, Shim, execute, message};

/// A chaincode that registered by itself, and the transaction `tx` it is executing.
async fn transaction(world: &Shared) -> (Peer, Shim, Executed) {
    let peer = Peer::open().await;
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, world, "tx");
    assert_eq!(shim.transaction().await.txid, "tx");
    (peer, shim, executed)
}

fn get(key: &str) -> GetState {
    GetState {
        key: key.to_owned(),
        collection: String::new(),
    }
}

fn put(key: &str, value: &str) -> PutState {
    PutState {
        key: key.to_owned(),
        value: value.to_owned().into(),
        collection: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_and_writes() {
    let world = Shared::default();
    let (_peer, mut shim, executed) = transaction(&world).await;
    let value = |answer: Result<Bytes, String>| answer.unwrap();
    assert_eq!(value(shim.ask(Type::GetState, "tx", &get("a")).await), "");
    assert_eq!(
        value(shim.ask(Type::PutState, "tx", &put("a", "1")).await),
        ""
    );
    assert_eq!(value(shim.ask(Type::GetState, "tx", &get("a")).await), "1");
    let private = GetState {
        key: "k".to_owned(),
        collection: "c".to_owned(),
    };
    let hash = shim.ask(Type::GetPrivateDataHash, "tx", &private).await;
    assert_eq!(value(hash), "hash of c/k");
    let keys = GetStateMultiple {
        keys: vec!["a".to_owned(), "none".to_owned()],
        collection: String::new(),
    };
    let values = shim.ask(Type::GetStateMultiple, "tx", &keys).await;
    let values = GetStateMultipleResult::decode(value(values))
        .unwrap()
        .values;
    assert_eq!(values, ["1", ""]);
    let delete = DelState {
        key: "a".to_owned(),
        collection: String::new(),
    };
    assert_eq!(value(shim.ask(Type::DelState, "tx", &delete).await), "");
    assert_eq!(value(shim.ask(Type::GetState, "tx", &get("a")).await), "");
    shim.complete("tx", "done").await;
    assert_eq!(executed.await.unwrap(), Ok(Response::ok("done")));
    assert_eq!(world.lock().alive, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_and_batches() {
    let world = Shared::default();
    let (_peer, mut shim, executed) = transaction(&world).await;
    let metadata = |value: &str| {
        Some(StateMetadata {
            metakey: "VALIDATION_PARAMETER".to_owned(),
            value: value.to_owned().into(),
        })
    };
    let put_metadata = PutStateMetadata {
        key: "a".to_owned(),
        collection: String::new(),
        metadata: metadata("policy"),
    };
    shim.ask(Type::PutStateMetadata, "tx", &put_metadata)
        .await
        .unwrap();
    let get_metadata = GetStateMetadata {
        key: "a".to_owned(),
        collection: String::new(),
    };
    let entries = shim.ask(Type::GetStateMetadata, "tx", &get_metadata).await;
    let entries = StateMetadataResult::decode(entries.unwrap())
        .unwrap()
        .entries;
    assert_eq!(entries, [metadata("policy").unwrap()]);
    let record = |key: &str, kind: write_record::Type, collection: &str| WriteRecord {
        key: key.to_owned(),
        value: "batched".into(),
        collection: collection.to_owned(),
        metadata: metadata("batched"),
        r#type: kind.into(),
    };
    let batch = WriteBatchState {
        rec: vec![
            record("b", write_record::Type::PutState, ""),
            record("c", write_record::Type::PutStateMetadata, ""),
            record("b2", write_record::Type::PutState, "private"),
            record("b2", write_record::Type::PurgePrivateData, "private"),
        ],
    };
    assert_eq!(
        shim.ask(Type::WriteBatchState, "tx", &batch).await,
        Ok(Bytes::new())
    );
    let partly = WriteBatchState {
        rec: vec![
            record("d", write_record::Type::PutState, ""),
            record("e", write_record::Type::Undefined, ""),
            record("f", write_record::Type::PutState, ""),
        ],
    };
    assert_eq!(
        shim.ask(Type::WriteBatchState, "tx", &partly)
            .await
            .unwrap_err(),
        "WRITE_BATCH_STATE failed: transaction ID: tx: unknown operation type"
    );
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
    let world = world.lock();
    let written: Vec<_> = world.state.keys().map(|(_, key)| key.as_str()).collect();
    assert_eq!(
        written,
        ["b", "d"],
        "what stood before the unknown record is applied"
    );
    assert_eq!(world.metadata.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_leave_iterators_open() {
    let world = Shared::default();
    for key in ["a", "b", "c", "d", "e"] {
        let at = (String::new(), key.to_owned());
        world.lock().state.insert(at, "v".into());
    }
    let (_peer, mut shim, executed) = transaction(&world).await;
    let all = GetStateByRange::default();
    let first = shim.ask(Type::GetStateByRange, "tx", &all).await.unwrap();
    let first = QueryResponse::decode(first).unwrap();
    assert!(first.has_more);
    let row = Kv::decode(first.results[0].result_bytes.clone()).unwrap();
    assert_eq!((row.namespace.as_str(), row.key.as_str()), ("cc", "a"));
    let next = QueryStateNext {
        id: first.id.clone(),
    };
    let mut more = Vec::new();
    for _ in 0..2 {
        let page = shim.ask(Type::QueryStateNext, "tx", &next).await.unwrap();
        let page = QueryResponse::decode(page).unwrap();
        more.push((page.results.len(), page.has_more));
    }
    assert_eq!(more, [(2, true), (1, false)]);
    assert_eq!(
        shim.ask(Type::QueryStateNext, "tx", &next)
            .await
            .unwrap_err(),
        "QUERY_STATE_NEXT failed: transaction ID: tx: query iterator not found"
    );
    let close = QueryStateClose { id: first.id };
    let closed = shim.ask(Type::QueryStateClose, "tx", &close).await.unwrap();
    assert_eq!(QueryResponse::decode(closed).unwrap().id, close.id);
    assert!(world.lock().closed.is_empty(), "it was exhausted");

    let history = GetHistoryForKey {
        key: "a".to_owned(),
    };
    let history = shim.ask(Type::GetHistoryForKey, "tx", &history).await;
    let history = QueryResponse::decode(history.unwrap()).unwrap();
    let row = KeyModification::decode(history.results[0].result_bytes.clone()).unwrap();
    assert_eq!((row.tx_id.as_str(), history.has_more), ("earlier", true));
    let close = QueryStateClose { id: history.id };
    shim.ask(Type::QueryStateClose, "tx", &close).await.unwrap();
    assert_eq!(world.lock().closed, [selvedge_interface::Cursor(9)]);
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_say_where_the_next_begins() {
    let world = Shared::default();
    for key in ["a", "b", "c"] {
        let at = (String::new(), key.to_owned());
        world.lock().state.insert(at, "v".into());
    }
    let (_peer, mut shim, executed) = transaction(&world).await;
    let page = |bookmark: &str| GetStateByRange {
        metadata: QueryMetadata {
            page_size: 2,
            bookmark: bookmark.to_owned(),
        }
        .encode_to_vec()
        .into(),
        ..GetStateByRange::default()
    };
    let mut pages = Vec::new();
    for bookmark in ["", "c"] {
        let answer = shim.ask(Type::GetStateByRange, "tx", &page(bookmark)).await;
        let answer = QueryResponse::decode(answer.unwrap()).unwrap();
        let metadata = QueryResponseMetadata::decode(answer.metadata).unwrap();
        assert!(!answer.has_more);
        pages.push((metadata.fetched_records_count, metadata.bookmark));
    }
    assert_eq!(pages, [(2, "c".to_owned()), (1, String::new())]);
    let query = GetQueryResult {
        query: "selector".to_owned(),
        ..GetQueryResult::default()
    };
    assert_eq!(
        shim.ask(Type::GetQueryResult, "tx", &query)
            .await
            .unwrap_err(),
        "GET_QUERY_RESULT failed: transaction ID: tx: no such selector"
    );
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_refused() {
    let world = Shared::default();
    let (_peer, mut shim, executed) = transaction(&world).await;
    assert_eq!(
        shim.ask(Type::GetState, "tx", &get("broken"))
            .await
            .unwrap_err(),
        "GET_STATE failed: transaction ID: tx: the disk is on fire"
    );
    assert_eq!(
        shim.ask(Type::GetState, "other", &get("a"))
            .await
            .unwrap_err(),
        "GET_STATE failed: transaction ID: other: no ledger context"
    );
    let text = shim.ask(Type::PurgePrivateData, "tx", &get("a")).await;
    assert_eq!(
        text.unwrap_err(),
        "PURGE_PRIVATE_DATA failed: transaction ID: tx: only applicable for private data"
    );
    let text = shim
        .ask(Type::PutStateMetadata, "tx", &PutStateMetadata::default())
        .await;
    assert_eq!(
        text.unwrap_err(),
        "PUT_STATE_METADATA failed: transaction ID: tx: panic during execution"
    );
    let text = shim
        .ask(Type::InvokeChaincode, "other", &ChaincodeSpec::default())
        .await;
    assert_eq!(
        text.unwrap_err(),
        "INVOKE_CHAINCODE failed: transaction ID: other: could not get valid transaction"
    );
    shim.send(message(Type::GetState, "tx", "\u{ff}\u{ff}"))
        .await;
    let answer = shim.next().await;
    let text = String::from_utf8(answer.payload.to_vec()).unwrap();
    assert!(
        text.starts_with("GET_STATE failed: transaction ID: tx: unmarshal failed: "),
        "{text}"
    );
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callees_answer_comes_as_a_message() {
    let world = Shared::default();
    let (_peer, mut shim, executed) = transaction(&world).await;
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId {
            name: "other:1/channel".to_owned(),
            ..ChaincodeId::default()
        }),
        input: Some(ChaincodeInput {
            args: vec!["f".into()],
            ..ChaincodeInput::default()
        }),
        ..ChaincodeSpec::default()
    };
    let answer = shim.ask(Type::InvokeChaincode, "tx", &spec).await.unwrap();
    let answer = ChaincodeMessage::decode(answer).unwrap();
    assert_eq!(answer.r#type(), Type::Completed);
    let response = protos::Response::decode(answer.payload).unwrap();
    assert_eq!(
        (response.status, &response.payload[..]),
        (200, &b"from other:1/channel"[..])
    );
    // The callee's Init, for which no shim of today asks.
    let mut init = spec;
    init.input.as_mut().unwrap().is_init = true;
    let answer = shim.ask(Type::InvokeChaincode, "tx", &init).await.unwrap();
    let answer = ChaincodeMessage::decode(answer).unwrap();
    let response = protos::Response::decode(answer.payload).unwrap();
    assert_eq!(&response.payload[..], b"initialized");
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
    let calls = std::mem::take(&mut world.lock().calls);
    assert_eq!(
        calls,
        [("other:1/channel".to_owned(), vec![Bytes::from("f")])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_leaves_with_the_response() {
    let world = Shared::default();
    let (_peer, shim, executed) = transaction(&world).await;
    let response = protos::Response {
        status: 404,
        message: "no such asset".to_owned(),
        payload: "p".into(),
    };
    shim.send(ChaincodeMessage {
        chaincode_event: Some(ChaincodeEvent {
            event_name: "made".to_owned(),
            payload: "e".into(),
            ..ChaincodeEvent::default()
        }),
        ..message(Type::Completed, "tx", response.encode_to_vec())
    })
    .await;
    let executed = executed.await.unwrap().unwrap();
    assert_eq!(
        (
            executed.status,
            executed.message.as_str(),
            &executed.payload[..]
        ),
        (404, "no such asset", &b"p"[..])
    );
    assert_eq!(world.lock().events, [("made".to_owned(), Bytes::from("e"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_transactions_share_a_stream() {
    let world = Shared::default();
    let peer = Peer::open().await;
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let count = 20;
    let executed: Vec<_> = (0..count)
        .map(|n| execute(&chaincode, &world, &format!("tx{n}")))
        .collect();
    let mut begun = Vec::new();
    for _ in 0..count {
        begun.push(shim.transaction().await.txid);
    }
    // Every second request waits for the executing thread; answers may come in any order.
    for (n, tx_id) in begun.iter().enumerate() {
        let request = match n % 2 {
            0 => message(Type::PutState, tx_id, put(tx_id, tx_id).encode_to_vec()),
            _ => {
                let keys = GetStateMultiple::default();
                message(Type::GetStateMultiple, tx_id, keys.encode_to_vec())
            }
        };
        shim.send(request).await;
    }
    for _ in 0..count {
        let answer = shim.next().await;
        assert_eq!(answer.r#type(), Type::Response);
        shim.complete(&answer.txid, answer.txid.clone()).await;
    }
    for (n, executed) in executed.into_iter().enumerate() {
        let response = executed.await.unwrap().unwrap();
        assert_eq!(response.payload, format!("tx{n}"));
    }
    assert_eq!(world.lock().state.len(), count / 2);
    assert_eq!(world.lock().alive, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chaincode_that_gives_up() {
    let world = Shared::default();
    let (_peer, shim, executed) = transaction(&world).await;
    shim.send(message(Type::Error, "tx", "out of luck")).await;
    let error = executed.await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "transaction returned with failure: out of luck"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callee_that_is_refused_or_gives_up() {
    let world = Shared::default();
    let (_peer, mut shim, executed) = transaction(&world).await;
    let call = |name: &str| ChaincodeSpec {
        chaincode_id: Some(ChaincodeId {
            name: name.to_owned(),
            ..ChaincodeId::default()
        }),
        input: Some(ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    let refused = shim
        .ask(Type::InvokeChaincode, "tx", &call("refused"))
        .await;
    assert_eq!(
        refused.unwrap_err(),
        "INVOKE_CHAINCODE failed: transaction ID: tx: no such chaincode"
    );
    let failed = shim.ask(Type::InvokeChaincode, "tx", &call("failed")).await;
    let last = ChaincodeMessage::decode(failed.unwrap()).unwrap();
    assert_eq!(
        (last.r#type(), &last.payload[..]),
        (Type::Error, &b"gave up"[..])
    );
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keepalive_goes_both_ways_and_means_nothing() {
    let world = Shared::default();
    let peer = Peer::start(|options| {
        options.dev_mode = true;
        options.keepalive = Some(std::time::Duration::from_millis(20));
    })
    .await;
    let mut shim = Shim::register(peer.address, "cc:1").await;
    for _ in 0..3 {
        assert_eq!(shim.next().await.r#type(), Type::Keepalive);
        shim.send(message(Type::Keepalive, "", "")).await;
    }
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    while shim.next().await.r#type() != Type::Transaction {}
    shim.complete("tx", "alive").await;
    assert_eq!(executed.await.unwrap(), Ok(Response::ok("alive")));
}
