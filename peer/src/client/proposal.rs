//! From a call to a signed proposal. Fabric: protoutil/proputils.go.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use selvedge_protos::protos::endorser_client::EndorserClient;
use selvedge_protos::protos::{
    self, ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput, ChaincodeInvocationSpec,
    ChaincodeProposalPayload, ChaincodeSpec, ProposalResponse, Response, SignedProposal,
};
use tonic::transport::Channel;

use super::{ClientError, Fresh};

/// The largest message Fabric's programs accept by default.
pub(super) const MAX_MESSAGE: usize = 100 * 1024 * 1024;

/// A function of a chaincode with its arguments.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Empty where no channel is involved, such as an install.
    pub channel: String,
    pub chaincode: String,
    /// The function is the first argument.
    pub args: Vec<Bytes>,
    /// Seen by the chaincode, never by the orderer.
    pub transient: BTreeMap<String, Bytes>,
    pub is_init: bool,
}

/// A proposal ready to be sent, and the parts that its transaction repeats.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub tx_id: String,
    pub signed: SignedProposal,
    pub(super) header: Header,
    pub(super) input: Bytes,
}

impl Proposal {
    /// Builds and signs. The transaction ID is the hash of nonce and creator.
    ///
    /// # Errors
    /// When the identity cannot sign.
    pub fn new(call: &Call, signer: &SigningIdentity, fresh: &Fresh) -> Result<Self, ClientError> {
        Self::of_type(HeaderType::EndorserTransaction, call, signer, fresh)
    }

    /// As [`Proposal::new`] with another header type; joining a channel uses CONFIG.
    ///
    /// # Errors
    /// When the identity cannot sign.
    pub fn of_type(
        header_type: HeaderType,
        call: &Call,
        signer: &SigningIdentity,
        fresh: &Fresh,
    ) -> Result<Self, ClientError> {
        let creator = signer.serialized().clone();
        let tx_id = selvedge_identity::tx_id(&fresh.nonce, &creator);
        let header = header(header_type, call, &tx_id, creator, fresh);
        let input = Bytes::from(invocation(call).encode_to_vec());
        let payload = ChaincodeProposalPayload {
            input: input.clone(),
            transient_map: call.transient.clone(),
        };
        let proposal = protos::Proposal {
            header: header.encode_to_vec().into(),
            payload: payload.encode_to_vec().into(),
            extension: Bytes::new(),
        };
        let proposal_bytes = Bytes::from(proposal.encode_to_vec());
        let signature = sign(signer, &proposal_bytes)?;
        Ok(Self {
            tx_id,
            signed: SignedProposal {
                proposal_bytes,
                signature,
            },
            header,
            input,
        })
    }
}

pub(super) fn sign(signer: &SigningIdentity, message: &[u8]) -> Result<Bytes, ClientError> {
    Ok(Bytes::from(signer.sign(message)))
}

fn header(
    header_type: HeaderType,
    call: &Call,
    tx_id: &str,
    creator: Bytes,
    fresh: &Fresh,
) -> Header {
    let extension = ChaincodeHeaderExtension {
        chaincode_id: Some(ChaincodeId {
            name: call.chaincode.clone(),
            ..Default::default()
        }),
    };
    let channel_header = ChannelHeader {
        r#type: header_type.into(),
        timestamp: Some(fresh.now),
        channel_id: call.channel.clone(),
        tx_id: tx_id.to_owned(),
        extension: extension.encode_to_vec().into(),
        ..Default::default()
    };
    let signature_header = SignatureHeader {
        creator,
        nonce: Bytes::copy_from_slice(&fresh.nonce),
    };
    Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    }
}

fn invocation(call: &Call) -> ChaincodeInvocationSpec {
    let input = ChaincodeInput {
        args: call.args.clone(),
        decorations: BTreeMap::new(),
        is_init: call.is_init,
    };
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId {
            name: call.chaincode.clone(),
            ..Default::default()
        }),
        input: Some(input),
        ..Default::default()
    };
    ChaincodeInvocationSpec {
        chaincode_spec: Some(spec),
    }
}

/// Asks one peer to endorse. A response with an error status is a result, not an error.
///
/// # Errors
/// When the peer cannot be reached, refuses the proposal, or answers without a response.
pub async fn process(
    channel: &Channel,
    address: &str,
    proposal: &SignedProposal,
) -> Result<(ProposalResponse, Response), ClientError> {
    let mut client = EndorserClient::new(channel.clone())
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let answer = client.process_proposal(proposal.clone()).await;
    let answer = answer
        .map_err(|status| ClientError::call(address, status))?
        .into_inner();
    let response = answer.response.clone().ok_or(ClientError::NoResponse)?;
    Ok((answer, response))
}
