use super::filtered::filter;
use super::handler::{Chain, View};
use super::member_data;
use crate::endorser::acl;
use crate::node::{Channel, Peer};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{SignedData, expires_at};
use selvedge_ledger::ParsedBlock;
use selvedge_protos::common::{Block, Status};
use selvedge_protos::protos::{DeliverResponse, deliver_response::Type};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::watch;

/// In which form a peer shows its blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    Filtered,
    WithPrivateData,
}

/// The channels of a peer as one of its Deliver services shows them.
#[derive(Debug)]
pub(crate) struct PeerBlocks {
    pub(crate) peer: Arc<Peer>,
    pub(crate) form: Form,
}

impl View for PeerBlocks {
    type Response = DeliverResponse;

    fn chain(&self, channel_id: &str) -> Option<Arc<dyn Chain>> {
        let channel = self.peer.channel(channel_id)?;
        let resource = match self.form {
            Form::Filtered => "event/FilteredBlock",
            Form::Whole | Form::WithPrivateData => "event/Block",
        };
        Some(Arc::new(Readable {
            peer: Arc::clone(&self.peer),
            channel,
            resource,
        }))
    }

    fn status(&self, status: Status) -> DeliverResponse {
        DeliverResponse {
            r#type: Some(Type::Status(status as i32)),
        }
    }

    fn block(
        &self,
        channel_id: &str,
        block: Block,
        requester: &SignedData,
    ) -> Result<DeliverResponse, tonic::Status> {
        let shown = match self.form {
            Form::Whole => Type::Block(block),
            Form::Filtered => return self.filtered(channel_id, block),
            Form::WithPrivateData => {
                let channel = self.peer.channel(channel_id);
                let channel = channel.ok_or_else(|| tonic::Status::unknown("channel not found"))?;
                let shown = member_data::attach(&channel, block, requester);
                Type::BlockAndPrivateData(shown.map_err(tonic::Status::unknown)?)
            }
        };
        Ok(DeliverResponse {
            r#type: Some(shown),
        })
    }
}

impl PeerBlocks {
    /// What is committed now is filtered once for all who wait for it.
    fn filtered(&self, channel_id: &str, block: Block) -> Result<DeliverResponse, tonic::Status> {
        // Who wants headers alone has a block without its transactions here.
        let whole = block.header.as_ref().filter(|_| block.data.is_some());
        let channel = whole.zip(self.peer.channel(channel_id));
        match channel.and_then(|(header, channel)| channel.commits().latest(header.number)) {
            Some(latest) => {
                let shared = latest.filtered.get_or_init(|| filtered(channel_id, block));
                shared.clone()
            }
            None => filtered(channel_id, block),
        }
    }
}

fn filtered(channel_id: &str, block: Block) -> Result<DeliverResponse, tonic::Status> {
    let shown = match filter(&parsed(block)?) {
        Ok(filtered) => Type::FilteredBlock(filtered),
        Err(error) => {
            tracing::warn!(channel = channel_id, %error, "a block cannot be filtered");
            Type::Status(Status::BadRequest as i32)
        }
    };
    Ok(DeliverResponse {
        r#type: Some(shown),
    })
}

fn parsed(block: Block) -> Result<ParsedBlock, tonic::Status> {
    ParsedBlock::parse(&block.encode_to_vec().into())
        .map_err(|error| tonic::Status::unknown(error.to_string()))
}

struct Readable {
    peer: Arc<Peer>,
    channel: Arc<Channel>,
    resource: &'static str,
}

impl Chain for Readable {
    fn height(&self) -> watch::Receiver<u64> {
        self.channel.commits().height()
    }

    fn first(&self) -> u64 {
        self.channel.ledger().first_block()
    }

    fn block(&self, number: u64) -> Result<Option<Bytes>, String> {
        if let Some(latest) = self.channel.commits().latest(number) {
            return Ok(Some(latest.block.clone()));
        }
        self.channel
            .ledger()
            .block_by_number(number)
            .map_err(|error| error.to_string())
    }

    fn config_sequence(&self) -> u64 {
        self.channel.config().sequence()
    }

    fn expires_at(&self, creator: &Bytes) -> Option<SystemTime> {
        expires_at(creator)
    }

    fn authorize(&self, request: &SignedData) -> Result<(), String> {
        acl::check(&self.peer, self.resource, self.channel.id(), request)
            .map_err(|error| error.to_string())
    }
}
