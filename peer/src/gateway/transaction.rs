//! From endorsements to what the client signs.

use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::common::{Envelope, Header, Payload};
use selvedge_protos::protos::{
    ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeProposalPayload, Endorsement,
    Transaction, TransactionAction,
};

/// The transaction without its signature. Transient data is not in it.
///
/// Fabric: internal/pkg/gateway/submit.go, prepareTransaction.
pub(super) fn prepare(
    header: Header,
    input: Bytes,
    proposal_response_payload: Bytes,
    endorsements: Vec<Endorsement>,
) -> Envelope {
    let visible = ChaincodeProposalPayload {
        input,
        ..Default::default()
    };
    let payload = ChaincodeActionPayload {
        chaincode_proposal_payload: visible.encode_to_vec().into(),
        action: Some(ChaincodeEndorsedAction {
            proposal_response_payload,
            endorsements,
        }),
    };
    let transaction = Transaction {
        actions: vec![TransactionAction {
            header: header.signature_header.clone(),
            payload: payload.encode_to_vec().into(),
        }],
    };
    let payload = Payload {
        header: Some(header),
        data: transaction.encode_to_vec().into(),
    };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    }
}
