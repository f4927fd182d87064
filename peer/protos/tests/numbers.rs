//! Field numbers and names that other programs rely on, against the written tables of Fabric's wire formats.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::collections::BTreeMap;
use std::fmt::Write;

use prost::Message;
use prost::encoding::{WireType, decode_key, decode_varint};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{
    ChaincodeAdditionalParams, ChaincodeEvent, ChaincodeId, ChaincodeInput, ChaincodeMessage,
    DelState, GetQueryResult, GetState, GetStateByRange, GetStateMetadata, GetStateMultiple,
    GetStateMultipleResult, PurgePrivateState, PutState, PutStateMetadata, QueryMetadata,
    QueryResponse, QueryResponseMetadata, QueryResultBytes, Response, StateMetadata,
    StateMetadataResult, TxValidationCode, WriteBatchState, WriteRecord, write_record,
};
use selvedge_protos::queryresult::{KeyModification, Kv};
use selvedge_protos::{gateway, protos};

/// The outermost fields as `number=content`, so that a wrong number and a swapped field both show.
fn fields(message: &impl Message) -> String {
    let encoded = message.encode_to_vec();
    let mut bytes = &encoded[..];
    let mut out = String::new();
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).unwrap();
        let integer = decode_varint(&mut bytes).unwrap();
        if wire_type == WireType::LengthDelimited {
            let (content, rest) = bytes.split_at(usize::try_from(integer).unwrap());
            let text = content.escape_ascii();
            write!(out, "{number}={text} ").unwrap();
            bytes = rest;
        } else {
            write!(out, "{number}={integer} ").unwrap();
        }
    }
    out.trim_end().to_owned()
}

fn metadata() -> StateMetadata {
    StateMetadata {
        metakey: "m".into(),
        value: "v".into(),
    }
}

#[test]
fn shim_message_types() {
    let types = [
        (Type::Undefined, 0, "UNDEFINED"),
        (Type::Register, 1, "REGISTER"),
        (Type::Registered, 2, "REGISTERED"),
        (Type::Init, 3, "INIT"),
        (Type::Ready, 4, "READY"),
        (Type::Transaction, 5, "TRANSACTION"),
        (Type::Completed, 6, "COMPLETED"),
        (Type::Error, 7, "ERROR"),
        (Type::GetState, 8, "GET_STATE"),
        (Type::PutState, 9, "PUT_STATE"),
        (Type::DelState, 10, "DEL_STATE"),
        (Type::InvokeChaincode, 11, "INVOKE_CHAINCODE"),
        (Type::Response, 13, "RESPONSE"),
        (Type::GetStateByRange, 14, "GET_STATE_BY_RANGE"),
        (Type::GetQueryResult, 15, "GET_QUERY_RESULT"),
        (Type::QueryStateNext, 16, "QUERY_STATE_NEXT"),
        (Type::QueryStateClose, 17, "QUERY_STATE_CLOSE"),
        (Type::Keepalive, 18, "KEEPALIVE"),
        (Type::GetHistoryForKey, 19, "GET_HISTORY_FOR_KEY"),
        (Type::GetStateMetadata, 20, "GET_STATE_METADATA"),
        (Type::PutStateMetadata, 21, "PUT_STATE_METADATA"),
        (Type::GetPrivateDataHash, 22, "GET_PRIVATE_DATA_HASH"),
        (Type::PurgePrivateData, 23, "PURGE_PRIVATE_DATA"),
        (Type::WriteBatchState, 24, "WRITE_BATCH_STATE"),
        (Type::GetStateMultiple, 25, "GET_STATE_MULTIPLE"),
    ];
    for (value, number, name) in types {
        assert_eq!((value as i32, value.as_str_name()), (number, name));
    }
    let known = (0..100).filter(|number| Type::try_from(*number).is_ok());
    assert_eq!(known.count(), types.len());
}

#[test]
fn shim_envelope() {
    let message = ChaincodeMessage {
        r#type: 24,
        timestamp: Some(prost_types::Timestamp {
            seconds: 1,
            nanos: 0,
        }),
        payload: "p".into(),
        txid: "t".into(),
        proposal: Some(protos::SignedProposal {
            proposal_bytes: "b".into(),
            signature: "s".into(),
        }),
        chaincode_event: Some(ChaincodeEvent {
            event_name: "e".into(),
            ..Default::default()
        }),
        channel_id: "c".into(),
    };
    let expected = r"1=24 2=\x08\x01 3=p 4=t 5=\n\x01b\x12\x01s 6=\x1a\x01e 7=c";
    assert_eq!(fields(&message), expected);
}

#[test]
fn ready_offers_the_batch_messages() {
    let offer = ChaincodeAdditionalParams {
        use_write_batch: true,
        max_size_write_batch: 1000,
        use_get_multiple_keys: true,
        max_size_get_multiple_keys: 1000,
    };
    assert_eq!(hex::encode(offer.encode_to_vec()), "080110e807180120e807");
}

#[test]
fn shim_calls() {
    let id = ChaincodeId {
        path: "p".into(),
        name: "n".into(),
        version: "v".into(),
    };
    assert_eq!(fields(&id), "1=p 2=n 3=v");
    let input = ChaincodeInput {
        args: vec!["f".into(), "a".into()],
        decorations: BTreeMap::from([("d".into(), "e".into())]),
        is_init: true,
    };
    assert_eq!(fields(&input), r"1=f 1=a 2=\n\x01d\x12\x01e 3=1");
    let response = Response {
        status: 200,
        message: "m".into(),
        payload: "p".into(),
    };
    assert_eq!(fields(&response), "1=200 2=m 3=p");
    let event = ChaincodeEvent {
        chaincode_id: "c".into(),
        tx_id: "t".into(),
        event_name: "e".into(),
        payload: "p".into(),
    };
    assert_eq!(fields(&event), "1=c 2=t 3=e 4=p");
}

