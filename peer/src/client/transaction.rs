//! From endorsements to a transaction. Fabric: protoutil/txutils.go:CreateSignedTx, CreateSignedEnvelope.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::{
    ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader,
};
use selvedge_protos::protos::{
    ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeProposalPayload, ProposalResponse,
    Transaction, TransactionAction,
};

use super::proposal::sign;
use super::{ClientError, Fresh, Proposal};

/// Puts the endorsements of one proposal into a signed transaction.
///
/// # Errors
/// When there is no endorsement, a peer answered with an error, or the peers do not agree.
pub fn assemble(
    proposal: &Proposal,
    responses: &[ProposalResponse],
    signer: &SigningIdentity,
) -> Result<Envelope, ClientError> {
    let first = responses.first().ok_or(ClientError::NoResponses)?;
    for one in responses {
        let response = one.response.as_ref().ok_or(ClientError::NoResponse)?;
        if response.status < 200 || response.status >= 400 {
            return Err(ClientError::NotSuccessful {
                status: response.status,
                message: response.message.clone(),
            });
        }
        if one.payload != first.payload {
            return Err(ClientError::Mismatch(
                STANDARD.encode(&one.payload),
                STANDARD.encode(&first.payload),
            ));
        }
    }
    let action = ChaincodeEndorsedAction {
        proposal_response_payload: first.payload.clone(),
        endorsements: responses
            .iter()
            .filter_map(|one| one.endorsement.clone())
            .collect(),
    };
    // Without the transient map: that part never leaves the endorsing peers.
    let visible = ChaincodeProposalPayload {
        input: proposal.input.clone(),
        ..Default::default()
    };
    let payload = ChaincodeActionPayload {
        chaincode_proposal_payload: visible.encode_to_vec().into(),
        action: Some(action),
    };
    let action = TransactionAction {
        header: proposal.header.signature_header.clone(),
        payload: payload.encode_to_vec().into(),
    };
    let data = Transaction {
        actions: vec![action],
    }
    .encode_to_vec();
    envelope(proposal.header.clone(), data.into(), signer)
}

/// A signed message to a deliver or broadcast service.
///
/// # Errors
/// When the identity cannot sign.
pub fn signed_envelope(
    header_type: HeaderType,
    channel: &str,
    data: &impl Message,
    tls_cert_hash: Bytes,
    signer: &SigningIdentity,
    fresh: &Fresh,
) -> Result<Envelope, ClientError> {
    let channel_header = ChannelHeader {
        r#type: header_type.into(),
        timestamp: Some(fresh.now),
        channel_id: channel.to_owned(),
        tls_cert_hash,
        ..Default::default()
    };
    let signature_header = SignatureHeader {
        creator: signer.serialized().clone(),
        nonce: Bytes::copy_from_slice(&fresh.nonce),
    };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    };
    envelope(header, data.encode_to_vec().into(), signer)
}

fn envelope(
    header: Header,
    data: Bytes,
    signer: &SigningIdentity,
) -> Result<Envelope, ClientError> {
    let payload = Bytes::from(
        Payload {
            header: Some(header),
            data,
        }
        .encode_to_vec(),
    );
    let signature = sign(signer, &payload)?;
    Ok(Envelope { payload, signature })
}
