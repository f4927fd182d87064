//! What a transaction knows of itself, taken from the proposal that the peer forwards.

use bytes::Bytes;
use prost::Message as _;
use selvedge_interface::{Timestamp, Transaction};
use selvedge_protos::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use selvedge_protos::protos::{ChaincodeProposalPayload, Proposal, SignedProposal};
use selvedge_sdk::sha256;
use std::collections::BTreeMap;

/// Fabric: fabric-chaincode-go shim/stub.go newChaincodeStub, whose texts these are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProposalError {
    #[error("failed to extract Proposal from SignedProposal: {0}")]
    Proposal(prost::DecodeError),
    #[error("failed to extract Proposal fields: proposal header is nil")]
    NoHeader,
    #[error("failed to extract proposal header: {0}")]
    Header(prost::DecodeError),
    #[error("failed to extract channel header: {0}")]
    ChannelHeader(prost::DecodeError),
    #[error("invalid channel header type. Expected ENDORSER_TRANSACTION or CONFIG, received {0}")]
    HeaderType(String),
    #[error("failed to extract signature header: {0}")]
    SignatureHeader(prost::DecodeError),
    #[error("failed to extract proposal payload: {0}")]
    Payload(prost::DecodeError),
}

/// A transaction without a proposal knows only its IDs.
pub(crate) fn transaction(
    channel_id: String,
    tx_id: String,
    decorations: BTreeMap<String, Bytes>,
    signed: Option<&SignedProposal>,
) -> Result<Transaction, ProposalError> {
    let mut transaction = Transaction {
        tx_id,
        channel_id,
        decorations,
        ..Transaction::default()
    };
    if let Some(signed) = signed {
        read(&mut transaction, signed)?;
    }
    Ok(transaction)
}

fn read(transaction: &mut Transaction, signed: &SignedProposal) -> Result<(), ProposalError> {
    let proposal =
        Proposal::decode(signed.proposal_bytes.clone()).map_err(ProposalError::Proposal)?;
    if proposal.header.is_empty() {
        return Err(ProposalError::NoHeader);
    }
    let header = Header::decode(proposal.header).map_err(ProposalError::Header)?;
    let channel =
        ChannelHeader::decode(header.channel_header).map_err(ProposalError::ChannelHeader)?;
    check_type(channel.r#type)?;
    let signature =
        SignatureHeader::decode(header.signature_header).map_err(ProposalError::SignatureHeader)?;
    let payload =
        ChaincodeProposalPayload::decode(proposal.payload).map_err(ProposalError::Payload)?;
    let time = channel.timestamp.unwrap_or_default();
    transaction.timestamp = Timestamp {
        seconds: time.seconds,
        nanos: time.nanos,
    };
    let bound = [
        &signature.nonce[..],
        &signature.creator[..],
        &channel.epoch.to_le_bytes(),
    ];
    transaction.binding = Bytes::copy_from_slice(&sha256(&bound.concat()));
    transaction.creator = signature.creator;
    transaction.transient = payload.transient_map;
    transaction.signed_proposal = signed.encode_to_vec().into();
    Ok(())
}

fn check_type(number: i32) -> Result<(), ProposalError> {
    match HeaderType::try_from(number) {
        Ok(HeaderType::EndorserTransaction | HeaderType::Config) => Ok(()),
        Ok(other) => Err(ProposalError::HeaderType(other.as_str_name().to_owned())),
        Err(_) => Err(ProposalError::HeaderType(number.to_string())),
    }
}
