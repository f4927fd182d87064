use super::GatewayError;
use super::hub::{Events, Hub, is_complete};
use super::server::Gateway;
use crate::endorser::acl;
use crate::node::{Channel, Closing};
use crate::wire::why;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_ledger::ParsedBlock;
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload};
use selvedge_protos::gateway::{
    ChaincodeEventsRequest, ChaincodeEventsResponse, SignedChaincodeEventsRequest,
};
use selvedge_protos::orderer::{SeekPosition, seek_position::Type};
use selvedge_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ProposalResponsePayload, Transaction,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tonic::{Code, Status};

/// Responses that a client may be behind.
const AHEAD: usize = 8;

type Answers = mpsc::Receiver<Result<ChaincodeEventsResponse, Status>>;

impl Gateway {
    /// The events of a chaincode, from some block on, a response for each block that has any. `held` is dropped when the
    /// stream ends.
    ///
    /// Fabric: internal/pkg/gateway/chaincodeevents.go.
    pub(crate) fn chaincode_events(
        &self,
        signed: SignedChaincodeEventsRequest,
        held: impl Send + 'static,
    ) -> Result<Answers, GatewayError> {
        if signed.request.is_empty() {
            return Err(GatewayError::invalid(
                "a chaincode events request is required",
            ));
        }
        let request = ChaincodeEventsRequest::decode(signed.request.clone());
        let request = request.map_err(|error| {
            GatewayError::invalid(format!("invalid chaincode events request: {}", why(&error)))
        })?;
        let requester = SignedData {
            data: signed.request,
            identity: request.identity.clone(),
            signature: signed.signature,
        };
        let (resource, channel) = ("gateway/ChaincodeEvents", &request.channel_id);
        acl::check(self.peer(), resource, channel, &requester)
            .map_err(|error| GatewayError::new(Code::PermissionDenied, error.to_string()))?;
        let channel = self.peer().channel(channel);
        let channel =
            channel.ok_or_else(|| GatewayError::new(Code::NotFound, "Channel not found"))?;
        let hub = self.hub(&channel);
        let start = start(&channel, &request)?;
        let first = channel.ledger().first_block();
        if start < first {
            return Err(GatewayError::new(
                Code::Aborted,
                format!(
                    "cannot serve block [{start}]. The ledger is bootstrapped from a snapshot. First available block = [{first}]"
                ),
            ));
        }
        let (sender, answers) = mpsc::channel(AHEAD);
        let listener = Listener {
            hub,
            channel,
            matcher: Matcher::new(request),
            next: start,
            sender,
        };
        let closing = self.closing().clone();
        tokio::spawn(async move {
            listener.run(closing).await;
            drop(held);
        });
        Ok(answers)
    }
}

