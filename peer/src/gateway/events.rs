use super::GatewayError;
use super::hub::{Events, Hub, is_complete};
use super::news::Told;
use super::server::Gateway;
use crate::endorser::acl;
use crate::node::Channel;
use crate::wire::why;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
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
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tonic::{Code, Status};

/// Responses as the client reads them.
pub(crate) type Answers = BoxStream<'static, Result<ChaincodeEventsResponse, Status>>;

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
        let listener = Listener {
            told: hub.listen(),
            hub: Arc::downgrade(&hub),
            channel: Arc::downgrade(&channel),
            matcher: Matcher::new(request),
            next: start,
            ended: false,
            _held: held,
        };
        Ok(stream::unfold(listener, Listener::answer).boxed())
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

/// One client's stream. It runs where the connection asks for more, and holds neither the channel nor the hub: a client
/// that reads nothing does not keep the peer from stopping.
struct Listener<T> {
    told: watch::Receiver<Told>,
    hub: Weak<Hub>,
    channel: Weak<Channel>,
    matcher: Matcher,
    next: u64,
    ended: bool,
    _held: T,
}

type Answer = Result<ChaincodeEventsResponse, Status>;

impl<T> Listener<T> {
    /// The next response; after an error there is none.
    async fn answer(mut self) -> Option<(Answer, Self)> {
        if self.ended {
            return None;
        }
        let answer = self.response().await.map_err(|error| {
            self.ended = true;
            error.into()
        });
        Some((answer, self))
    }

    async fn response(&mut self) -> Result<ChaincodeEventsResponse, GatewayError> {
        loop {
            self.wait().await?;
            let events = self.events().await?;
            let events = self.matcher.pick(&events);
            let block_number = self.next;
            self.next = block_number.saturating_add(1);
            if !events.is_empty() {
                return Ok(ChaincodeEventsResponse {
                    events,
                    block_number,
                });
            }
        }
    }

    /// For the next block.
    async fn wait(&mut self) -> Result<(), GatewayError> {
        let next = self.next;
        let told = self.told.wait_for(|told| told.ended || told.height > next);
        match told.await {
            Ok(told) if !told.ended => Ok(()),
            _ => Err(GatewayError::stopping()),
        }
    }

    async fn events(&mut self) -> Result<Events, GatewayError> {
        let number = self.next;
        let (hub, channel) = self
            .hub
            .upgrade()
            .zip(self.channel.upgrade())
            .ok_or_else(GatewayError::stopping)?;
        if let Some(events) = hub.events(number) {
            return Ok(events);
        }
        let closing = hub.closing();
        drop(hub);
        let read = tokio::task::spawn_blocking(move || {
            let events = read(&channel, number);
            drop(channel);
            drop(closing);
            events
        });
        let events = read.await.map_err(|error| error.to_string());
        events
            .and_then(|events| events)
            .map_err(|error| GatewayError::new(Code::Aborted, error))
    }
}

fn read(channel: &Channel, number: u64) -> Result<Events, String> {
    let block = channel.ledger().block_by_number(number);
    let block = block.map_err(|error| error.to_string())?;
    let block = block.ok_or_else(|| format!("block [{number}] is missing"))?;
    let block = ParsedBlock::parse(&block).map_err(|error| error.to_string())?;
    Ok(Arc::new(of_block(&block)))
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
