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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::collections::BTreeMap;

    #[test]
    fn ready_has_the_bytes_that_fabrics_has() {
        let message = ready(&Batching::default());
        assert_eq!(message.r#type(), Type::Ready);
        assert_eq!(hex::encode(&message.payload), "080110e807180120e807");
        let neither = Batching {
            use_write_batch: false,
            use_get_multiple_keys: false,
            ..Batching::default()
        };
        assert_eq!(hex::encode(ready(&neither).payload), "10e80720e807");
    }

    #[test]
    fn a_call_carries_the_proposal_as_it_was_signed() {
        let signed = SignedProposal {
            proposal_bytes: "the proposal".into(),
            signature: "the signature".into(),
        };
        let transaction = Transaction {
            tx_id: "tx".to_owned(),
            channel_id: "ch".to_owned(),
            decorations: BTreeMap::from([("d".to_owned(), Bytes::from("v"))]),
            signed_proposal: signed.encode_to_vec().into(),
            ..Transaction::default()
        };
        let input = |is_init| Input {
            args: vec!["f".into()],
            is_init,
        };
        let message = call(&transaction, input(false), false).unwrap();
        assert_eq!(message.r#type(), Type::Transaction);
        assert_eq!(
            (message.txid.as_str(), message.channel_id.as_str()),
            ("tx", "ch")
        );
        assert_eq!(message.proposal, Some(signed));
        let decorated = ChaincodeInput::decode(message.payload).unwrap();
        assert_eq!(decorated.args, ["f"]);
        assert_eq!(decorated.decorations, transaction.decorations);
        let init = call(&transaction, input(true), false).unwrap();
        assert_eq!(init.r#type(), Type::Init);
        assert!(ChaincodeInput::decode(init.payload).unwrap().is_init);
        let callee = call(&transaction, input(false), true).unwrap();
        let callee = ChaincodeInput::decode(callee.payload).unwrap();
        assert!(callee.decorations.is_empty(), "a callee has none");
        let broken = Transaction {
            signed_proposal: "\u{ff}".into(),
            ..transaction
        };
        assert!(call(&broken, input(false), false).is_err());
    }
}
