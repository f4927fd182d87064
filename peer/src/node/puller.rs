use super::{Channel, Closing, CommitError, Peer, Verifier, commit_block, nonce};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::OrdererEndpoint;
use selvedge_protos::common::{
    Block, ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader, Status,
};
use selvedge_protos::orderer::{
    SeekInfo, SeekPosition, SeekSpecified, atomic_broadcast_client::AtomicBroadcastClient,
    deliver_response, seek_position,
};
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

/// How a peer reaches the ordering service.
#[derive(Clone, Debug)]
pub struct PullOptions {
    /// Speak TLS to orderers. Fabric: `peer.tls.enabled`.
    pub tls: bool,
    /// Fabric: `peer.deliveryclient.connTimeout`.
    pub connect_timeout: Duration,
    /// Longest pause between attempts. Fabric: `peer.deliveryclient.reConnectBackoffThreshold`.
    pub longest_pause: Duration,
    /// First pause; each one is 1.2 times the one before. Fabric: `peer.deliveryclient.minimalReconnectInterval`.
    pub first_pause: Duration,
    /// Certificate and key to show to orderers, PEM.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            tls: true,
            connect_timeout: Duration::from_secs(3),
            longest_pause: Duration::from_secs(3600),
            first_pause: Duration::from_millis(100),
            client: None,
        }
    }
}

/// Why a stream of blocks ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the channel has no orderer addresses")]
    NoAddress,
    #[error("connecting to orderer {address}: {cause}")]
    Connect { address: String, cause: String },
    #[error("orderer {address}: {cause}")]
    Stream { address: String, cause: String },
    #[error("received bad status {0} from orderer")]
    Status(String),
    #[error("orderer sent a block that is not the next one: {0}")]
    Block(#[from] super::BlockError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("reading the ledger: {0}")]
    Ledger(String),
    #[error("the committing task ended")]
    Interrupted,
}

/// Pulls the channel's blocks from the ordering service and commits them, until the peer closes or a block cannot be
/// judged or stored.
///
/// Fabric: internal/pkg/peer/blocksprovider/deliverer.go.
pub(super) async fn pull(
    peer: Arc<Peer>,
    channel: Arc<Channel>,
    options: PullOptions,
    closing: Closing,
) {
    let mut failures = 0u32;
    loop {
        let before = channel.ledger().height();
        let broken = tokio::select! {
            broken = stream(&peer, &channel, &options, failures) => broken,
            () = closing.closed() => return,
        };
        if let Broken::Commit(error) = &broken {
            let cause = error_chain(error);
            tracing::error!(
                channel = channel.id(),
                cause,
                "the channel stops: a block cannot be committed"
            );
            return;
        }
        failures = if channel.ledger().height() > before {
            0
        } else {
            failures.saturating_add(1)
        };
        let pause = pause(&options, failures);
        tracing::warn!(channel = channel.id(), %broken, ?pause, "pulling blocks is interrupted");
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = closing.closed() => return,
        }
    }
}

fn pause(options: &PullOptions, failures: u32) -> Duration {
    let factor = 1.2f64.powi(
        i32::try_from(failures.saturating_sub(1))
            .unwrap_or(i32::MAX)
            .min(100),
    );
    options
        .first_pause
        .mul_f64(factor)
        .min(options.longest_pause)
}

/// One connection; the ledger's end is where it starts.
async fn stream(
    peer: &Arc<Peer>,
    channel: &Arc<Channel>,
    options: &PullOptions,
    attempt: u32,
) -> Broken {
    match try_stream(peer, channel, options, attempt).await {
        Ok(never) => match never {},
        Err(broken) => broken,
    }
}

