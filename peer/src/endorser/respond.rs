//! From a simulation to a proposal response.
//!
//! Fabric: core/endorser/endorser.go, ProcessProposalSuccessfullyOrError.

use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{Identity, SigningIdentity};
use selvedge_interface::Response;
use selvedge_protos::protos::{
    self, ChaincodeAction, ChaincodeEvent, ChaincodeId, ChaincodeInterest, Endorsement,
    ProposalResponse, ProposalResponsePayload,
};

/// All that the response is made of.
pub(super) struct Simulated<'a> {
    pub(super) proposal_hash: &'a [u8; 32],
    pub(super) tx_id: &'a str,
    pub(super) chaincode: &'a str,
    /// Of the definition; `syscc` for a system chaincode.
    pub(super) version: &'a str,
    pub(super) response: Response,
    pub(super) event: Option<(String, Bytes)>,
    /// Empty without a simulator.
    pub(super) results: Bytes,
    /// `None` without a simulator.
    pub(super) interest: Option<ChaincodeInterest>,
}

/// Who endorses.
pub(super) struct Signer<'a> {
    pub(super) key: &'a SigningIdentity,
    /// The same as a member of the channel, who remembers what was signed until it comes back in a block.
    pub(super) known: Option<&'a Identity>,
}

impl Simulated<'_> {
    /// The bytes that endorsers agree on and sign.
    fn payload(&self) -> Bytes {
        let event = self.event.as_ref().map(|(name, payload)| ChaincodeEvent {
            chaincode_id: self.chaincode.to_owned(),
            tx_id: self.tx_id.to_owned(),
            event_name: name.clone(),
            payload: payload.clone(),
        });
        let action = ChaincodeAction {
            results: self.results.clone(),
            events: event
                .map(|event| event.encode_to_vec())
                .unwrap_or_default()
                .into(),
            response: Some(message(&self.response)),
            chaincode_id: Some(ChaincodeId {
                path: String::new(),
                name: self.chaincode.to_owned(),
                version: self.version.to_owned(),
            }),
        };
        let payload = ProposalResponsePayload {
            proposal_hash: Bytes::copy_from_slice(self.proposal_hash),
            extension: action.encode_to_vec().into(),
        };
        payload.encode_to_vec().into()
    }

    /// Decides by status and channel what goes back, and signs what is endorsed.
    pub(super) fn respond(self, has_channel: bool, signer: Signer<'_>) -> ProposalResponse {
        let response = Some(message(&self.response));
        let status = self.response.status;
        if status >= Response::ERROR {
            let payload = self.payload();
            return ProposalResponse {
                response,
                payload,
                interest: self.interest,
                ..Default::default()
            };
        }
        if !has_channel || status >= Response::ERROR_THRESHOLD {
            return ProposalResponse {
                response,
                ..Default::default()
            };
        }
        let payload = self.payload();
        let endorsement = Some(endorse(&payload, signer));
        let interest = self.interest;
        ProposalResponse {
            version: 1,
            response,
            payload,
            endorsement,
            interest,
            ..Default::default()
        }
    }
}

/// Fabric's default endorsement plugin: core/handlers/endorsement/builtin/default_endorsement.go.
fn endorse(payload: &Bytes, signer: Signer<'_>) -> Endorsement {
    let Signer { key, known } = signer;
    let endorser = key.serialized().clone();
    let mut signed = Vec::with_capacity(payload.len() + endorser.len());
    signed.extend_from_slice(payload);
    signed.extend_from_slice(&endorser);
    let signature = match known {
        Some(identity) => identity.sign(key, &signed),
        None => key.sign(&signed),
    };
    Endorsement {
        endorser,
        signature: signature.into(),
    }
}

fn message(response: &Response) -> protos::Response {
    protos::Response {
        status: response.status,
        message: response.message.clone(),
        payload: response.payload.clone(),
    }
}

/// A failure of the peer itself.
pub(super) fn failure(text: impl ToString) -> ProposalResponse {
    let response = protos::Response {
        status: Response::ERROR,
        message: text.to_string(),
        payload: Bytes::new(),
    };
    ProposalResponse {
        response: Some(response),
        ..Default::default()
    }
}
