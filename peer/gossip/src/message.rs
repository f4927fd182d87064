//! Messages in their envelopes: the bytes that arrived are what a signature covers and what is passed on.

use crate::{Environment, Trust, TrustError};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{SignedData, SigningIdentity};
use selvedge_protos::gossip::{
    Envelope, GossipMessage, PullMsgType, Secret, SecretEnvelope,
    gossip_message::{Content, Tag},
    secret,
};

/// Largest message that is remembered or passed on, in bytes. A heartbeat with an identity has about 2 KiB.
pub(crate) const MAX_STORED: usize = 128 << 10;

/// A message with the envelope it arrived in.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) envelope: Envelope,
    pub(crate) message: GossipMessage,
}

impl Signed {
    pub(crate) fn parse(envelope: Envelope) -> Result<Self, prost::DecodeError> {
        let message = GossipMessage::decode(envelope.payload.clone())?;
        Ok(Self { envelope, message })
    }

    pub(crate) fn sign(message: GossipMessage, signer: &SigningIdentity) -> Self {
        let payload = Bytes::from(message.encode_to_vec());
        let signature = signer.sign(&payload).into();
        let envelope = Envelope {
            payload,
            signature,
            secret_envelope: None,
        };
        Self { envelope, message }
    }

    /// Adds what only the own organisation is told.
    pub(crate) fn with_secret(mut self, endpoint: &str, signer: &SigningIdentity) -> Self {
        if endpoint.is_empty() {
            return self;
        }
        let secret = Secret {
            content: Some(secret::Content::InternalEndpoint(endpoint.to_owned())),
        };
        let payload = Bytes::from(secret.encode_to_vec());
        let signature = signer.sign(&payload).into();
        self.envelope.secret_envelope = Some(SecretEnvelope { payload, signature });
        self
    }

    /// Checks the signature over the payload, and over the secret when there is one.
    ///
    /// Fabric: gossip/protoext/signing.go, SignedGossipMessage.Verify.
    pub(crate) fn verify(&self, identity: &Bytes, trust: &dyn Trust) -> Result<(), TrustError> {
        let check = |payload: &Bytes, signature: &Bytes| {
            if payload.is_empty() {
                return Err(TrustError("Empty payload".to_owned()));
            }
            if signature.is_empty() {
                return Err(TrustError("Empty signature".to_owned()));
            }
            trust.verify(&signed_data(identity, payload, signature))
        };
        check(&self.envelope.payload, &self.envelope.signature)?;
        match &self.envelope.secret_envelope {
            Some(secret) => check(&secret.payload, &secret.signature),
            None => Ok(()),
        }
    }

    /// The endpoint in the secret; empty without one.
    pub(crate) fn internal_endpoint(&self) -> String {
        let secret = self.envelope.secret_envelope.as_ref();
        let content =
            secret.and_then(|secret| Secret::decode(secret.payload.clone()).ok()?.content);
        match content {
            Some(secret::Content::InternalEndpoint(endpoint)) => endpoint,
            None => String::new(),
        }
    }

    pub(crate) fn is_small(&self) -> bool {
        let secret = self.envelope.secret_envelope.as_ref();
        let secret = secret.map_or(0, |secret| secret.payload.len() + secret.signature.len());
        self.envelope.payload.len() + self.envelope.signature.len() + secret <= MAX_STORED
    }
}

pub(crate) fn signed_data(identity: &Bytes, payload: &Bytes, signature: &Bytes) -> SignedData {
    SignedData {
        data: payload.clone(),
        identity: identity.clone(),
        signature: signature.clone(),
    }
}

/// The envelope without what is only for the own organisation.
pub(crate) fn without_secret(envelope: &Envelope) -> Envelope {
    Envelope {
        secret_envelope: None,
        ..envelope.clone()
    }
}

/// A message from one peer to another needs no signature: the connection is authenticated.
pub(crate) fn unsigned(message: &GossipMessage) -> Envelope {
    Envelope {
        payload: message.encode_to_vec().into(),
        ..Envelope::default()
    }
}

pub(crate) fn plain(tag: Tag, nonce: u64, content: Content) -> GossipMessage {
    GossipMessage {
        nonce,
        channel: Bytes::new(),
        tag: tag as i32,
        content: Some(content),
    }
}

pub(crate) fn on_channel(channel: &str, tag: Tag, nonce: u64, content: Content) -> GossipMessage {
    GossipMessage {
        channel: Bytes::copy_from_slice(channel.as_bytes()),
        ..plain(tag, nonce, content)
    }
}

/// Whether the tag is the one that this content must have.
///
/// Fabric: gossip/protoext/message.go, IsTagLegal.
pub(crate) fn has_legal_tag(message: &GossipMessage) -> bool {
    let Some(content) = &message.content else {
        return false;
    };
    let expected = match content {
        Content::DataMsg(_) | Content::LeadershipMsg(_) => Tag::ChanAndOrg,
        Content::AliveMsg(_) | Content::MemReq(_) | Content::MemRes(_) => Tag::Empty,
        Content::PeerIdentity(_) => Tag::OrgOnly,
        Content::Hello(hello) => return pull_tag(hello.msg_type, message.tag),
        Content::DataDig(digest) => return pull_tag(digest.msg_type, message.tag),
        Content::DataReq(request) => return pull_tag(request.msg_type, message.tag),
        Content::DataUpdate(update) => return pull_tag(update.msg_type, message.tag),
        Content::StateInfo(_)
        | Content::StateInfoPullReq(_)
        | Content::StateSnapshot(_)
        | Content::StateRequest(_)
        | Content::StateResponse(_) => Tag::ChanOrOrg,
        _ => return false,
    };
    message.tag == expected as i32
}

fn pull_tag(kind: i32, tag: i32) -> bool {
    (kind == PullMsgType::BlockMsg as i32 && tag == Tag::ChanAndOrg as i32)
        || (kind == PullMsgType::IdentityMsg as i32 && tag == Tag::Empty as i32)
}

impl Environment {
    pub(crate) fn sign(&self, message: GossipMessage) -> Signed {
        Signed::sign(message, &self.signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_protos::gossip::{AliveMessage, GossipHello, StateInfo};

    #[test]
    fn a_tag_belongs_to_its_content() {
        let alive = || Content::AliveMsg(AliveMessage::default());
        assert!(has_legal_tag(&plain(Tag::Empty, 0, alive())));
        assert!(!has_legal_tag(&plain(Tag::OrgOnly, 0, alive())));
        assert!(!has_legal_tag(&plain(Tag::Undefined, 0, alive())));
        let info = Content::StateInfo(StateInfo::default());
        assert!(has_legal_tag(&plain(Tag::ChanOrOrg, 0, info)));
        let hello = |kind: PullMsgType| {
            Content::Hello(GossipHello {
                msg_type: kind as i32,
                ..GossipHello::default()
            })
        };
        assert!(has_legal_tag(&plain(
            Tag::Empty,
            0,
            hello(PullMsgType::IdentityMsg)
        )));
        assert!(!has_legal_tag(&plain(
            Tag::Empty,
            0,
            hello(PullMsgType::BlockMsg)
        )));
        assert!(!has_legal_tag(&GossipMessage::default()));
    }
}
