//! From REGISTER to COMPLETED.

use crate::peer::{Program, offers};
use prost::Message as _;
use selvedge_protos::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{
    ChaincodeInput, ChaincodeMessage, ChaincodeProposalPayload, GetState, Proposal, PutState,
    SignedProposal,
};
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test]
async fn a_transaction_reads_writes_and_answers() {
    let mut program = Program::ready(Some(offers(1000))).await;
    let chat = &mut program.chat;
    chat.run(
        Type::Transaction,
        "tx1",
        &json!([["copy", "a", "b"], ["event", "copied", "now"]]),
    );
    let get: GetState = chat.asked(Type::GetState).await;
    assert_eq!((get.key.as_str(), get.collection.as_str()), ("a", ""));
    chat.say(Type::Response, "tx1", b"value");
    let put: PutState = chat.asked(Type::PutState).await;
    assert_eq!((put.key.as_str(), put.value.as_ref()), ("b", &b"value"[..]));
    chat.say(Type::Response, "tx1", b"");
    let completed = chat.expect(Type::Completed).await;
    assert_eq!(
        (completed.txid.as_str(), completed.channel_id.as_str()),
        ("tx1", "ch")
    );
    let event = completed.chaincode_event.unwrap();
    assert_eq!(
        (event.event_name.as_str(), event.payload.as_ref()),
        ("copied", &b"now"[..])
    );
}

#[tokio::test]
async fn many_transactions_take_turns_on_one_stream() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    let ids: Vec<String> = (0..40).map(|number| format!("tx{number}")).collect();
    for id in &ids {
        chat.run(Type::Transaction, id, &json!([["get", id], ["txid"]]));
    }
    let mut asked = Vec::new();
    for _ in &ids {
        let message = chat.expect(Type::GetState).await;
        let get = GetState::decode(message.payload).unwrap();
        assert_eq!(get.key, message.txid);
        asked.push(message.txid);
    }
    // Answered in another order than asked.
    asked.reverse();
    for id in &asked {
        chat.say(Type::Response, id, id.as_bytes());
    }
    let mut done = Vec::new();
    for _ in &ids {
        let message = chat.expect(Type::Completed).await;
        let response = selvedge_protos::protos::Response::decode(message.payload).unwrap();
        let hex: String = message
            .txid
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(response.payload, json!([hex, message.txid]).to_string());
        done.push(message.txid);
    }
    done.sort();
    let mut ids = ids;
    ids.sort();
    assert_eq!(done, ids);
}

#[tokio::test]
async fn the_same_transaction_on_two_channels_is_two() {
    let mut program = Program::ready(None).await;
    let chat = &mut program.chat;
    let on = |channel: &str, kind: Type, payload: Vec<u8>| ChaincodeMessage {
        r#type: kind.into(),
        txid: "tx".to_owned(),
        channel_id: channel.to_owned(),
        payload: payload.into(),
        ..ChaincodeMessage::default()
    };
    let input = ChaincodeInput {
        args: vec![
            "run".into(),
            json!([["get", "k"], ["channel"]]).to_string().into(),
        ],
        ..ChaincodeInput::default()
    };
    for channel in ["one", "two"] {
        chat.send(on(channel, Type::Transaction, input.encode_to_vec()));
    }
    let mut channels = Vec::new();
    for _ in 0..2 {
        channels.push(chat.expect(Type::GetState).await.channel_id);
    }
    for channel in channels {
        chat.send(on(&channel, Type::Response, channel.clone().into_bytes()));
    }
    for _ in 0..2 {
        let message = chat.expect(Type::Completed).await;
        let response = selvedge_protos::protos::Response::decode(message.payload).unwrap();
        let text = String::from_utf8(response.payload.to_vec()).unwrap();
        assert!(
            text.ends_with(&format!(",\"{}\"]", message.channel_id)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_keepalive_comes_back() {
    let mut program = Program::ready(None).await;
    program.chat.say(Type::Keepalive, "", b"");
    program.chat.expect(Type::Keepalive).await;
}

fn proposal(kind: HeaderType) -> SignedProposal {
    let channel = ChannelHeader {
        r#type: kind.into(),
        timestamp: Some(prost_types(5, 6)),
        epoch: 7,
        ..ChannelHeader::default()
    };
    let signature = SignatureHeader {
        creator: "creator".into(),
        nonce: "nonce".into(),
    };
    let header = Header {
        channel_header: channel.encode_to_vec().into(),
        signature_header: signature.encode_to_vec().into(),
    };
    let payload = ChaincodeProposalPayload {
        transient_map: BTreeMap::from([("secret".to_owned(), "hush".into())]),
        ..ChaincodeProposalPayload::default()
    };
    let proposal = Proposal {
        header: header.encode_to_vec().into(),
        payload: payload.encode_to_vec().into(),
        ..Proposal::default()
    };
    SignedProposal {
        proposal_bytes: proposal.encode_to_vec().into(),
        signature: "signature".into(),
    }
}

fn prost_types(seconds: i64, nanos: i32) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos }
}

fn with(proposal: SignedProposal) -> ChaincodeMessage {
    let operations = json!([["ts"], ["transient", "secret"], ["binding"]]);
    let input = ChaincodeInput {
        args: vec!["run".into(), operations.to_string().into()],
        ..ChaincodeInput::default()
    };
    ChaincodeMessage {
        r#type: Type::Transaction.into(),
        txid: "tx".to_owned(),
        channel_id: "ch".to_owned(),
        payload: input.encode_to_vec().into(),
        proposal: Some(proposal),
        ..ChaincodeMessage::default()
    }
}

#[tokio::test]
async fn what_the_proposal_says_reaches_the_contract() {
    let mut program = Program::ready(None).await;
    program
        .chat
        .send(with(proposal(HeaderType::EndorserTransaction)));
    // SHA-256 of "noncecreator" and 7 as eight little-endian bytes.
    let binding = selvedge_sdk::sha256(b"noncecreator\x07\0\0\0\0\0\0\0");
    let binding: String = binding.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        program.chat.results().await,
        json!([[5, 6], "68757368", binding])
    );
}

#[tokio::test]
async fn a_proposal_that_is_none_fails_its_transaction_in_the_words_of_fabrics_shim() {
    let mut program = Program::ready(None).await;
    let garbage = SignedProposal {
        proposal_bytes: b"\xff"[..].into(),
        ..SignedProposal::default()
    };
    for (proposal, text) in [
        (
            proposal(HeaderType::Message),
            "failed to create new ChaincodeStub: invalid channel header type. Expected ENDORSER_TRANSACTION or CONFIG, received MESSAGE",
        ),
        (
            SignedProposal::default(),
            "failed to create new ChaincodeStub: failed to extract Proposal fields: proposal header is nil",
        ),
        (
            garbage,
            "failed to create new ChaincodeStub: failed to extract Proposal from SignedProposal: ",
        ),
    ] {
        program.chat.send(with(proposal));
        let error = program.chat.expect(Type::Error).await;
        let error = String::from_utf8(error.payload.to_vec()).unwrap();
        assert!(error.starts_with(text), "{error}");
    }
    program.chat.run(Type::Transaction, "next", &json!([]));
    assert_eq!(program.chat.results().await, json!([]));
}
