//! One transaction, on a thread of its own.

use super::Line;
use crate::host::StreamHost;
use crate::{MAX_MESSAGE, proposal};
use bytes::Bytes;
use prost::Message as _;
use selvedge_interface::{Input, Response};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{self, ChaincodeEvent, ChaincodeInput, ChaincodeMessage};
use selvedge_sdk::Chaincode;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What the Wasm engine answers when a component traps: peers that run the same contract in different ways agree.
const PANICKED: &str = "chaincode failed: the transaction trapped";

/// Runs the call in `message`. The answer is COMPLETED, or ERROR where there is no response.
pub(super) fn answer(
    chaincode: Chaincode,
    line: &Arc<Line>,
    message: ChaincodeMessage,
) -> ChaincodeMessage {
    let (tx_id, channel_id) = (message.txid.clone(), message.channel_id.clone());
    let answer = run(chaincode, line, message).unwrap_or_else(|text| Answer {
        kind: Type::Error,
        payload: text.into(),
        event: None,
    });
    fitting(ChaincodeMessage {
        r#type: answer.kind.into(),
        payload: answer.payload,
        txid: tx_id,
        channel_id,
        chaincode_event: answer.event,
        ..ChaincodeMessage::default()
    })
}

struct Answer {
    kind: Type,
    payload: Bytes,
    event: Option<ChaincodeEvent>,
}

fn run(
    chaincode: Chaincode,
    line: &Arc<Line>,
    message: ChaincodeMessage,
) -> Result<Answer, String> {
    let is_init = message.r#type() == Type::Init;
    let input = ChaincodeInput::decode(message.payload)
        .map_err(|error| format!("failed to unmarshal input: {error}"))?;
    let transaction = proposal::transaction(
        message.channel_id,
        message.txid,
        input.decorations,
        message.proposal.as_ref(),
    )
    .map_err(|error| format!("failed to create new ChaincodeStub: {error}"))?;
    let ticket = line
        .ticket(&transaction.channel_id, &transaction.tx_id)
        .ok_or_else(|| format!("[{}] channel exists", super::short(&transaction.tx_id)))?;
    let (host, event) = StreamHost::new(ticket, transaction);
    let input = Input {
        args: input.args,
        is_init,
    };
    // The panic's own message is on standard error, where the default hook writes it.
    let invoked = catch_unwind(AssertUnwindSafe(|| chaincode.invoke(Box::new(host), input)));
    let response = invoked.unwrap_or_else(|_| Response::error(PANICKED));
    let event = event.lock().take();
    Ok(completed(response, is_init, event))
}

/// Fabric: shim/handler.go handleInit, handleTransaction.
fn completed(response: Response, is_init: bool, event: Option<ChaincodeEvent>) -> Answer {
    if is_init && response.status >= Response::ERROR {
        return Answer {
            kind: Type::Error,
            payload: response.message.into(),
            event,
        };
    }
    let response = protos::Response {
        status: response.status,
        message: response.message,
        payload: response.payload,
    };
    Answer {
        kind: Type::Completed,
        payload: response.encode_to_vec().into(),
        event,
    }
}

/// An answer that is too large for the stream would end it for every transaction.
fn fitting(message: ChaincodeMessage) -> ChaincodeMessage {
    let size = message.encoded_len();
    if size <= MAX_MESSAGE {
        return message;
    }
    let text = format!(
        "the response of {size} bytes is larger than the {MAX_MESSAGE} allowed in a message"
    );
    ChaincodeMessage {
        r#type: Type::Error.into(),
        payload: text.into(),
        chaincode_event: None,
        ..message
    }
}
