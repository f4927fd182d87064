use super::admission::Admission;
use super::chaincode::ChaincodeSide;
use super::channel_roots::ChannelRoots;
use super::connections::Connections;
use super::observe::observe;
use super::pull::pull;
use super::retire::retire;
use super::server::{GRACE, MAX_MESSAGE, ServeError, ServerTls, Serving, Wire};
use super::services::{
    DeliverService, DiscoveryService, EndorserService, GatewayService, SnapshotService,
};
use super::{Close, Closing, GossipOptions, Peer, PullOptions, gossip};
use crate::discovery::{Access, Discovery, DiscoveryOptions};
use crate::endorser::Endorser;
use crate::gateway::{Gateway, GatewayOptions, GatewayParts};
use selvedge_gossip::GossipService;
use selvedge_protos::discovery::discovery_server::DiscoveryServer;
use selvedge_protos::gateway::gateway_server::GatewayServer;
use selvedge_protos::protos::{
    deliver_server::DeliverServer, endorser_server::EndorserServer, snapshot_server::SnapshotServer,
};
use selvedge_wire::Named;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// How a peer serves and where it gets its blocks.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// `None`: plain text.
    pub tls: Option<ServerTls>,
    /// Open requests; 0: no limit. Fabric: `peer.limits.concurrency.endorserService`.
    pub endorser_limit: usize,
    /// Open streams; 0: no limit. Fabric: `peer.limits.concurrency.deliverService`.
    pub deliver_limit: usize,
    /// How far a request's timestamp may be from now. Fabric: `peer.authentication.timewindow`.
    pub time_window: Duration,
    pub limits: WireLimits,
    pub pull: PullOptions,
    pub gossip: GossipOptions,
    pub discovery: DiscoveryOptions,
    /// Not served without discovery.
    pub gateway: GatewayOptions,
}

/// What one connection may carry, and when it counts as dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireLimits {
    /// Largest message from a client, in bytes. Fabric: `peer.maxRecvMsgSize`.
    pub receive: usize,
    /// Largest message to a client, in bytes. Fabric: `peer.maxSendMsgSize`.
    pub send: usize,
    /// A client that was silent for so long is asked whether it is still there. Fabric: `peer.keepalive.interval`.
    pub ping: Duration,
    /// How long it may take to answer that. Fabric: `peer.keepalive.timeout`.
    pub ping_timeout: Duration,
    /// Least time between pings of a client that is sent nothing else; one that pings more often is sent away. Zero: no
    /// matter. Fabric: `peer.keepalive.minInterval`.
    pub least_ping: Duration,
    /// How long a client may take to agree on keys, and then to begin. Fabric: `peer.connectionTimeout`.
    pub opening: Duration,
    /// Open connections; 0: no limit. Ours: a Go peer takes as many as it has file descriptors.
    pub connections: usize,
    /// Bytes of requests that have not been answered, together, where one is large; 0: no limit. Ours.
    pub request_bytes: usize,
}

impl Default for WireLimits {
    fn default() -> Self {
        Self {
            receive: MAX_MESSAGE,
            send: MAX_MESSAGE,
            ping: Duration::from_secs(2 * 60 * 60),
            ping_timeout: Duration::from_secs(20),
            least_ping: Duration::from_secs(60),
            opening: Duration::from_secs(10),
            connections: 10_000,
            request_bytes: 1 << 30,
        }
    }
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            tls: None,
            endorser_limit: 2500,
            deliver_limit: 2500,
            time_window: Duration::from_secs(15 * 60),
            limits: WireLimits::default(),
            pull: PullOptions::default(),
            gossip: GossipOptions::default(),
            discovery: DiscoveryOptions::default(),
            gateway: GatewayOptions::default(),
        }
    }
}

/// A peer at work: its services answer, and the blocks of its channels arrive.
#[derive(Debug)]
pub struct Running {
    peer: Arc<Peer>,
    serving: Serving,
    pulling: JoinHandle<()>,
    following: JoinHandle<()>,
    close: Close,
    chaincode: Option<ChaincodeSide>,
    retiring: Option<JoinHandle<()>>,
    closing: Closing,
}

impl Running {
    /// Serves on `listener` and pulls the blocks of every channel, those joined later included.
    pub fn start(
        peer: Arc<Peer>,
        endorser: Arc<Endorser>,
        listener: TcpListener,
        options: &ServeOptions,
    ) -> Result<Self, ServeError> {
        let (close, closing) = Close::new();
        let address = listener.local_addr().map_err(ServeError::Address)?;
        let gossip = gossip::start(&peer, &options.gossip, options.tls.as_ref(), address)?;
        let node = gossip.node().clone();
        peer.take_part(gossip);
        let installed = Arc::clone(endorser.installed());
        observe(&peer, node.clone());
        let following = gossip::follow(Arc::clone(&peer), node.clone(), installed, closing.clone());
        let following = tokio::spawn(following);
        let bind = options
            .tls
            .as_ref()
            .is_some_and(|tls| tls.client_roots.is_some());
        let deliver = DeliverService::new(
            Arc::clone(&peer),
            options.deliver_limit,
            options.time_window,
            bind,
            closing.clone(),
        );
        let snapshot = SnapshotService::new(Arc::clone(&peer), closing.clone());
        let (discovery, gateway) = for_applications(&peer, &endorser, options, &closing);
        let endorser = EndorserService::new(endorser, options.endorser_limit, closing.clone());
        let mut services = Named::default()
            .with(
                EndorserServer::new(endorser)
                    .max_decoding_message_size(options.limits.receive)
                    .max_encoding_message_size(options.limits.send),
            )
            .with(
                DeliverServer::new(deliver)
                    .max_decoding_message_size(options.limits.receive)
                    .max_encoding_message_size(options.limits.send),
            )
            .with(SnapshotServer::new(snapshot))
            .with(GossipService::new(node).into_server());
        if let Some(discovery) = discovery {
            services = services.with(sized_discovery(discovery, options.limits));
        }
        if let Some(gateway) = gateway {
            services = services.with(sized_gateway(gateway, options.limits));
        }
        let services = Admission::new(options).before(services, peer.operations());
        let configured = options
            .tls
            .as_ref()
            .and_then(|tls| tls.client_roots.clone());
        let client_roots = configured
            .map(|configured| ChannelRoots::new(configured, &peer))
            .transpose()?;
        let wire = Wire {
            connections: Connections::new(options.limits.connections, Some(peer.operations())),
            client_roots: client_roots.map(Arc::new),
            limits: options.limits,
            corked: true,
        };
        let tls = options.tls.as_ref();
        let serving = Serving::start_over(wire, services, listener, tls, closing.clone())?;
        let pulled = pull_all(Arc::clone(&peer), options.pull.clone(), closing.clone());
        let pulling = tokio::spawn(pulled);
        Ok(Self {
            peer,
            serving,
            pulling,
            following,
            close,
            chaincode: None,
            retiring: None,
            closing,
        })
    }

