//! What is wrong with the form of a transaction, in words.

use super::explain::who;
use super::parsed::ParsedEnvelope;
use super::transaction::other_channel;
use super::world::World;
use bytes::Bytes;
use selvedge_protos::{
    common::{ChannelHeader, Envelope, Payload, SignatureHeader},
    protos::{
        ChaincodeAction, ChaincodeActionPayload, ChaincodeHeaderExtension, Transaction,
        TxValidationCode as Code,
    },
    received,
};

/// Of an envelope whose headers are not in order.
pub(super) fn of_form(bytes: &Bytes) -> String {
    let Ok(envelope) = received::<Envelope>(bytes.clone()) else {
        return "its envelope cannot be decoded".to_owned();
    };
    let Ok(payload) = received::<Payload>(envelope.payload) else {
        return "its payload cannot be decoded".to_owned();
    };
    let Some(header) = payload.header else {
        return "it has no header".to_owned();
    };
    let Ok(channel) = received::<ChannelHeader>(header.channel_header) else {
        return "its channel header cannot be decoded".to_owned();
    };
    let Ok(signed) = received::<SignatureHeader>(header.signature_header) else {
        return "its signature header cannot be decoded".to_owned();
    };
    if channel.epoch != 0 {
        return format!("its epoch is {}, and must be 0", channel.epoch);
    }
    if signed.nonce.is_empty() {
        return "it has no nonce".to_owned();
    }
    if signed.creator.is_empty() {
        return "it has no creator".to_owned();
    }
    format!("its header type {} belongs in no block", channel.r#type)
}

/// Of a creator who is nobody, or did not sign.
pub(super) fn of_creator(envelope: &ParsedEnvelope, world: &World<'_>) -> String {
    let channel = &envelope.channel_header.channel_id;
    let other = other_channel(envelope, world);
    let msps = match &other {
        Some(other) => other.msps(),
        None if channel == world.config.channel_id() => world.config.msps(),
        None => return format!("its header names channel [{channel}], which is not known here"),
    };
    let creator = match msps.deserialize(&envelope.creator) {
        Ok(creator) => creator,
        Err(error) => return format!("its creator is not known: {error}"),
    };
    let name = who(&envelope.creator, msps);
    if let Err(error) = creator.validate() {
        return format!("its creator {name} is not valid: {error}");
    }
    match creator.verify(&envelope.payload, &envelope.signature) {
        Err(error) => format!("the signature of {name} is not good: {error}"),
        Ok(()) => format!("its creator {name} signed it"),
    }
}

/// Of an endorser transaction without one well-formed action.
pub(super) fn of_action(envelope: &ParsedEnvelope) -> String {
    let Ok(transaction) = received::<Transaction>(envelope.data.clone()) else {
        return "its transaction cannot be decoded".to_owned();
    };
    let [action] = transaction.actions.as_slice() else {
        let count = transaction.actions.len();
        return format!("it has {count} actions, and must have one");
    };
    let signed = received::<SignatureHeader>(action.header.clone());
    if !signed.is_ok_and(|header| !header.nonce.is_empty() && !header.creator.is_empty()) {
        return "the header of its action is not one with nonce and creator".to_owned();
    }
    let Ok(payload) = received::<ChaincodeActionPayload>(action.payload.clone()) else {
        return "the payload of its action cannot be decoded".to_owned();
    };
    match payload.action {
        None => "its action has no response".to_owned(),
        Some(_) if payload.chaincode_proposal_payload.is_empty() => {
            "its action has no proposal".to_owned()
        }
        Some(_) => "the response is not one to the proposal: its hash is another".to_owned(),
    }
}

/// Of a response that does not fit its proposal.
pub(super) fn of_dispatch(envelope: &ParsedEnvelope, extension: &Bytes, code: Code) -> String {
    let header = envelope.channel_header.extension.clone();
    let named = received::<ChaincodeHeaderExtension>(header).unwrap_or_default();
    let action = received::<ChaincodeAction>(extension.clone()).unwrap_or_default();
    let name = |id: Option<selvedge_protos::protos::ChaincodeId>| id.unwrap_or_default();
    let (named, ran) = (name(named.chaincode_id), name(action.chaincode_id));
    match code {
        Code::BadHeaderExtension => "the extension of its header cannot be decoded".to_owned(),
        Code::BadResponsePayload => "its response names no chaincode action".to_owned(),
        Code::BadRwset => "its read-write set cannot be decoded".to_owned(),
        Code::IllegalWriteset => "its read-write set names a namespace twice".to_owned(),
        Code::InvalidChaincode if named.name != ran.name => format!(
            "its header names chaincode [{}], its response [{}]",
            named.name, ran.name
        ),
        Code::InvalidChaincode if named.name.is_empty() => "it names no chaincode".to_owned(),
        Code::InvalidChaincode => format!("its response names no version of [{}]", ran.name),
        _ if action.events.is_empty() => "a chaincode is missing in header or response".to_owned(),
        _ => format!("its event is not one of chaincode [{}]", named.name),
    }
}
