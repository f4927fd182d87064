//! The orderer and the peers of a development network, each with its own server, in this process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_identity::Msp;
use selvedge_ledger::StateDatabase;
use selvedge_runtime::Builder;
use tokio::net::TcpListener;

use super::material::{Material, Node, Organisation};
use super::page::ShownPage;
use crate::cli::engine;
use crate::endorser::EndorserOptions;
use crate::node::{
    ChaincodeOptions, Clock, GossipOptions, NodeOptions, Peer, Running, ServeOptions, ServerTls,
    start,
};
use crate::orderer::{Orderer, OrdererParts, RunningOrderer};

/// Everything that runs.
pub(super) struct Servers {
    orderer: RunningOrderer,
    peers: Vec<Running>,
    page: ShownPage,
}

/// Bound before anything is made, since the genesis block names their addresses.
pub(super) struct Listeners {
    pub(super) orderer: TcpListener,
    pub(super) peers: Vec<TcpListener>,
    pub(super) page: TcpListener,
}

impl Listeners {
    /// Free ports, or `first` for the orderer and the following ones for the peers and the page.
    pub(super) async fn bind(peers: u8, first: Option<u16>) -> Result<Self> {
        let mut bound = Vec::new();
        for index in 0..=u16::from(peers) + 1 {
            let port = match first {
                Some(first) => first
                    .checked_add(index)
                    .context("--port leaves no room for every server")?,
                None => 0,
            };
            let listener = TcpListener::bind(("127.0.0.1", port)).await;
            bound.push(listener.with_context(|| format!("listening on 127.0.0.1:{port}"))?);
        }
        let mut bound = bound.into_iter();
        let orderer = bound.next().context("no listener")?;
        let page = bound.next_back().context("no listener")?;
        Ok(Self {
            orderer,
            page,
            peers: bound.collect(),
        })
    }
}

impl Servers {
    /// Starts everything; every peer joins the channel.
    pub(super) fn start(root: &Path, material: &Material, listeners: Listeners) -> Result<Self> {
        let orderer = start_orderer(root, material, listeners.orderer)?;
        // One engine serves all peers of the process, and built the contract: it is compiled once.
        let engine: Arc<dyn Builder> = engine()?;
        let mut peers = Vec::new();
        for (organisation, listener) in material.organisations.iter().zip(listeners.peers) {
            let options = peer_options(root, organisation, Arc::clone(&engine))?;
            let name = &organisation.peer.identity.common_name;
            let running = start(options, listener).with_context(|| format!("starting {name}"))?;
            running
                .peer()
                .join(material.genesis.clone())
                .with_context(|| format!("joining {name}"))?;
            peers.push(running);
        }
        let page = ShownPage::start(listeners.page, peers.iter().map(Running::peer))?;
        Ok(Self {
            orderer,
            peers,
            page,
        })
    }

    /// The peer of the first organisation.
    pub(super) fn first_peer(&self) -> Option<&Arc<Peer>> {
        self.peers.first().map(Running::peer)
    }

    /// Lets the orderer cut a block of what it has; nobody has to wait for its clock.
    pub(super) async fn cut(&self, channel: &str) {
        if let Some(chain) = self.orderer.orderer().chain(channel) {
            chain.cut().await;
        }
    }

    /// Where the page is.
    pub(super) fn page(&self) -> String {
        self.page.url()
    }

    /// Peers first, so that they do not complain about an orderer that is gone.
    pub(super) async fn stop(self) {
        self.page.stop();
        for peer in self.peers {
            peer.stop().await;
        }
        self.orderer.stop().await;
    }
}

fn start_orderer(
    root: &Path,
    material: &Material,
    listener: TcpListener,
) -> Result<RunningOrderer> {
    let signer = Arc::new(material.orderer.identity.signing_identity()?);
    let parts = OrdererParts {
        signer,
        clock: Clock::system(),
        dir: root.join("ledgers/orderer"),
        sync: false,
    };
    let orderer = Arc::new(Orderer::open(parts).context("opening the orderer")?);
    orderer
        .join(&material.genesis)
        .context("giving the orderer its channel")?;
    let tls = server_tls(&material.orderer);
    Ok(RunningOrderer::start(
        orderer,
        Clock::system(),
        listener,
        Some(&tls),
    )?)
}

fn peer_options(
    root: &Path,
    organisation: &Organisation,
    engine: Arc<dyn Builder>,
) -> Result<NodeOptions> {
    let mut serve = ServeOptions {
        tls: Some(server_tls(&organisation.peer)),
        gossip: GossipOptions::nearby(organisation.peer.address),
        ..ServeOptions::default()
    };
    // The orderer is in this process: it is there at once or never.
    serve.pull.first_pause = Duration::from_millis(20);
    serve.pull.longest_pause = Duration::from_secs(1);
    let dir = root
        .join("ledgers")
        .join(&organisation.peer.identity.common_name);
    Ok(NodeOptions {
        snapshots: dir.join("snapshots"),
        dir,
        signer: Arc::new(organisation.peer.identity.signing_identity()?),
        local_msp: Arc::new(Msp::from_dir(
            &organisation.peer.msp_dir,
            &organisation.msp_id,
        )?),
        builders: vec![engine],
        chaincode: ChaincodeOptions::default(),
        clock: Clock::system(),
        operations: Arc::default(),
        // What a power failure takes from a development network is made again in half a second.
        sync: false,
        // Rich queries work without anything to set up.
        state_database: StateDatabase::CouchDb,
        rich_query_portion: 1000,
        history: true,
        log_purges: true,
        validators: 0,
        endorser: EndorserOptions::default(),
        serve,
    })
}

fn server_tls(node: &Node) -> ServerTls {
    ServerTls {
        certificate: node.tls.certificate.clone().into_bytes(),
        key: node.tls.key.clone().into_bytes(),
        client_roots: None,
    }
}
