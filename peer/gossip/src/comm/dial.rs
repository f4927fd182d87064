use super::tls::Remembering;
use super::{Connection, handshake};
use crate::GossipError;
use crate::node::Node;
use bytes::Bytes;
use selvedge_protos::gossip::{Empty, Envelope, gossip_client::GossipClient};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Identity};

/// Largest message, in bytes. Fabric: `peer.maxRecvMsgSize`.
pub(super) const MAX_MESSAGE: usize = 100 << 20;

/// A new connection that nobody reads yet.
pub(crate) struct Dialled {
    pub(crate) connection: Arc<Connection>,
    pub(crate) inbound: Streaming<Envelope>,
}

/// Connects to a peer and learns who it is.
pub(crate) async fn dial(node: &Node, endpoint: &str) -> Result<Dialled, GossipError> {
    let failed = |cause: String| GossipError::Connect {
        endpoint: endpoint.to_owned(),
        cause,
    };
    let settings = node.settings();
    let connecting = tokio::time::timeout(settings.dial_timeout, connect(node, endpoint)).await;
    let (channel, shown) = connecting
        .map_err(|_| failed("it takes too long".to_owned()))?
        .map_err(failed)?;
    let opening = tokio::time::timeout(settings.connection_timeout, open(node, channel)).await;
    let (outbound, mut inbound) = opening
        .map_err(|_| failed("it does not answer".to_owned()))?
        .map_err(|status| failed(status.to_string()))?;
    let judged = handshake::judge(node, &mut inbound, shown).await;
    let refused = |cause: String| GossipError::Handshake {
        endpoint: endpoint.to_owned(),
        cause,
    };
    let remote = judged
        .map_err(refused)?
        .ok_or_else(|| refused("the peer that was called probes".to_owned()))?;
    Ok(Dialled {
        connection: Connection::new(remote, outbound, node.counters()),
        inbound,
    })
}

async fn open(
    node: &Node,
    channel: Channel,
) -> Result<(mpsc::Sender<Envelope>, Streaming<Envelope>), tonic::Status> {
    let mut client = GossipClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    client.ping(Empty {}).await?;
    let (sender, receiver) = mpsc::channel(node.settings().send_buffer.max(1));
    let hash = node.tls().map(|tls| tls.client_hash.clone());
    let first = handshake::own(node, hash.unwrap_or_default());
    sender
        .try_send(first)
        .map_err(|_| tonic::Status::internal("the queue of a new connection is full"))?;
    let inbound = client.gossip_stream(ReceiverStream::new(receiver)).await?;
    Ok((sender, inbound.into_inner()))
}

/// With the hash of the certificate that the other side showed.
async fn connect(node: &Node, endpoint: &str) -> Result<(Channel, Option<Bytes>), String> {
    let settings = node.settings();
    let scheme = if node.tls().is_some() {
        "https"
    } else {
        "http"
    };
    let transport = Endpoint::from_shared(format!("{scheme}://{endpoint}"))
        .map_err(|error| error.to_string())?
        .connect_timeout(settings.dial_timeout)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(settings.keep_alive_interval)
        .keep_alive_timeout(settings.keep_alive_timeout);
    let Some(tls) = node.tls() else {
        let channel = transport.connect().await.map_err(|error| chain(&error))?;
        return Ok((channel, None));
    };
    let verifier = Arc::new(Remembering::new(&node.environment().trust.tls_roots())?);
    let client = ClientTlsConfig::new()
        .identity(Identity::from_pem(&tls.client.certificate, &tls.client.key));
    let watched: Arc<Remembering> = Arc::clone(&verifier);
    let channel = transport
        .tls_config_with_verifier(client, verifier)
        .map_err(|error| chain(&error))?
        .connect()
        .await
        .map_err(|error| chain(&error))?;
    Ok((channel, watched.shown()))
}

/// tonic says "transport error" and keeps the reason in its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