    /// With chaincode outside this process, which stops when the peer does.
    pub(super) fn beside(self, chaincode: ChaincodeSide) -> Self {
        let support = Arc::clone(chaincode.support());
        let retired = retire(Arc::clone(&self.peer), support, self.closing.clone());
        Self {
            chaincode: Some(chaincode),
            retiring: Some(tokio::spawn(retired)),
            ..self
        }
    }

    /// Chaincode outside this process, if this peer knows any.
    pub fn chaincode(&self) -> Option<&Arc<selvedge_stream::ChaincodeSupport>> {
        self.chaincode.as_ref().map(ChaincodeSide::support)
    }

    /// What runs chaincode in containers, if anything does; its health is the check named `docker`.
    pub fn docker(&self) -> Option<&Arc<selvedge_stream::docker::DockerBuilder>> {
        self.chaincode.as_ref().and_then(ChaincodeSide::docker)
    }

    pub fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }

    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    /// Lets requests and commits under way finish, ends streams, and takes no more. Whoever holds the peer no longer than
    /// this may open its files again afterwards.
    pub async fn stop(self) {
        self.close.now();
        drop(self.closing);
        self.serving.ended().await;
        if let Some(retiring) = self.retiring
            && let Err(error) = retiring.await
        {
            tracing::error!(%error, "ending chaincode that is not wanted ended badly");
        }
        // The requests that were under way needed their chaincode until here.
        if let Some(chaincode) = self.chaincode {
            chaincode.stop().await;
        }
        if let Err(error) = self.pulling.await {
            tracing::error!(%error, "pulling blocks ended badly");
        }
        if let Err(error) = self.following.await {
            tracing::error!(%error, "following the channels ended badly");
        }
        if tokio::time::timeout(GRACE, self.close.ended())
            .await
            .is_err()
        {
            tracing::warn!("requests of this peer go on after it was stopped");
        }
    }
}

/// Fabric: internal/peer/node/start.go, serve.
fn for_applications(
    peer: &Arc<Peer>,
    endorser: &Arc<Endorser>,
    options: &ServeOptions,
    closing: &Closing,
) -> (Option<DiscoveryService>, Option<GatewayService>) {
    if !options.discovery.enabled {
        if options.gateway.enabled {
            tracing::warn!("Discovery service must be enabled for embedded gateway");
        }
        return (None, None);
    }
    let discovery = Arc::new(Discovery::new(Arc::clone(peer)));
    let access = Access::new(options.discovery.clone());
    let tls = options.tls.as_ref();
    let gateway = options.gateway.enabled.then(|| GatewayParts {
        peer: Arc::clone(peer),
        endorser: Arc::clone(endorser),
        discovery: Arc::clone(&discovery),
        options: options.gateway.clone(),
        client: tls.map(|tls| (tls.certificate.clone(), tls.key.clone())),
        overrides: options.pull.overrides.clone(),
        closing: closing.clone(),
    });
    let gateway =
        gateway.map(|parts| GatewayService::new(Gateway::new(parts), options.gateway.limit));
    let discovery = DiscoveryService::new(Arc::clone(peer), discovery, access, closing.clone());
    (Some(discovery), gateway)
}

fn sized_discovery(
    service: DiscoveryService,
    limits: WireLimits,
) -> DiscoveryServer<DiscoveryService> {
    DiscoveryServer::new(service)
        .max_decoding_message_size(limits.receive)
        .max_encoding_message_size(limits.send)
}

fn sized_gateway(service: GatewayService, limits: WireLimits) -> GatewayServer<GatewayService> {
    GatewayServer::new(service)
        .max_decoding_message_size(limits.receive)
        .max_encoding_message_size(limits.send)
}

/// One task for every channel.
async fn pull_all(peer: Arc<Peer>, options: PullOptions, closing: Closing) {
    let mut joined = peer.joined();
    let mut known = BTreeSet::new();
    let mut tasks = JoinSet::new();
    loop {
        joined.mark_unchanged();
        for id in peer.channel_ids() {
            if let Some(channel) = peer.channel(&id)
                && known.insert(id)
            {
                tasks.spawn(pull(
                    Arc::clone(&peer),
                    channel,
                    options.clone(),
                    closing.clone(),
                ));
            }
        }
        tokio::select! {
            changed = joined.changed() => if changed.is_err() { break },
            () = closing.closed() => break,
        }
    }
    while tasks.join_next().await.is_some() {}
}