async fn try_stream(
    peer: &Arc<Peer>,
    channel: &Arc<Channel>,
    options: &PullOptions,
    attempt: u32,
) -> Result<std::convert::Infallible, Broken> {
    let endpoints = channel.config().orderer_endpoints();
    let endpoint = choose(&endpoints, attempt).ok_or(Broken::NoAddress)?;
    let address = endpoint.address.clone();
    let connected = connect(endpoint, options).await?;
    let mut client =
        AtomicBroadcastClient::new(connected).max_decoding_message_size(super::MAX_MESSAGE);
    let info = channel
        .ledger()
        .chain_info()
        .map_err(|error| Broken::Ledger(error.to_string()))?;
    let mut verifier = Verifier::new(channel.config(), info.height, info.current_block_hash);
    let request = seek(peer, channel.id(), info.height);
    // The request stream stays open: an orderer takes its end for a farewell.
    let requests =
        futures::StreamExt::chain(futures::stream::iter([request]), futures::stream::pending());
    let failed = |cause: tonic::Status| Broken::Stream {
        address: address.clone(),
        cause: cause.to_string(),
    };
    let mut blocks = client.deliver(requests).await.map_err(failed)?.into_inner();
    loop {
        match blocks
            .message()
            .await
            .map_err(failed)?
            .and_then(|message| message.r#type)
        {
            Some(deliver_response::Type::Block(block)) => {
                verifier.verify(&block)?;
                commit(peer, channel, block).await?;
            }
            Some(deliver_response::Type::Status(status)) => {
                return Err(Broken::Status(status_name(status)));
            }
            None => {
                return Err(Broken::Stream {
                    address,
                    cause: "the stream ended".to_owned(),
                });
            }
        }
    }
}

/// On a thread of its own, and to its end: a peer that closes does not leave a block half judged.
async fn commit(peer: &Arc<Peer>, channel: &Arc<Channel>, block: Block) -> Result<(), Broken> {
    let (peer, channel) = (Arc::clone(peer), Arc::clone(channel));
    let bytes = Bytes::from(block.encode_to_vec());
    let committed =
        tokio::task::spawn_blocking(move || commit_block(&peer, &channel, bytes).map(|_| ()));
    Ok(committed.await.map_err(|_| Broken::Interrupted)??)
}

/// Another one at every attempt.
fn choose(endpoints: &[OrdererEndpoint], attempt: u32) -> Option<&OrdererEndpoint> {
    endpoints.get(attempt as usize % endpoints.len().max(1))
}

async fn connect(
    endpoint: &OrdererEndpoint,
    options: &PullOptions,
) -> Result<tonic::transport::Channel, Broken> {
    let address = &endpoint.address;
    let failed = |cause: String| Broken::Connect {
        address: address.clone(),
        cause,
    };
    let scheme = if options.tls { "https" } else { "http" };
    let mut transport = Endpoint::from_shared(format!("{scheme}://{address}"))
        .map_err(|error| failed(error.to_string()))?
        .connect_timeout(options.connect_timeout)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20))
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(8 << 20);
    if options.tls {
        let mut tls = ClientTlsConfig::new();
        for root in &endpoint.tls_roots {
            tls = tls.ca_certificate(Certificate::from_pem(root));
        }
        if let Some((certificate, key)) = &options.client {
            tls = tls.identity(tonic::transport::Identity::from_pem(certificate, key));
        }
        transport = transport
            .tls_config(tls)
            .map_err(|error| failed(error_chain(&error)))?;
    }
    transport
        .connect()
        .await
        .map_err(|error| failed(error_chain(&error)))
}

/// Everything from block `from` on.
fn seek(peer: &Peer, channel_id: &str, from: u64) -> Envelope {
    let at = |number| {
        Some(SeekPosition {
            r#type: Some(seek_position::Type::Specified(SeekSpecified { number })),
        })
    };
    let seek = SeekInfo {
        start: at(from),
        stop: at(u64::MAX),
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
        ..Default::default()
    };
    let creator = peer.signer().serialized().clone();
    let signature_header = SignatureHeader {
        creator,
        nonce: nonce(),
    };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    };
    let payload = Bytes::from(
        Payload {
            header: Some(header),
            data: seek.encode_to_vec().into(),
        }
        .encode_to_vec(),
    );
    let signature = peer.signer().sign(&payload).into();
    Envelope { payload, signature }
}

fn status_name(status: i32) -> String {
    Status::try_from(status).map_or_else(
        |_| status.to_string(),
        |status| status.as_str_name().to_owned(),
    )
}

/// tonic says "transport error" and keeps the reason in its sources.
fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
