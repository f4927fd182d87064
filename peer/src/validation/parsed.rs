use bytes::Bytes;
use selvedge_protos::{
    common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader},
    protos::{
        ChaincodeActionPayload, Endorsement, ProposalResponsePayload, Transaction,
        TxValidationCode as Code,
    },
    received,
};
use sha2::{Digest as _, Sha256};

/// An envelope whose headers are in order. Its signature has not been looked at.
#[derive(Debug)]
pub(super) struct ParsedEnvelope {
    /// The bytes the creator signed.
    pub(super) payload: Bytes,
    pub(super) signature: Bytes,
    pub(super) channel_header: ChannelHeader,
    /// Serialized `msp.SerializedIdentity`.
    pub(super) creator: Bytes,
    pub(super) nonce: Bytes,
    header: Header,
    /// `Payload.data`.
    pub(super) data: Bytes,
}

/// The one action of an endorser transaction.
#[derive(Debug)]
pub(super) struct ParsedAction {
    /// The bytes the endorsers signed, in front of their own identity.
    pub(super) response_payload: Bytes,
    pub(super) endorsements: Vec<Endorsement>,
    /// Serialized `protos.ChaincodeAction`.
    pub(super) extension: Bytes,
    /// Serialized `protos.ChaincodeProposalPayload`.
    pub(super) proposal: Bytes,
}

impl ParsedEnvelope {
    /// Fabric: core/common/validation/msgvalidation.go, ValidateTransaction and validateCommonHeader.
    pub(super) fn parse(envelope: &Bytes) -> Result<Self, Code> {
        let envelope =
            received::<Envelope>(envelope.clone()).map_err(|_| Code::InvalidOtherReason)?;
        let payload =
            received::<Payload>(envelope.payload.clone()).map_err(|_| Code::BadPayload)?;
        let header = payload.header.ok_or(Code::BadCommonHeader)?;
        let channel_header = received::<ChannelHeader>(header.channel_header.clone())
            .map_err(|_| Code::BadCommonHeader)?;
        let SignatureHeader { creator, nonce } =
            received::<SignatureHeader>(header.signature_header.clone())
                .map_err(|_| Code::BadCommonHeader)?;
        let known = [
            HeaderType::EndorserTransaction,
            HeaderType::ConfigUpdate,
            HeaderType::Config,
        ];
        let type_known = known
            .iter()
            .any(|known| channel_header.r#type == *known as i32);
        if !type_known || channel_header.epoch != 0 || nonce.is_empty() || creator.is_empty() {
            return Err(Code::BadCommonHeader);
        }
        Ok(Self {
            payload: envelope.payload,
            signature: envelope.signature,
            channel_header,
            creator,
            nonce,
            header,
            data: payload.data,
        })
    }

    pub(super) fn is(&self, header_type: HeaderType) -> bool {
        self.channel_header.r#type == header_type as i32
    }

    /// Whether the header names the ID that its nonce and creator make.
    pub(super) fn has_computed_tx_id(&self) -> bool {
        self.channel_header.tx_id == self.computed_tx_id()
    }

    pub(super) fn computed_tx_id(&self) -> String {
        compute_tx_id(&self.nonce, &self.creator)
    }

    /// Fabric: core/common/validation/msgvalidation.go, validateEndorserTransaction. A missing action panics a Go peer;
    /// here it is one more malformed transaction.
    pub(super) fn action(&self) -> Result<ParsedAction, Code> {
        self.try_action().ok_or(Code::InvalidEndorserTransaction)
    }

    fn try_action(&self) -> Option<ParsedAction> {
        let transaction = received::<Transaction>(self.data.clone()).ok()?;
        let [action] = <[_; 1]>::try_from(transaction.actions).ok()?;
        let signed = received::<SignatureHeader>(action.header.clone()).ok()?;
        if signed.nonce.is_empty() || signed.creator.is_empty() {
            return None;
        }
        let payload = received::<ChaincodeActionPayload>(action.payload).ok()?;
        let endorsed = payload.action?;
        let response =
            received::<ProposalResponsePayload>(endorsed.proposal_response_payload.clone()).ok()?;
        let proposal = payload.chaincode_proposal_payload;
        if proposal.is_empty() {
            return None;
        }
        let hash = Sha256::new()
            .chain_update(&self.header.channel_header)
            .chain_update(&action.header)
            .chain_update(&proposal)
            .finalize();
        (hash.as_slice() == response.proposal_hash.as_ref()).then_some(ParsedAction {
            response_payload: endorsed.proposal_response_payload,
            endorsements: endorsed.endorsements,
            extension: response.extension,
            proposal,
        })
    }
}

/// Lowercase hex of SHA-256 over nonce and creator. Fabric: protoutil/proputils.go, ComputeTxID.
pub fn compute_tx_id(nonce: &[u8], creator: &[u8]) -> String {
    hex::encode(
        Sha256::new()
            .chain_update(nonce)
            .chain_update(creator)
            .finalize(),
    )
}
