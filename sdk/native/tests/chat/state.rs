//! Keys, one by one and together, and what the peer refuses.

use crate::peer::{Program, offers};
use prost::Message as _;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::write_record::Type as RecordType;
use selvedge_protos::protos::{
    self, ChaincodeMessage, ChaincodeSpec, DelState, GetState, GetStateMetadata, GetStateMultiple,
    GetStateMultipleResult, PutState, PutStateMetadata, StateMetadata, StateMetadataResult,
    WriteBatchState,
};
use serde_json::{Value, json};

const TX: &str = "0123456789abcdef";

async fn started(offered: Option<u32>, operations: Value) -> Program {
    let program = Program::ready(offered.map(offers)).await;
    program.chat.run(Type::Transaction, TX, &operations);
    program
}

#[tokio::test]
async fn many_keys_come_in_messages_of_the_size_the_peer_offers() {
    let keys: Vec<String> = (0..250).map(|number| format!("k{number}")).collect();
    let mut program = started(Some(120), json!([["getmulti", keys]])).await;
    let mut asked = Vec::new();
    for expected in [120, 120, 10] {
        let request: GetStateMultiple = program.chat.asked(Type::GetStateMultiple).await;
        assert_eq!(request.keys.len(), expected);
        let values = request.keys.iter().map(|key| match key.as_str() {
            "k7" => "seven".into(),
            _ => bytes::Bytes::new(),
        });
        let result = GetStateMultipleResult {
            values: values.collect(),
        };
        program.chat.respond(TX, &result);
        asked.extend(request.keys);
    }
    assert_eq!(asked, keys);
    let found = program.chat.results().await;
    assert_eq!(found[0][7], json!("736576656e"));
    assert_eq!(found[0][8], Value::Null);
}

#[tokio::test]
async fn a_peer_that_offers_nothing_is_asked_key_by_key() {
    let batch = json!(["batch", [["put", "a", "1"], ["del", "b"]]]);
    let mut program = started(None, json!([["getmulti", ["a", "b"]], batch])).await;
    for key in ["a", "b"] {
        let get: GetState = program.chat.asked(Type::GetState).await;
        assert_eq!(get.key, key);
        program.chat.say(Type::Response, TX, key.as_bytes());
    }
    let put: PutState = program.chat.asked(Type::PutState).await;
    assert_eq!(put.key, "a");
    program.chat.say(Type::Response, TX, b"");
    let del: DelState = program.chat.asked(Type::DelState).await;
    assert_eq!(del.key, "b");
    program.chat.say(Type::Response, TX, b"");
    assert_eq!(
        program.chat.results().await,
        json!([["61", "62"], ["ok", "ok"]])
    );
}

#[tokio::test]
async fn a_batch_of_writes_is_one_message() {
    let operations = json!([[
        "batch",
        [
            ["put", "k", "1"],
            ["setep", "k", "policy"],
            ["del", "gone"],
            ["putpvt", "c", "k", "2"],
            ["purge", "c", "old"],
        ]
    ]]);
    let mut program = started(Some(1000), operations).await;
    let batch: WriteBatchState = program.chat.asked(Type::WriteBatchState).await;
    let records: Vec<_> = batch
        .rec
        .iter()
        .map(|record| {
            (
                record.collection.as_str(),
                record.key.as_str(),
                record.r#type(),
            )
        })
        .collect();
    assert_eq!(
        records,
        [
            ("", "gone", RecordType::DelState),
            ("", "k", RecordType::PutState),
            ("", "k", RecordType::PutStateMetadata),
            ("c", "k", RecordType::PutState),
            ("c", "old", RecordType::PurgePrivateData),
        ]
    );
    let metadata = batch.rec[2].metadata.clone().unwrap();
    assert_eq!(metadata.metakey, "VALIDATION_PARAMETER");
    program
        .chat
        .say(Type::Error, TX, b"WRITE_BATCH_STATE failed: no");
    assert_eq!(
        program.chat.failure().await,
        "op 0: batch: failed send batch: WRITE_BATCH_STATE failed: no"
    );
}

