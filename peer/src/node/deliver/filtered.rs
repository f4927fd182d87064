use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::ParsedBlock;
use selvedge_protos::{
    common::{ChannelHeader, Envelope, HeaderType, Payload},
    protos::{
        ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, FilteredBlock,
        FilteredChaincodeAction, FilteredTransaction, FilteredTransactionActions,
        ProposalResponsePayload, Transaction, filtered_transaction,
    },
};

/// Part of a block that cannot be shown: the client is sent BAD_REQUEST in its place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("block [{block}], transaction [{tx}]: the {what} cannot be parsed")]
pub(super) struct Unreadable {
    block: u64,
    tx: usize,
    what: &'static str,
}

/// The slot of a block's metadata that holds one validation code per transaction.
const CODES: usize = 2;

/// What a client sees of a block without its contents: IDs, codes and the names of events.
///
/// Fabric: core/peer/deliverevents.go, toFilteredBlock.
pub(super) fn filter(block: &ParsedBlock) -> Result<FilteredBlock, Unreadable> {
    let number = block.header.number;
    let codes = block.metadata.get(CODES);
    let mut out = FilteredBlock {
        number,
        ..Default::default()
    };
    for (tx, envelope) in block.envelopes.iter().enumerate() {
        // Fabric leaves out what is no envelope at all.
        let Ok(envelope) = Envelope::decode(envelope.clone()) else {
            continue;
        };
        // NOT_VALIDATED where the peer wrote no code.
        let code = codes
            .and_then(|codes| codes.get(tx))
            .copied()
            .unwrap_or(254);
        let unreadable = |what| Unreadable {
            block: number,
            tx,
            what,
        };
        let payload = Payload::decode(envelope.payload).map_err(|_| unreadable("payload"))?;
        let Some(header) = payload.header else {
            continue;
        };
        let channel = ChannelHeader::decode(header.channel_header)
            .map_err(|_| unreadable("channel header"))?;
        out.channel_id.clone_from(&channel.channel_id);
        let transaction = filter_transaction(channel, payload.data, code).map_err(unreadable)?;
        out.filtered_transactions.push(transaction);
    }
    Ok(out)
}

fn filter_transaction(
    channel: ChannelHeader,
    data: Bytes,
    code: u8,
) -> Result<FilteredTransaction, &'static str> {
    let is_endorser = channel.r#type == HeaderType::EndorserTransaction as i32;
    let data = is_endorser.then(|| actions(data)).transpose()?;
    Ok(FilteredTransaction {
        txid: channel.tx_id,
        r#type: channel.r#type,
        tx_validation_code: i32::from(code),
        data: data.map(filtered_transaction::Data::TransactionActions),
    })
}

fn actions(data: Bytes) -> Result<FilteredTransactionActions, &'static str> {
    let transaction = Transaction::decode(data).map_err(|_| "transaction")?;
    let mut actions = Vec::new();
    for action in transaction.actions {
        let payload = ChaincodeActionPayload::decode(action.payload)
            .map_err(|_| "chaincode action payload")?;
        let Some(endorsed) = payload.action else {
            continue;
        };
        let response = ProposalResponsePayload::decode(endorsed.proposal_response_payload)
            .map_err(|_| "proposal response payload")?;
        let action = ChaincodeAction::decode(response.extension).map_err(|_| "chaincode action")?;
        let event = ChaincodeEvent::decode(action.events).map_err(|_| "chaincode event")?;
        if !event.chaincode_id.is_empty() {
            let event = ChaincodeEvent {
                payload: Bytes::new(),
                ..event
            };
            actions.push(FilteredChaincodeAction {
                chaincode_event: Some(event),
            });
        }
    }
    Ok(FilteredTransactionActions {
        chaincode_actions: actions,
    })
}
