use super::PullOptions;
use crate::node::{Peer, nonce};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::Certificate;
use selvedge_protos::common::{
    ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader,
};
use selvedge_protos::orderer::{
    SeekInfo, SeekPosition, SeekSpecified, seek_info::SeekContentType, seek_position,
};
use sha2::{Digest as _, Sha256};

/// What to send of every block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Blocks,
    /// Header and signatures; configuration blocks come whole.
    Headers,
}

/// Everything from block `from` on, without end.
///
/// Fabric: common/deliverclient/blocksprovider/delivery_requester.go.
pub(super) fn seek(
    peer: &Peer,
    channel_id: &str,
    from: u64,
    content: Content,
    options: &PullOptions,
) -> Envelope {
    let at = |number| {
        Some(SeekPosition {
            r#type: Some(seek_position::Type::Specified(SeekSpecified { number })),
        })
    };
    let content_type = match content {
        Content::Blocks => SeekContentType::Block,
        Content::Headers => SeekContentType::HeaderWithSig,
    };
    let seek = SeekInfo {
        start: at(from),
        stop: at(u64::MAX),
        content_type: content_type.into(),
        ..Default::default()
    };
    let timestamp = prost_types::Timestamp {
        nanos: 0,
        ..peer.clock().timestamp()
    };
    let channel_header = ChannelHeader {
        r#type: HeaderType::DeliverSeekInfo as i32,
        timestamp: Some(timestamp),
        channel_id: channel_id.to_owned(),
        tls_cert_hash: certificate_hash(options),
        ..Default::default()
    };
    signed(peer, &channel_header, &seek)
}

fn signed(peer: &Peer, channel_header: &ChannelHeader, seek: &SeekInfo) -> Envelope {
    let signature_header = SignatureHeader {
        creator: peer.signer().serialized().clone(),
        nonce: nonce(),
    };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    };
    let payload = Payload {
        header: Some(header),
        data: seek.encode_to_vec().into(),
    };
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = peer.signer().sign(&payload).into();
    Envelope { payload, signature }
}

/// SHA-256 of the certificate shown to orderers: one that asks for certificates wants to see it in requests as well.
fn certificate_hash(options: &PullOptions) -> Bytes {
    let shown = options.client.as_ref().filter(|_| options.tls);
    let certificate = shown.and_then(|(pem, _)| Certificate::from_pem(pem).ok());
    certificate
        .map(|certificate| Bytes::copy_from_slice(&Sha256::digest(certificate.der())))
        .unwrap_or_default()
}