#[test]
fn shim_state() {
    let key = String::from("k");
    let collection = String::from("c");
    let get = GetState {
        key: key.clone(),
        collection: collection.clone(),
    };
    assert_eq!(fields(&get), "1=k 2=c");
    let put = PutState {
        key: key.clone(),
        value: "v".into(),
        collection: collection.clone(),
    };
    assert_eq!(fields(&put), "1=k 2=v 3=c");
    let del = DelState {
        key: key.clone(),
        collection: collection.clone(),
    };
    assert_eq!(fields(&del), "1=k 2=c");
    let purge = PurgePrivateState {
        key: key.clone(),
        collection: collection.clone(),
    };
    assert_eq!(fields(&purge), "1=k 2=c");
    let get = GetStateMetadata {
        key: key.clone(),
        collection: collection.clone(),
    };
    assert_eq!(fields(&get), "1=k 2=c");
    let put = PutStateMetadata {
        key,
        collection,
        metadata: Some(metadata()),
    };
    assert_eq!(fields(&put), r"1=k 3=c 4=\n\x01m\x12\x01v");
    let found = StateMetadataResult {
        entries: vec![metadata()],
    };
    assert_eq!(fields(&found), r"1=\n\x01m\x12\x01v");
}

#[test]
fn shim_batches() {
    let record = WriteRecord {
        key: "k".into(),
        value: "v".into(),
        collection: "c".into(),
        metadata: Some(metadata()),
        r#type: write_record::Type::PurgePrivateData.into(),
    };
    assert_eq!(fields(&record), r"1=k 2=v 3=c 4=\n\x01m\x12\x01v 5=23");
    let kinds = [
        (write_record::Type::Undefined, 0),
        (write_record::Type::PutState, 9),
        (write_record::Type::DelState, 10),
        (write_record::Type::PutStateMetadata, 21),
        (write_record::Type::PurgePrivateData, 23),
    ];
    for (kind, number) in kinds {
        assert_eq!(kind as i32, number);
    }
    let record = WriteRecord {
        key: "k".into(),
        ..Default::default()
    };
    assert_eq!(fields(&WriteBatchState { rec: vec![record] }), r"1=\n\x01k");
    let get = GetStateMultiple {
        keys: vec!["k".into(), "l".into()],
        collection: "c".into(),
    };
    assert_eq!(fields(&get), "1=k 1=l 2=c");
    let found = GetStateMultipleResult {
        values: vec!["v".into(), "".into()],
    };
    assert_eq!(fields(&found), "1=v 1=");
}

#[test]
fn shim_queries() {
    let range = GetStateByRange {
        start_key: "s".into(),
        end_key: "e".into(),
        collection: "c".into(),
        metadata: "m".into(),
    };
    assert_eq!(fields(&range), "1=s 2=e 3=c 4=m");
    let query = GetQueryResult {
        query: "q".into(),
        collection: "c".into(),
        metadata: "m".into(),
    };
    assert_eq!(fields(&query), "1=q 2=c 3=m");
    let page = QueryMetadata {
        page_size: 7,
        bookmark: "b".into(),
    };
    assert_eq!(fields(&page), "1=7 2=b");
    let response = QueryResponse {
        results: vec![QueryResultBytes {
            result_bytes: "r".into(),
        }],
        has_more: true,
        id: "i".into(),
        metadata: "m".into(),
    };
    assert_eq!(fields(&response), r"1=\n\x01r 2=1 3=i 4=m");
    let metadata = QueryResponseMetadata {
        fetched_records_count: 3,
        bookmark: "b".into(),
    };
    assert_eq!(fields(&metadata), "1=3 2=b");
    let row = Kv {
        namespace: "n".into(),
        key: "k".into(),
        value: "v".into(),
    };
    assert_eq!(fields(&row), "1=n 2=k 3=v");
    let row = KeyModification {
        tx_id: "t".into(),
        value: "v".into(),
        timestamp: Some(prost_types::Timestamp {
            seconds: 1,
            nanos: 0,
        }),
        is_delete: true,
    };
    assert_eq!(fields(&row), r"1=t 2=v 3=\x08\x01 4=1");
}

#[test]
fn gateway_messages() {
    let endorse = gateway::EndorseRequest {
        transaction_id: "t".into(),
        channel_id: "c".into(),
        proposed_transaction: Some(protos::SignedProposal::default()),
        endorsing_organizations: vec!["o".into()],
    };
    assert_eq!(fields(&endorse), "1=t 2=c 3= 4=o");
    let status = gateway::CommitStatusRequest {
        transaction_id: "t".into(),
        channel_id: "c".into(),
        identity: "i".into(),
    };
    assert_eq!(fields(&status), "1=t 2=c 3=i");
    let result = TxValidationCode::MvccReadConflict.into();
    let status = gateway::CommitStatusResponse {
        result,
        block_number: 9,
    };
    assert_eq!(fields(&status), "1=11 2=9");
    let events = gateway::ChaincodeEventsRequest {
        channel_id: "c".into(),
        chaincode_id: "n".into(),
        identity: "i".into(),
        start_position: Some(Default::default()),
        after_transaction_id: "a".into(),
    };
    assert_eq!(fields(&events), "1=c 2=n 3=i 4= 5=a");
    let detail = gateway::ErrorDetail {
        address: "a".into(),
        msp_id: "m".into(),
        message: "t".into(),
    };
    assert_eq!(fields(&detail), "1=a 2=m 3=t");
}
