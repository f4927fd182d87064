//! One stream with one peer: its states, its transactions, and who waits for which answer.
//!
//! Fabric: fabric-chaincode-go shim/handler.go, which this follows message by message.

mod crew;
mod line;
mod offers;
mod running;
mod work;

pub(crate) use crew::Crew;
pub(crate) use line::{Line, Ticket, short};
pub(crate) use offers::Offers;
pub(crate) use running::Running;

use crate::ChatError;
use prost::Message as _;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{ChaincodeId, ChaincodeMessage};
use selvedge_sdk::Chaincode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio_stream::{Stream, StreamExt as _};

/// How long a peer may take to hang up after we did.
const FAREWELL: Duration = Duration::from_secs(1);

/// The first message of every chat, whoever dialled.
pub(crate) fn register(chaincode_id: &str) -> ChaincodeMessage {
    let id = ChaincodeId {
        name: chaincode_id.to_owned(),
        ..ChaincodeId::default()
    };
    ChaincodeMessage {
        r#type: Type::Register.into(),
        payload: id.encode_to_vec().into(),
        ..ChaincodeMessage::default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Established,
    Ready,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Established => "established",
            Self::Ready => "ready",
        }
    }
}

/// Answers a peer until the stream ends; REGISTER is already on its way. Transactions run beside it, any number at
/// once; the loop itself never waits for one.
pub(crate) async fn converse(
    chaincode: Chaincode,
    outbound: UnboundedSender<ChaincodeMessage>,
    mut inbound: impl Stream<Item = Result<ChaincodeMessage, tonic::Status>> + Unpin,
    running: &Running,
) -> ChatError {
    let mut chat = Chat {
        chaincode,
        line: Arc::new(Line::new(outbound, running.clone())),
        running: running.clone(),
        state: State::Created,
    };
    let end = loop {
        match inbound.next().await {
            None => break ChatError::Ended,
            Some(Err(status)) => break ChatError::Receive(status.message().to_owned()),
            Some(Ok(message)) => {
                if let Err(error) = chat.take(message) {
                    break error;
                }
            }
        }
    };
    drop(chat);
    // Leaving at once would reset the stream, and what was said last would not arrive.
    let farewell = async { while inbound.next().await.is_some_and(|message| message.is_ok()) {} };
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    end
}

struct Chat {
    chaincode: Chaincode,
    line: Arc<Line>,
    running: Running,
    state: State,
}

/// However the chat ends, also when its future is dropped.
impl Drop for Chat {
    fn drop(&mut self) {
        self.line.hang_up();
    }
}

impl Chat {
    fn take(&mut self, message: ChaincodeMessage) -> Result<(), ChatError> {
        let kind = message.r#type();
        if kind == Type::Keepalive {
            self.line.send(message);
            return Ok(());
        }
        let tx_id = message.txid.clone();
        let outcome = match (self.state, kind) {
            (State::Created, Type::Registered) => {
                self.state = State::Established;
                Ok(())
            }
            (State::Established, Type::Ready) => {
                self.line.offer(Offers::read(&message.payload));
                self.state = State::Ready;
                Ok(())
            }
            (State::Ready, Type::Response | Type::Error) => self.line.deliver(message),
            (State::Ready, Type::Init | Type::Transaction) => {
                self.start(message);
                Ok(())
            }
            _ => Err(ChatError::Unexpected {
                tx_id: tx_id.clone(),
                kind: kind.as_str_name().to_owned(),
                state: self.state.name(),
            }),
        };
        outcome.inspect_err(|error| self.line.complain(tx_id, error))
    }

    fn start(&self, message: ChaincodeMessage) {
        let (chaincode, line) = (self.chaincode, Arc::clone(&self.line));
        self.running.start(move || {
            let answer = work::answer(chaincode, &line, message);
            line.send(answer);
        });
    }
}
