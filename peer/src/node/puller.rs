use super::{Channel, Closing, CommitError, Peer, Verifier, commit_block, nonce};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use prost::Message as _;
use selvedge_identity::OrdererEndpoint;
use selvedge_protos::common::{
    Block, ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader, Status,
};
use selvedge_protos::orderer::{
    DeliverResponse, SeekInfo, SeekPosition, SeekSpecified,
    atomic_broadcast_client::AtomicBroadcastClient, deliver_response, seek_position,
};
use std::sync::Arc;
use std::time::Duration;
use tonic::Streaming;
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
    #[error("the configuration no longer names orderer {0}")]
    Moved(String),
    #[error("the committing task ended")]
    Interrupted,
}

/// Pulls the channel's blocks from the ordering service and commits them, until the peer closes or a block cannot be
/// judged or stored. A block that arrived is committed before this returns.
///
/// Fabric: internal/pkg/peer/blocksprovider/deliverer.go.
pub(super) async fn pull(
    peer: Arc<Peer>,
    channel: Arc<Channel>,
    options: PullOptions,
    closing: Closing,
) {
    let puller = Puller {
        peer,
        channel,
        options,
    };
    let channel = puller.channel.id().to_owned();
    let mut failures = 0u32;
    loop {
        let before = puller.channel.ledger().height();
        let Some(broken) = puller.connection(failures, &closing).await else {
            return;
        };
        if let Broken::Commit(error) = &broken {
            let cause = error_chain(error);
            tracing::error!(
                channel,
                cause,
                "the channel stops: a block cannot be committed"
            );
            return;
        }
        let advanced = puller.channel.ledger().height() > before;
        failures = if advanced {
            0
        } else {
            failures.saturating_add(1)
        };
        let pause = pause(&puller.options, failures);
        tracing::warn!(channel, %broken, ?pause, "pulling blocks is interrupted");
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

struct Puller {
    peer: Arc<Peer>,
    channel: Arc<Channel>,
    options: PullOptions,
}

/// A stream of blocks and what checks them.
struct Blocks {
    address: String,
    verifier: Verifier,
    stream: Streaming<DeliverResponse>,
}

impl Puller {
    /// One connection to its end; `None` when the peer closes.
    async fn connection(&self, attempt: u32, closing: &Closing) -> Option<Broken> {
        let opened = tokio::select! {
            opened = self.open(attempt) => opened,
            () = closing.closed() => return None,
        };
        let mut blocks = match opened {
            Ok(blocks) => blocks,
            Err(broken) => return Some(broken),
        };
        loop {
            let block = tokio::select! {
                block = blocks.next() => block,
                () = closing.closed() => return None,
            };
            // Not inside the selection above: a commit once begun is waited for.
            let committed = match block {
                Ok(block) => self.commit(block).await,
                Err(broken) => Err(broken),
            };
            if let Err(broken) = committed {
                return Some(broken);
            }
            if !self.addresses().contains(&blocks.address) {
                return Some(Broken::Moved(blocks.address));
            }
        }
    }

    fn addresses(&self) -> Vec<String> {
        let endpoints = self.channel.config().orderer_endpoints();
        endpoints
            .into_iter()
            .map(|endpoint| endpoint.address)
            .collect()
    }

    /// Asks another orderer at every attempt for everything behind the ledger's end.
    async fn open(&self, attempt: u32) -> Result<Blocks, Broken> {
        let endpoints = self.channel.config().orderer_endpoints();
        let endpoint = choose(&endpoints, attempt).ok_or(Broken::NoAddress)?;
        let address = endpoint.address.clone();
        let connected = connect(endpoint, &self.options).await?;
        let mut client =
            AtomicBroadcastClient::new(connected).max_decoding_message_size(super::MAX_MESSAGE);
        let info = self
            .channel
            .ledger()
            .chain_info()
            .map_err(|error| Broken::Ledger(error.to_string()))?;
        let verifier = Verifier::new(self.channel.config(), info.height, info.current_block_hash);
        let request = seek(&self.peer, self.channel.id(), info.height);
        // The request stream stays open: an orderer takes its end for a farewell.
        let requests = stream::iter([request]).chain(stream::pending());
        let stream = client.deliver(requests).await;
        let stream = stream
            .map_err(|status| Broken::stream(&address, &status))?
            .into_inner();
        Ok(Blocks {
            address,
            verifier,
            stream,
        })
    }

    /// On a thread of its own.
    async fn commit(&self, block: Block) -> Result<(), Broken> {
        let (peer, channel) = (Arc::clone(&self.peer), Arc::clone(&self.channel));
        let bytes = Bytes::from(block.encode_to_vec());
        let committed =
            tokio::task::spawn_blocking(move || commit_block(&peer, &channel, bytes).map(|_| ()));
        Ok(committed.await.map_err(|_| Broken::Interrupted)??)
    }
}

impl Blocks {
    /// The next block, checked.
    async fn next(&mut self) -> Result<Block, Broken> {
        let message = self
            .stream
            .message()
            .await
            .map_err(|status| Broken::stream(&self.address, &status))?;
        match message.and_then(|message| message.r#type) {
            Some(deliver_response::Type::Block(block)) => {
                self.verifier.verify(&block)?;
                Ok(block)
            }
            Some(deliver_response::Type::Status(status)) => {
                Err(Broken::Status(status_name(status)))
            }
            None => Err(Broken::Stream {
                address: self.address.clone(),
                cause: "the stream ended".to_owned(),
            }),
        }
    }
}

impl Broken {
    fn stream(address: &str, status: &tonic::Status) -> Self {
        Self::Stream {
            address: address.to_owned(),
            cause: status.to_string(),
        }
    }
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

/// An error with all its causes: tonic, for one, says "transport error" and keeps the reason in its sources.
pub(super) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
