//! Transactions and blocks that carry what a target was given.

use bytes::Bytes;
use prost::Message;
use selvedge_ledger::{Ledger, data_hash};
use selvedge_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, ChannelHeader, Envelope, Header, HeaderType,
    Payload,
};
use selvedge_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ProposalResponsePayload,
    Transaction, TransactionAction,
};

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// An endorser transaction with these results. Nobody signed it.
pub(crate) fn with_results(tx_id: &str, results: Bytes) -> Bytes {
    let action = ChaincodeAction {
        results,
        ..ChaincodeAction::default()
    };
    let response = ProposalResponsePayload {
        extension: bytes(&action),
        ..ProposalResponsePayload::default()
    };
    let payload = ChaincodeActionPayload {
        action: Some(ChaincodeEndorsedAction {
            proposal_response_payload: bytes(&response),
            ..ChaincodeEndorsedAction::default()
        }),
        ..ChaincodeActionPayload::default()
    };
    let transaction = Transaction {
        actions: vec![TransactionAction {
            payload: bytes(&payload),
            ..TransactionAction::default()
        }],
    };
    let channel_header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction as i32,
        channel_id: "golden".to_owned(),
        tx_id: tx_id.to_owned(),
        ..ChannelHeader::default()
    };
    let payload = Payload {
        header: Some(Header {
            channel_header: bytes(&channel_header),
            ..Header::default()
        }),
        data: bytes(&transaction),
    };
    bytes(&Envelope {
        payload: bytes(&payload),
        ..Envelope::default()
    })
}

/// The results of a recorded endorser transaction.
pub(crate) fn results_of(envelope: &Bytes) -> Option<Bytes> {
    let envelope = Envelope::decode(envelope.clone()).ok()?;
    let payload = Payload::decode(envelope.payload).ok()?;
    let transaction = Transaction::decode(payload.data).ok()?;
    let action = transaction.actions.into_iter().next()?;
    let payload = ChaincodeActionPayload::decode(action.payload).ok()?;
    let response = payload.action?.proposal_response_payload;
    let response = ProposalResponsePayload::decode(response).ok()?;
    let action = ChaincodeAction::decode(response.extension).ok()?;
    Some(action.results).filter(|results| !results.is_empty())
}

/// The block that comes next.
pub(crate) fn next_block(ledger: &Ledger, envelopes: Vec<Bytes>) -> Block {
    let info = ledger.chain_info().unwrap();
    Block {
        header: Some(BlockHeader {
            number: info.height,
            previous_hash: info.current_block_hash,
            data_hash: Bytes::copy_from_slice(&data_hash(&envelopes)),
        }),
        data: Some(BlockData { data: envelopes }),
        metadata: Some(BlockMetadata {
            metadata: vec![Bytes::new(); 5],
        }),
    }
}
