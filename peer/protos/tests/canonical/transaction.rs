//! Envelopes, by the type in their channel header.

use bytes::Bytes;
use selvedge_protos::common::{
    ChannelHeader, ConfigEnvelope, ConfigUpdateEnvelope, Envelope, Header, HeaderType, Payload,
};
use selvedge_protos::msp::SerializedIdentity;
use selvedge_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeEvent,
    ChaincodeHeaderExtension, ChaincodeInvocationSpec, ChaincodeProposalPayload,
    ProposalResponsePayload, Transaction,
};

use crate::blocks::signature_header;
use crate::config;
use crate::maps;
use crate::rwset;
use crate::tally::Tally;

pub(crate) fn envelope(tally: &mut Tally, bytes: &Bytes) {
    if let Some(envelope) = tally.exact::<Envelope>(bytes) {
        payload(tally, &envelope.payload);
    }
}

pub(crate) fn payload(tally: &mut Tally, bytes: &Bytes) {
    let Some(payload) = tally.exact::<Payload>(bytes) else {
        return;
    };
    let Some(channel) = payload
        .header
        .and_then(|header| channel_header(tally, &header))
    else {
        return;
    };
    match HeaderType::try_from(channel.r#type) {
        Ok(HeaderType::Config) => {
            if let Some(content) =
                tally.with_maps::<ConfigEnvelope>(&payload.data, &maps::CONFIG_ENVELOPE)
            {
                config::envelope(tally, &content);
            }
        }
        Ok(HeaderType::ConfigUpdate) if channel.tx_id.is_empty() => {
            if let Some(content) = tally.exact::<ConfigUpdateEnvelope>(&payload.data) {
                config::update(tally, &content);
            }
        }
        _ => transaction(tally, &payload.data),
    }
}

/// Both headers; the channel header is returned.
pub(crate) fn channel_header(tally: &mut Tally, header: &Header) -> Option<ChannelHeader> {
    signature_header(tally, &header.signature_header);
    let channel = tally.exact::<ChannelHeader>(&header.channel_header)?;
    tally.exact::<ChaincodeHeaderExtension>(&channel.extension);
    Some(channel)
}

fn transaction(tally: &mut Tally, bytes: &Bytes) {
    let Some(transaction) = tally.exact::<Transaction>(bytes) else {
        return;
    };
    for action in &transaction.actions {
        signature_header(tally, &action.header);
        let Some(payload) = tally.exact::<ChaincodeActionPayload>(&action.payload) else {
            continue;
        };
        proposal_payload(tally, &payload.chaincode_proposal_payload);
        if let Some(action) = &payload.action {
            endorsed_action(tally, action);
        }
    }
}

/// Returns the call, for those who look at its arguments.
pub(crate) fn proposal_payload(
    tally: &mut Tally,
    bytes: &Bytes,
) -> Option<ChaincodeInvocationSpec> {
    let payload = tally.with_maps::<ChaincodeProposalPayload>(bytes, &maps::PROPOSAL_PAYLOAD)?;
    tally.with_maps::<ChaincodeInvocationSpec>(&payload.input, &maps::INVOCATION)
}

fn endorsed_action(tally: &mut Tally, action: &ChaincodeEndorsedAction) {
    for endorsement in &action.endorsements {
        tally.exact::<SerializedIdentity>(&endorsement.endorser);
    }
    response_payload(tally, &action.proposal_response_payload);
}

pub(crate) fn response_payload(tally: &mut Tally, bytes: &Bytes) -> Option<ChaincodeAction> {
    let payload = tally.exact::<ProposalResponsePayload>(bytes)?;
    let action = tally.exact::<ChaincodeAction>(&payload.extension)?;
    tally.exact::<ChaincodeEvent>(&action.events);
    rwset::public(tally, &action.results);
    Some(action)
}
