//! A signed proposal taken apart, layer by layer, in the order in which Fabric refuses them.
//!
//! What is hashed and verified are the bytes that arrived; nothing here is encoded again except the part of the payload
//! that Fabric itself re-encodes without the transient map.
//!
//! Fabric: core/endorser/msgvalidation.go, UnpackProposal.

use crate::wire::why;
use bytes::Bytes;
use prost::{DecodeError, Message};
use selvedge_interface::{Timestamp, Transaction};
use selvedge_protos::{
    common::{ChannelHeader, Header, SignatureHeader},
    protos::{
        self, ChaincodeHeaderExtension, ChaincodeInput, ChaincodeInvocationSpec,
        ChaincodeProposalPayload,
    },
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A proposal that has all its parts. Whether they are right is for `validate` to say.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The bytes of `protos.SignedProposal`.
    pub signed: Bytes,
    /// The signed bytes.
    pub bytes: Bytes,
    pub signature: Bytes,
    pub channel_header: ChannelHeader,
    pub signature_header: SignatureHeader,
    /// From the header extension. The name in the payload is not compared with it, as Fabric does not.
    pub chaincode: String,
    pub input: ChaincodeInput,
    pub transient: BTreeMap<String, Bytes>,
    /// SHA-256 over both headers as received and the payload without its transient map.
    pub hash: [u8; 32],
}

/// A layer that is missing or does not decode; `Display` is the text of the gRPC error.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnpackError {
    #[error("error unmarshalling {layer}: {}", why(source))]
    Decode {
        layer: &'static str,
        source: DecodeError,
    },
    #[error("ChaincodeHeaderExtension.ChaincodeId is nil")]
    NoChaincodeId,
    #[error("ChaincodeHeaderExtension.ChaincodeId.Name is empty")]
    NoChaincodeName,
    #[error("chaincode invocation spec did not contain chaincode spec")]
    NoChaincodeSpec,
    #[error("chaincode input did not contain any input")]
    NoInput,
}

fn decode<M: Message + Default>(layer: &'static str, bytes: &Bytes) -> Result<M, UnpackError> {
    M::decode(bytes.clone()).map_err(|source| UnpackError::Decode { layer, source })
}

pub(super) fn outer(proposal: &Bytes) -> Result<protos::Proposal, UnpackError> {
    decode("Proposal", proposal)
}

pub(super) fn header(proposal: &protos::Proposal) -> Result<Header, UnpackError> {
    decode("Header", &proposal.header)
}

pub(super) fn signature_header(header: &Header) -> Result<SignatureHeader, UnpackError> {
    decode("SignatureHeader", &header.signature_header)
}

pub(super) fn channel_header(header: &Header) -> Result<ChannelHeader, UnpackError> {
    decode("ChannelHeader", &header.channel_header)
}

impl Proposal {
    /// From the bytes of `protos.SignedProposal`.
    pub fn unpack(signed: Bytes) -> Result<Self, UnpackError> {
        let protos::SignedProposal {
            proposal_bytes: bytes,
            signature,
        } = decode("SignedProposal", &signed)?;
        let proposal = outer(&bytes)?;
        let header = header(&proposal)?;
        let channel_header = channel_header(&header)?;
        let signature_header = signature_header(&header)?;
        let chaincode = chaincode_name(&channel_header.extension)?;
        let payload: ChaincodeProposalPayload =
            decode("ChaincodeProposalPayload", &proposal.payload)?;
        let input = input(&payload.input)?;
        let hash = hash(&header, &payload.input);
        let transient = payload.transient_map.into_iter().collect();
        Ok(Self {
            signed,
            bytes,
            signature,
            channel_header,
            signature_header,
            chaincode,
            input,
            transient,
            hash,
        })
    }

    pub fn channel_id(&self) -> &str {
        &self.channel_header.channel_id
    }

    pub fn tx_id(&self) -> &str {
        &self.channel_header.tx_id
    }

    pub fn creator(&self) -> &Bytes {
        &self.signature_header.creator
    }

    /// What the chaincode may know of it. No decorators are configured, so there are no decorations, whatever the
    /// client put there.
    pub fn transaction(&self) -> Transaction {
        let timestamp = self.channel_header.timestamp.unwrap_or_default();
        Transaction {
            tx_id: self.tx_id().to_owned(),
            channel_id: self.channel_id().to_owned(),
            timestamp: Timestamp {
                seconds: timestamp.seconds,
                nanos: timestamp.nanos,
            },
            creator: self.creator().clone(),
            binding: self.binding(),
            transient: self.transient.clone(),
            decorations: BTreeMap::new(),
            signed_proposal: self.signed.clone(),
        }
    }

    /// Fabric: fabric-chaincode-go shim/stub.go, computeProposalBinding.
    fn binding(&self) -> Bytes {
        let mut hash = Sha256::new();
        hash.update(&self.signature_header.nonce);
        hash.update(self.creator());
        hash.update(self.channel_header.epoch.to_le_bytes());
        Bytes::copy_from_slice(&hash.finalize())
    }
}

fn chaincode_name(extension: &Bytes) -> Result<String, UnpackError> {
    let extension: ChaincodeHeaderExtension = decode("ChaincodeHeaderExtension", extension)?;
    let name = extension
        .chaincode_id
        .ok_or(UnpackError::NoChaincodeId)?
        .name;
    if name.is_empty() {
        Err(UnpackError::NoChaincodeName)
    } else {
        Ok(name)
    }
}

fn input(bytes: &Bytes) -> Result<ChaincodeInput, UnpackError> {
    let invocation: ChaincodeInvocationSpec = decode("ChaincodeInvocationSpec", bytes)?;
    let spec = invocation
        .chaincode_spec
        .ok_or(UnpackError::NoChaincodeSpec)?;
    spec.input.ok_or(UnpackError::NoInput)
}

fn hash(header: &Header, input: &Bytes) -> [u8; 32] {
    let visible = ChaincodeProposalPayload {
        input: input.clone(),
        ..Default::default()
    };
    let mut hash = Sha256::new();
    hash.update(&header.channel_header);
    hash.update(&header.signature_header);
    hash.update(visible.encode_to_vec());
    hash.finalize().into()
}

/// The chaincode that the *payload* names: what `qscc` and `cscc` compare with themselves to refuse calls from other
/// chaincode.
///
/// Fabric: protoutil/proputils.go, InvokedChaincodeName.
pub fn invoked_chaincode(proposal: &Bytes) -> Result<String, InvokedNameError> {
    let proposal: protos::Proposal = named("could not unmarshal proposal", proposal)?;
    let payload: ChaincodeProposalPayload = named(
        "could not unmarshal chaincode proposal payload",
        &proposal.payload,
    )?;
    let invocation: ChaincodeInvocationSpec = named(
        "could not unmarshal chaincode invocation spec",
        &payload.input,
    )?;
    let spec = invocation.chaincode_spec.ok_or(InvokedNameError::NoSpec)?;
    Ok(spec.chaincode_id.ok_or(InvokedNameError::NoId)?.name)
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvokedNameError {
    #[error("{doing}: {}", why(source))]
    Decode {
        doing: &'static str,
        source: DecodeError,
    },
    #[error("chaincode spec is nil")]
    NoSpec,
    #[error("chaincode id is nil")]
    NoId,
}

fn named<M: Message + Default>(doing: &'static str, bytes: &Bytes) -> Result<M, InvokedNameError> {
    M::decode(bytes.clone()).map_err(|source| InvokedNameError::Decode { doing, source })
}
