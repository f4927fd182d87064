//! The first message of a connection, each way: who speaks, proved by a signature that also covers what TLS showed.
//!
//! Fabric: gossip/comm/comm_impl.go, authenticateRemotePeer.

use crate::Requester;
use crate::message::{Signed, plain, signed_data};
use crate::node::Node;
use bytes::Bytes;
use selvedge_protos::gossip::{
    ConnEstablish, Envelope,
    gossip_message::{Content, Tag},
};
use tonic::Streaming;

/// Largest first message, in bytes.
const MAX_FIRST: usize = 64 << 10;

/// `tls_hash`: of the certificate this peer shows on this connection; empty without TLS.
pub(super) fn own(node: &Node, tls_hash: Bytes) -> Envelope {
    let conn = ConnEstablish {
        pki_id: node.pki_id().bytes().clone(),
        identity: node.identity().clone(),
        tls_cert_hash: tls_hash,
        probe: false,
    };
    let message = plain(Tag::Empty, 0, Content::Conn(conn));
    node.environment().sign(message).envelope
}

/// Reads and judges the other side's first message. `shown`: hash of the certificate it showed. `None` when the other
/// side only wanted to know who is here.
///
/// # Errors
/// In Fabric's words.
pub(super) async fn judge(
    node: &Node,
    inbound: &mut Streaming<Envelope>,
    shown: Option<Bytes>,
) -> Result<Option<Requester>, String> {
    if node.tls().is_some() && shown.is_none() {
        return Err("no TLS certificate".to_owned());
    }
    let timeout = node.settings().connection_timeout;
    let first = tokio::time::timeout(timeout, inbound.message()).await;
    let envelope = first
        .map_err(|_| "timed out waiting for connection message".to_owned())?
        .map_err(|status| status.message().to_owned())?
        .ok_or("the stream ended before the connection message")?;
    if envelope.payload.len() > MAX_FIRST {
        return Err("the connection message is too large".to_owned());
    }
    let message = Signed::parse(envelope).map_err(|error| error.to_string())?;
    let Some(Content::Conn(conn)) = &message.message.content else {
        return Err("wrong type".to_owned());
    };
    if conn.pki_id.is_empty() {
        return Err("no PKI-ID".to_owned());
    }
    let environment = node.environment();
    let learnt = node
        .identities()
        .put(&conn.pki_id, &conn.identity, environment);
    let (pki_id, known) = learnt.map_err(|error| error.to_string())?;
    if node.tls().is_some() && shown.as_ref() != Some(&conn.tls_cert_hash) {
        return Err("the hash of the TLS certificate is not that of the connection".to_owned());
    }
    // Secrets have no business here; a signature over one would not be looked at elsewhere.
    let verified = message.verify(&conn.identity, &*environment.trust);
    verified.map_err(|error| error.to_string())?;
    if conn.probe {
        return Ok(None);
    }
    let Envelope {
        payload, signature, ..
    } = &message.envelope;
    Ok(Some(Requester {
        pki_id,
        msp_id: known.msp_id,
        signed: signed_data(&conn.identity, payload, signature),
    }))
}