#[tokio::test]
async fn private_data_and_policies_have_messages_of_their_own() {
    let operations = json!([
        ["getpvt", "c", "k"],
        ["gethash", "c", "k"],
        ["putpvt", "c", "k", "v"],
        ["delpvt", "c", "k"],
        ["purge", "c", "k"],
        ["setep", "k", "p"],
        ["getep", "k"],
    ]);
    let mut program = started(None, operations).await;
    let chat = &mut program.chat;
    let get: GetState = chat.asked(Type::GetState).await;
    assert_eq!((get.collection.as_str(), get.key.as_str()), ("c", "k"));
    chat.say(Type::Response, TX, b"v");
    let hash: GetState = chat.asked(Type::GetPrivateDataHash).await;
    assert_eq!((hash.collection.as_str(), hash.key.as_str()), ("c", "k"));
    chat.say(Type::Response, TX, b"h");
    let put: PutState = chat.asked(Type::PutState).await;
    assert_eq!(
        (put.collection.as_str(), put.value.as_ref()),
        ("c", &b"v"[..])
    );
    chat.say(Type::Response, TX, b"");
    for kind in [Type::DelState, Type::PurgePrivateData] {
        let gone: DelState = chat.asked(kind).await;
        assert_eq!((gone.collection.as_str(), gone.key.as_str()), ("c", "k"));
        chat.say(Type::Response, TX, b"");
    }
    let set: PutStateMetadata = chat.asked(Type::PutStateMetadata).await;
    assert_eq!(set.metadata.unwrap().value.as_ref(), b"p");
    chat.say(Type::Response, TX, b"");
    let request: GetStateMetadata = chat.asked(Type::GetStateMetadata).await;
    assert_eq!(request.key, "k");
    let entry = |name: &str| StateMetadata {
        metakey: name.to_owned(),
        value: name.to_owned().into(),
    };
    chat.respond(
        TX,
        &StateMetadataResult {
            entries: vec![entry("other"), entry("VALIDATION_PARAMETER")],
        },
    );
    let policy = "56414c49444154494f4e5f504152414d45544552";
    assert_eq!(
        chat.results().await,
        json!(["76", "68", "ok", "ok", "ok", "ok", policy])
    );
}

#[tokio::test]
async fn a_refusal_reaches_the_contract_as_the_peer_wrote_it() {
    let mut program = started(None, json!([["get", "k"]])).await;
    program.chat.expect(Type::GetState).await;
    let text = format!("GET_STATE failed: transaction ID: {TX}: no ledger context");
    program.chat.say(Type::Error, TX, text.as_bytes());
    assert_eq!(program.chat.failure().await, format!("op 0: get: {text}"));
}

#[tokio::test]
async fn answers_that_cannot_be_read_fail_the_call_and_not_the_chat() {
    let mut program = started(Some(100), json!([["getmulti", ["a", "b"]]])).await;
    program.chat.expect(Type::GetStateMultiple).await;
    program.chat.say(Type::Response, TX, b"\xff");
    let text = program.chat.failure().await;
    let expected = "op 0: getmulti: [01234567] the answer to GET_STATE_MULTIPLE cannot be read: ";
    assert!(text.starts_with(expected), "{text}");
    // What a Fabric peer says when its database fails.
    program
        .chat
        .run(Type::Transaction, TX, &json!([["getmulti", ["a", "b"]]]));
    program.chat.expect(Type::GetStateMultiple).await;
    program.chat.respond(TX, &GetStateMultipleResult::default());
    assert_eq!(
        program.chat.failure().await,
        "op 0: getmulti: the peer answered GET_STATE_MULTIPLE for 2 keys with 0 values"
    );
}

#[tokio::test]
async fn other_chaincode_answers_or_is_refused() {
    let call = json!(["invoke", "other", "elsewhere", ["f", "x"]]);
    let mut program = started(None, json!([call, call])).await;
    let spec: ChaincodeSpec = program.chat.asked(Type::InvokeChaincode).await;
    assert_eq!(spec.chaincode_id.unwrap().name, "other/elsewhere");
    assert_eq!(spec.input.unwrap().args, ["f", "x"]);
    let response = protos::Response {
        status: 201,
        message: "made".to_owned(),
        payload: "p".into(),
    };
    program.chat.respond(
        TX,
        &ChaincodeMessage {
            r#type: Type::Completed.into(),
            payload: response.encode_to_vec().into(),
            ..ChaincodeMessage::default()
        },
    );
    program.chat.expect(Type::InvokeChaincode).await;
    program.chat.say(Type::Error, TX, b"no");
    assert_eq!(
        program.chat.results().await,
        json!([[201, "made", "70"], [500, "", "6e6f"]])
    );
}