fn start(channel: &Channel, request: &ChaincodeEventsRequest) -> Result<u64, GatewayError> {
    let after = request.after_transaction_id.as_str();
    if !after.is_empty()
        && let Ok(Some(status)) = channel.ledger().tx_status(after)
    {
        return Ok(status.block);
    }
    let refused = |name: &str| {
        let message = format!("invalid start position type: *orderer.SeekPosition_{name}");
        Err(GatewayError::invalid(message))
    };
    let position = request.start_position.as_ref();
    match position.and_then(|SeekPosition { r#type }| r#type.as_ref()) {
        None | Some(Type::NextCommit(_)) => Ok(channel.ledger().height()),
        Some(Type::Specified(block)) => Ok(block.number),
        Some(Type::Oldest(_)) => refused("Oldest"),
        Some(Type::Newest(_)) => refused("Newest"),
    }
}

/// Which events a client asked for.
pub(super) struct Matcher {
    chaincode: String,
    /// Until this transaction's first event has passed there are none.
    after: Option<String>,
}

impl Matcher {
    pub(super) fn new(request: ChaincodeEventsRequest) -> Self {
        Self {
            chaincode: request.chaincode_id,
            after: Some(request.after_transaction_id).filter(|after| !after.is_empty()),
        }
    }

    pub(super) fn pick(&mut self, events: &[ChaincodeEvent]) -> Vec<ChaincodeEvent> {
        let matches = |event: &&ChaincodeEvent| match &self.after {
            Some(after) => {
                if event.tx_id == *after {
                    self.after = None;
                }
                false
            }
            None => event.chaincode_id == self.chaincode,
        };
        events.iter().filter(matches).cloned().collect()
    }
}

struct Listener {
    hub: Arc<Hub>,
    channel: Arc<Channel>,
    matcher: Matcher,
    next: u64,
    sender: mpsc::Sender<Result<ChaincodeEventsResponse, Status>>,
}

impl Listener {
    async fn run(mut self, closing: Closing) {
        let sender = self.sender.clone();
        let ended = tokio::select! {
            ended = self.send_all() => ended,
            () = sender.closed() => return,
            () = closing.closed() => Some(GatewayError::stopping()),
        };
        drop(self);
        if let Some(error) = ended {
            // A client that reads nothing does not keep the peer from stopping.
            let _ = sender.try_send(Err(error.into()));
        }
    }

    /// The error that ends the stream; none when the client went away.
    async fn send_all(&mut self) -> Option<GatewayError> {
        let mut height = self.hub.height();
        loop {
            let next = self.next;
            if height.wait_for(|height| *height > next).await.is_err() {
                return Some(GatewayError::stopping());
            }
            let events = match self.hub.events(next) {
                Some(events) => events,
                None => match self.read().await {
                    Ok(events) => events,
                    Err(error) => return Some(GatewayError::new(Code::Aborted, error)),
                },
            };
            let events = self.matcher.pick(&events);
            if !events.is_empty() {
                let response = ChaincodeEventsResponse {
                    events,
                    block_number: next,
                };
                if self.sender.send(Ok(response)).await.is_err() {
                    return None;
                }
            }
            self.next = next.saturating_add(1);
        }
    }

    async fn read(&self) -> Result<Events, String> {
        let (channel, number) = (Arc::clone(&self.channel), self.next);
        let read = tokio::task::spawn_blocking(move || {
            let block = channel.ledger().block_by_number(number);
            block.map_err(|error| error.to_string())
        });
        let block = read.await.map_err(|error| error.to_string())??;
        let block = block.ok_or_else(|| format!("block [{number}] is missing"))?;
        let block = ParsedBlock::parse(&block).map_err(|error| error.to_string())?;
        Ok(Arc::new(of_block(&block)))
    }
}

/// The events of a stored block's valid transactions.
pub(super) fn of_block(block: &ParsedBlock) -> Vec<ChaincodeEvent> {
    let codes = block.codes();
    let transactions = block.envelopes.iter().zip(codes.iter());
    let valid = transactions.filter(|(_, code)| **code == 0);
    valid
        .flat_map(|(envelope, _)| of_transaction(envelope))
        .collect()
}

/// What cannot be read has no event.
fn of_transaction(envelope: &Bytes) -> Vec<ChaincodeEvent> {
    let Ok(transaction) = transaction(envelope) else {
        return Vec::new();
    };
    let actions = transaction.actions.into_iter();
    actions
        .filter_map(|action| event(action.payload).ok())
        .filter(is_complete)
        .collect()
}

fn transaction(envelope: &Bytes) -> Result<Transaction, prost::DecodeError> {
    let envelope = Envelope::decode(envelope.clone())?;
    let payload = Payload::decode(envelope.payload)?;
    let header = payload.header.unwrap_or_default();
    let header = ChannelHeader::decode(header.channel_header)?;
    if header.r#type != HeaderType::EndorserTransaction as i32 {
        return Ok(Transaction::default());
    }
    Transaction::decode(payload.data)
}

fn event(payload: Bytes) -> Result<ChaincodeEvent, prost::DecodeError> {
    let payload = ChaincodeActionPayload::decode(payload)?;
    let endorsed = payload.action.unwrap_or_default();
    let response = ProposalResponsePayload::decode(endorsed.proposal_response_payload)?;
    let action = ChaincodeAction::decode(response.extension)?;
    ChaincodeEvent::decode(action.events)
}
