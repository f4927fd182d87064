//! Is the proposal what it says it is, and did its creator sign it?
//!
//! Fabric: core/endorser/msgvalidation.go, Validate.

use super::proposal::Proposal;
use selvedge_identity::{Identity, MspError, tx_id};
use selvedge_protos::common::HeaderType;
use std::sync::Arc;

/// `Display` is the text behind `error validating proposal: `. The last two say no more than this on purpose; why goes
/// to the log.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidProposal {
    #[error("invalid header type {0}")]
    HeaderType(String),
    #[error("epoch is non-zero")]
    Epoch,
    #[error("nonce is empty")]
    NoNonce,
    #[error("creator is empty")]
    NoCreator,
    #[error("incorrectly computed txid '{found}' -- expected '{expected}'")]
    TxId { found: String, expected: String },
    #[error("empty proposal bytes")]
    NoBytes,
    #[error("empty signature bytes")]
    NoSignature,
    #[error("access denied: channel [{0}] creator org unknown, creator is malformed")]
    Creator(String),
    #[error("access denied: channel [{channel}] creator org [{msp_id}]")]
    Denied { channel: String, msp_id: String },
}

/// Checks header, transaction ID, creator and signature. `deserialize` knows the organisations that may propose here:
/// those of the channel, or only this peer's where there is no channel.
pub(super) fn validate(
    proposal: &Proposal,
    deserialize: impl FnOnce(&bytes::Bytes) -> Result<Arc<Identity>, MspError>,
    valid: impl FnOnce(&Identity) -> Result<(), MspError>,
) -> Result<(), InvalidProposal> {
    validate_headers(proposal)?;
    let channel = proposal.channel_id();
    let creator = deserialize(proposal.creator()).map_err(|error| {
        tracing::warn!(channel, tx_id = proposal.tx_id(), %error, "access denied: the creator is malformed");
        InvalidProposal::Creator(channel.to_owned())
    })?;
    let denied = |error: &dyn std::fmt::Display| {
        tracing::warn!(channel, tx_id = proposal.tx_id(), msp_id = creator.msp_id(), %error, "access denied");
        InvalidProposal::Denied {
            channel: channel.to_owned(),
            msp_id: creator.msp_id().to_owned(),
        }
    };
    valid(&creator).map_err(|error| denied(&error))?;
    creator
        .verify(&proposal.bytes, &proposal.signature)
        .map_err(|error| denied(&error))
}

fn validate_headers(proposal: &Proposal) -> Result<(), InvalidProposal> {
    let kind = proposal.channel_header.r#type;
    match HeaderType::try_from(kind) {
        Ok(HeaderType::EndorserTransaction | HeaderType::Config) => {}
        Ok(other) => return Err(InvalidProposal::HeaderType(other.as_str_name().to_owned())),
        Err(_) => return Err(InvalidProposal::HeaderType(kind.to_string())),
    }
    if proposal.channel_header.epoch != 0 {
        return Err(InvalidProposal::Epoch);
    }
    if proposal.signature_header.nonce.is_empty() {
        return Err(InvalidProposal::NoNonce);
    }
    if proposal.creator().is_empty() {
        return Err(InvalidProposal::NoCreator);
    }
    let expected = tx_id(&proposal.signature_header.nonce, proposal.creator());
    if proposal.tx_id() != expected {
        return Err(InvalidProposal::TxId {
            found: proposal.tx_id().to_owned(),
            expected,
        });
    }
    if proposal.bytes.is_empty() {
        return Err(InvalidProposal::NoBytes);
    }
    if proposal.signature.is_empty() {
        return Err(InvalidProposal::NoSignature);
    }
    Ok(())
}
