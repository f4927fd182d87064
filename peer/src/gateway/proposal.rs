//! What the gateway reads of a proposal. It believes nothing of it: the endorsers judge.

use super::GatewayError;
use crate::wire::why;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::{ChannelHeader, Header};
use selvedge_protos::protos::{
    ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec, Proposal, SignedProposal,
};

/// A proposal as far as it is looked into.
pub(super) struct Unpacked {
    pub(super) signed: SignedProposal,
    pub(super) header: Header,
    pub(super) channel: String,
    pub(super) spec: Option<ChaincodeSpec>,
    pub(super) payload: ChaincodeProposalPayload,
}

impl Unpacked {
    /// `nothing` is said of a proposal that is not there. Fabric: internal/pkg/gateway/endorse.go, Endorse.
    pub(super) fn unpack(signed: Option<SignedProposal>, nothing: &str) -> Result<Self, String> {
        let signed = signed
            .filter(|signed| !signed.proposal_bytes.is_empty())
            .ok_or(nothing)?;
        let proposal: Proposal = decode("Proposal", &signed.proposal_bytes)?;
        let header: Header = decode("Header", &proposal.header)?;
        let channel: ChannelHeader = decode("ChannelHeader", &header.channel_header)?;
        let payload: ChaincodeProposalPayload =
            decode("ChaincodeProposalPayload", &proposal.payload)?;
        let invocation: ChaincodeInvocationSpec =
            decode("ChaincodeInvocationSpec", &payload.input)?;
        Ok(Self {
            signed,
            header,
            channel: channel.channel_id,
            spec: invocation.chaincode_spec,
            payload,
        })
    }

    /// Evaluate wants to know more than Endorse.
    ///
    /// Fabric: internal/pkg/gateway/evaluate.go, getChannelAndChaincodeFromSignedProposal.
    pub(super) fn for_evaluation(signed: Option<SignedProposal>) -> Result<Self, GatewayError> {
        let unpacked = Self::unpack(signed, "a signed proposal is required");
        let complete = unpacked.and_then(|unpacked| {
            let channel = &unpacked.channel;
            if channel.is_empty() {
                return Err("no channel id provided".to_owned());
            }
            let within = format!("channel id [{channel}]");
            let Some(spec) = &unpacked.spec else {
                return Err(format!("no chaincode spec is provided, {within}"));
            };
            match &spec.chaincode_id {
                None => Err(format!("no chaincode id is provided, {within}")),
                Some(id) if id.name.is_empty() => {
                    Err(format!("no chaincode name is provided, {within}"))
                }
                Some(_) => Ok(unpacked),
            }
        });
        complete.map_err(|why| {
            GatewayError::invalid(format!("failed to unpack transaction proposal: {why}"))
        })
    }

    /// Empty where the proposal names none.
    pub(super) fn chaincode(&self) -> &str {
        let spec = self.spec.as_ref();
        let id = spec.and_then(|spec| spec.chaincode_id.as_ref());
        id.map(|id| id.name.as_str()).unwrap_or_default()
    }

    pub(super) fn has_transient_data(&self) -> bool {
        !self.payload.transient_map.is_empty()
    }
}

fn decode<M: Message + Default>(layer: &str, bytes: &Bytes) -> Result<M, String> {
    M::decode(bytes.clone())
        .map_err(|error| format!("error unmarshalling {layer}: {}", why(&error)))
}
