//! The messages that the peer sends of its own accord.

use crate::Batching;
use prost::{DecodeError, Message};
use selvedge_interface::{Input, Transaction};
use selvedge_protos::protos::{
    ChaincodeAdditionalParams, ChaincodeInput, ChaincodeMessage, SignedProposal,
    chaincode_message::Type,
};

pub(super) fn registered() -> ChaincodeMessage {
    bare(Type::Registered)
}

pub(super) fn keepalive() -> ChaincodeMessage {
    bare(Type::Keepalive)
}

/// Says which of the newer requests the chaincode may make, and how large. Older shims take no notice.
pub(super) fn ready(batching: &Batching) -> ChaincodeMessage {
    let params = ChaincodeAdditionalParams {
        use_write_batch: batching.use_write_batch,
        max_size_write_batch: batching.max_size_write_batch,
        use_get_multiple_keys: batching.use_get_multiple_keys,
        max_size_get_multiple_keys: batching.max_size_get_multiple_keys,
    };
    ChaincodeMessage {
        payload: params.encode_to_vec().into(),
        ..bare(Type::Ready)
    }
}

/// TRANSACTION or INIT. Shims take creator, transient data and the rest from the proposal, whose bytes are those that
/// the client signed.
pub(super) fn call(
    transaction: &Transaction,
    input: Input,
    is_callee: bool,
) -> Result<ChaincodeMessage, DecodeError> {
    let kind = match input.is_init {
        true => Type::Init,
        false => Type::Transaction,
    };
    let proposal = match transaction.signed_proposal.is_empty() {
        true => None,
        false => Some(SignedProposal::decode(transaction.signed_proposal.clone())?),
    };
    let input = ChaincodeInput {
        args: input.args,
        decorations: match is_callee {
            true => Default::default(),
            false => transaction.decorations.clone(),
        },
        is_init: input.is_init,
    };
    Ok(ChaincodeMessage {
        payload: input.encode_to_vec().into(),
        txid: transaction.tx_id.clone(),
        channel_id: transaction.channel_id.clone(),
        proposal,
        ..bare(kind)
    })
}

fn bare(kind: Type) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind.into(),
        ..ChaincodeMessage::default()
    }
}
