//! What becomes of a message that arrives.

use super::Node;
use super::waiting::Answer;
use crate::comm::Connection;
use crate::message::{Signed, has_legal_tag};
use selvedge_protos::gossip::{GossipMessage, PullMsgType, gossip_message::Content};
use std::sync::Arc;

impl Node {
    /// Handles one message of an authenticated peer. Ready when it is done: a peer's messages do not overtake each
    /// other, and one that asks for much waits for it.
    pub(crate) async fn handle(&self, from: &Arc<Connection>, message: Signed) {
        let peer = &from.remote.pki_id;
        let nonce = message.message.nonce;
        // These have a tag that no rule names.
        let is_private = matches!(
            message.message.content,
            Some(
                Content::PrivateData(_)
                    | Content::PrivateReq(_)
                    | Content::PrivateRes(_)
                    | Content::Ack(_)
            )
        );
        if is_private {
            return self.handle_private(from, message.message).await;
        }
        if matches!(
            message.message.content,
            None | Some(Content::Empty(_) | Content::Conn(_))
        ) {
            return;
        }
        if !has_legal_tag(&message.message) {
            tracing::warn!(%peer, tag = message.message.tag, "a message with a tag that it must not have");
            return;
        }
        match &message.message.content {
            Some(Content::AliveMsg(_)) => self.on_alive(message, peer),
            Some(Content::MemReq(request)) => {
                self.on_membership_request(from, nonce, request.clone())
                    .await;
            }
            Some(Content::MemRes(response)) => {
                self.on_membership_response(peer, nonce, response.clone());
            }
            Some(Content::StateInfo(_)) => self.on_state_info(message, from),
            Some(Content::StateInfoPullReq(request)) => {
                self.on_state_info_request(from, &request.channel_mac).await;
            }
            Some(Content::StateSnapshot(_)) => self.on_state_info_snapshot(message.message, from),
            Some(Content::StateRequest(_)) => self.on_block_request(from, message.message).await,
            Some(Content::StateResponse(response)) => {
                let payloads = response.payloads.clone();
                self.0.waiting.answer(nonce, peer, Answer::Blocks(payloads));
            }
            _ => self.handle_pull(from, message.message).await,
        }
    }

    async fn handle_private(&self, from: &Arc<Connection>, message: GossipMessage) {
        let (peer, nonce) = (&from.remote.pki_id, message.nonce);
        match message.content {
            Some(Content::PrivateData(data)) => {
                self.on_private_data(from, &message.channel, nonce, data)
                    .await;
            }
            Some(Content::PrivateReq(request)) => {
                self.on_private_request(from, &message.channel, nonce, request)
                    .await;
            }
            Some(Content::PrivateRes(response)) => {
                let answer = Answer::PrivateData(response.elements);
                self.0.waiting.answer(nonce, peer, answer);
            }
            Some(Content::Ack(ack)) => {
                let answer = if ack.error.is_empty() {
                    Ok(())
                } else {
                    Err(ack.error)
                };
                let answer = Answer::Acknowledged(answer);
                self.0.waiting.answer(nonce, peer, answer);
            }
            _ => {}
        }
    }

    /// Exchanges of identities. Blocks are not exchanged so, and leaders are not elected.
    async fn handle_pull(&self, from: &Arc<Connection>, message: GossipMessage) {
        let identities = PullMsgType::IdentityMsg as i32;
        match message.content {
            Some(Content::Hello(hello)) if hello.msg_type == identities => {
                self.on_greeting(from, hello.nonce).await;
            }
            Some(Content::DataDig(digest)) if digest.msg_type == identities => {
                self.on_offer(from, digest).await;
            }
            Some(Content::DataReq(request)) if request.msg_type == identities => {
                self.on_choice(from, request).await;
            }
            Some(Content::DataUpdate(update)) if update.msg_type == identities => {
                self.on_identities(from, update);
            }
            _ => {}
        }
    }
}
