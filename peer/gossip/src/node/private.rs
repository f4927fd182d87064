//! Private data and blocks, from one peer to another.

use super::Node;
use super::waiting::Answer;
use crate::comm::Connection;
use crate::message::{on_channel, plain, unsigned};
use crate::{GossipError, PkiId};
use bytes::Bytes;
use selvedge_protos::gossip::{
    Acknowledgement, GossipMessage, Payload, PrivateDataMessage, PrivatePayload, PvtDataDigest,
    PvtDataElement, RemotePvtDataRequest, RemotePvtDataResponse, RemoteStateRequest,
    RemoteStateResponse,
    gossip_message::{Content, Tag},
};
use std::sync::Arc;
use std::time::Duration;

/// Digests answered in one request, and blocks. A Go peer asks for the digests of one block, or of ten when it
/// reconciles, and for at most ten blocks.
const MAX_DIGESTS: usize = 10_000;
const MAX_BLOCKS: u64 = 10;

impl Node {
    /// Gives private data to a peer and waits until it says that it keeps it.
    ///
    /// # Errors
    /// When it does not say so in time, or says that it cannot.
    pub async fn send_private_data(
        &self,
        channel: &str,
        to: &PkiId,
        data: PrivatePayload,
        timeout: Duration,
    ) -> Result<(), GossipError> {
        let message = PrivateDataMessage {
            payload: Some(data),
        };
        let content = Content::PrivateData(message);
        match self
            .ask(channel, to, Tag::ChanOnly, content, timeout)
            .await?
        {
            Answer::Acknowledged(Ok(())) => Ok(()),
            Answer::Acknowledged(Err(cause)) => Err(GossipError::Refused(cause)),
            _ => Err(GossipError::Refused(
                "the answer is no acknowledgement".to_owned(),
            )),
        }
    }

    /// Asks a peer for private data. What it does not have, or does not give, is left out of the answer; what it gives
    /// is not checked.
    pub async fn request_private_data(
        &self,
        channel: &str,
        from: &PkiId,
        digests: Vec<PvtDataDigest>,
    ) -> Result<Vec<PvtDataElement>, GossipError> {
        let content = Content::PrivateReq(RemotePvtDataRequest { digests });
        let timeout = self.0.settings.response_timeout;
        match self
            .ask(channel, from, Tag::ChanOnly, content, timeout)
            .await?
        {
            Answer::PrivateData(elements) => Ok(elements),
            _ => Err(GossipError::Refused(
                "the answer is no private data".to_owned(),
            )),
        }
    }

    /// Asks a peer for blocks `first` to `last`. What it gives is not checked.
    pub async fn request_blocks(
        &self,
        channel: &str,
        from: &PkiId,
        first: u64,
        last: u64,
    ) -> Result<Vec<Payload>, GossipError> {
        let content = Content::StateRequest(RemoteStateRequest {
            start_seq_num: first,
            end_seq_num: last,
        });
        let timeout = self.0.settings.response_timeout;
        match self
            .ask(channel, from, Tag::ChanOrOrg, content, timeout)
            .await?
        {
            Answer::Blocks(payloads) => Ok(payloads),
            _ => Err(GossipError::Refused("the answer is no blocks".to_owned())),
        }
    }

    async fn ask(
        &self,
        channel: &str,
        peer: &PkiId,
        tag: Tag,
        content: Content,
        timeout: Duration,
    ) -> Result<Answer, GossipError> {
        let nonce = self.random();
        let envelope = unsigned(&on_channel(channel, tag, nonce, content));
        let asking = async {
            let connection = self.connection_to(peer).await?;
            let question = self.0.waiting.ask(nonce, peer);
            if !connection.send_patiently(envelope).await {
                return Err(GossipError::Closed(peer.to_string()));
            }
            self.answer_of(question, timeout).await
        };
        let outer = timeout + self.0.settings.dial_timeout;
        match tokio::time::timeout(outer, asking).await {
            Ok(answered) => answered,
            Err(_) => Err(GossipError::Timeout(peer.to_string())),
        }
    }

    /// Only peers that read the channel may put something into this one's store.
    pub(super) async fn on_private_data(
        &self,
        from: &Arc<Connection>,
        channel: &Bytes,
        nonce: u64,
        message: PrivateDataMessage,
    ) {
        let peer = &from.remote.pki_id;
        let Some(name) = self.readable(from, channel) else {
            return;
        };
        let Some(data) = message
            .payload
            .filter(|data| !data.private_rwset.is_empty())
        else {
            tracing::warn!(%peer, channel = name, "Malformed private data message");
            return;
        };
        let (node, remote) = (self.clone(), from.remote.clone());
        let kept = tokio::task::spawn_blocking(move || {
            node.environment().handler.keep(&name, data, &remote)
        });
        let kept = kept
            .await
            .unwrap_or_else(|_| Err("keeping it ended badly".to_owned()));
        let error = kept.err().unwrap_or_default();
        let ack = plain(
            Tag::Undefined,
            nonce,
            Content::Ack(Acknowledgement { error }),
        );
        from.send_patiently(unsigned(&ack)).await;
    }

    pub(super) async fn on_private_request(
        &self,
        from: &Arc<Connection>,
        channel: &Bytes,
        nonce: u64,
        mut request: RemotePvtDataRequest,
    ) {
        let Some((name, _)) = self.channel_named(channel) else {
            return;
        };
        request.digests.truncate(MAX_DIGESTS);
        let (node, remote, asked) = (self.clone(), from.remote.clone(), name.clone());
        let found = tokio::task::spawn_blocking(move || {
            node.environment()
                .handler
                .find(&asked, request.digests, &remote)
        });
        let elements = found.await.unwrap_or_default();
        let content = Content::PrivateRes(RemotePvtDataResponse { elements });
        let message = on_channel(&name, Tag::ChanOnly, nonce, content);
        from.send_patiently(unsigned(&message)).await;
    }

    pub(super) async fn on_block_request(&self, from: &Arc<Connection>, message: GossipMessage) {
        let Some(Content::StateRequest(request)) = message.content else {
            return;
        };
        let Some(name) = self.readable(from, &message.channel) else {
            return;
        };
        let (first, last) = (request.start_seq_num, request.end_seq_num);
        let is_good = first <= last && last - first < MAX_BLOCKS;
        let (node, remote, asked) = (self.clone(), from.remote.clone(), name.clone());
        let found = tokio::task::spawn_blocking(move || {
            if is_good {
                node.environment()
                    .handler
                    .blocks(&asked, first, last, &remote)
            } else {
                Vec::new()
            }
        });
        let payloads = found.await.unwrap_or_default();
        let content = Content::StateResponse(RemoteStateResponse { payloads });
        let message = on_channel(&name, Tag::ChanOrOrg, message.nonce, content);
        from.send_patiently(unsigned(&message)).await;
    }

    /// The channel, if the peer at the other end reads it.
    fn readable(&self, from: &Connection, channel: &Bytes) -> Option<String> {
        let (name, _) = self.channel_named(channel)?;
        let trust = &self.environment().trust;
        match trust.verify_by_channel(&name, &from.remote.signed) {
            Ok(()) => Some(name),
            Err(error) => {
                let peer = &from.remote.pki_id;
                tracing::warn!(%peer, channel = name, %error, "a peer that does not read the channel speaks of it");
                None
            }
        }
    }
}
