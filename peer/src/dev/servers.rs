//! The orderer and the peers of a development network, each with its own server, in this process.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use selvedge_identity::Msp;
use selvedge_protos::orderer::atomic_broadcast_server::AtomicBroadcastServer;
use selvedge_runtime::{Builder, EngineConfig, PackageStore, Runtimes, WasmEngine};
use tokio::net::TcpListener;
use tonic::service::Routes;

use super::material::{Material, Node, Organisation};
use crate::endorser::{Endorser, EndorserOptions};
use crate::lifecycle::DefinedBlockToLive;
use crate::node::{
    Clock, Close, MAX_MESSAGE, Parts, Peer, Running, ServeOptions, ServerTls, Serving,
};
use crate::orderer::{AtomicBroadcastService, Orderer, OrdererParts};

/// Everything that runs.
pub(super) struct Servers {
    orderer: Arc<Orderer>,
    ordering: Serving,
    close_orderer: Close,
    peers: Vec<Running>,
}

/// Bound before anything is made, since the genesis block names their addresses.
pub(super) struct Listeners {
    pub(super) orderer: TcpListener,
    pub(super) peers: Vec<TcpListener>,
}

impl Listeners {
    /// Free ports, or `first` for the orderer and the following ones for the peers.
    pub(super) async fn bind(peers: u8, first: Option<u16>) -> Result<Self> {
        let mut bound = Vec::new();
        for index in 0..=u16::from(peers) {
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
        Ok(Self {
            orderer,
            peers: bound.collect(),
        })
    }
}

impl Servers {
    /// Starts everything; every peer joins the channel.
    pub(super) async fn start(
        root: &Path,
        material: &Material,
        listeners: Listeners,
    ) -> Result<Self> {
        let (orderer, ordering, close_orderer) = start_orderer(root, material, listeners.orderer)?;
        // One engine serves all peers of the process: a contract is compiled once.
        let engine: Arc<dyn Builder> = Arc::new(WasmEngine::new(&EngineConfig::default())?);
        let mut peers = Vec::new();
        for (organisation, listener) in material.organisations.iter().zip(listeners.peers) {
            let peer = open_peer(root, organisation, Arc::clone(&engine))?;
            peer.join(material.genesis.clone())?;
            let endorser = Arc::new(Endorser::new(
                Arc::clone(&peer),
                EndorserOptions::default(),
            )?);
            let options = ServeOptions {
                tls: Some(server_tls(&organisation.peer)),
                ..ServeOptions::default()
            };
            peers.push(Running::start(peer, endorser, listener, &options)?);
        }
        Ok(Self {
            orderer,
            ordering,
            close_orderer,
            peers,
        })
    }

    /// The peer of the first organisation.
    pub(super) fn first_peer(&self) -> Option<&Arc<Peer>> {
        self.peers.first().map(Running::peer)
    }

    /// Peers first, so that they do not complain about an orderer that is gone.
    pub(super) async fn stop(self) {
        for peer in self.peers {
            peer.stop().await;
        }
        self.orderer.stop().await;
        self.close_orderer.now();
        self.ordering.ended().await;
    }
}

fn start_orderer(
    root: &Path,
    material: &Material,
    listener: TcpListener,
) -> Result<(Arc<Orderer>, Serving, Close)> {
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
    let (close, closing) = Close::new();
    let service =
        AtomicBroadcastService::new(Arc::clone(&orderer), Clock::system(), closing.clone());
    let service = AtomicBroadcastServer::new(service)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let tls = server_tls(&material.orderer);
    let serving = Serving::start(Routes::new(service), listener, Some(&tls), closing)?;
    Ok((orderer, serving, close))
}

fn open_peer(
    root: &Path,
    organisation: &Organisation,
    engine: Arc<dyn Builder>,
) -> Result<Arc<Peer>> {
    let name = &organisation.peer.identity.common_name;
    let home = root.join("ledgers").join(name);
    let store = PackageStore::open(home.join("lifecycle/chaincodes"))?;
    let parts = Parts {
        signer: Arc::new(organisation.peer.identity.signing_identity()?),
        local_msp: Arc::new(Msp::from_dir(
            &organisation.peer.msp_dir,
            &organisation.msp_id,
        )?),
        runtimes: Arc::new(Runtimes::new(store, vec![engine])),
        clock: Clock::system(),
        ledgers: home.join("channels"),
        ledger_options: selvedge_ledger::Options {
            block_to_live: Arc::new(DefinedBlockToLive),
            // What a power failure takes from a development network is made again in half a second.
            sync: false,
            ..selvedge_ledger::Options::default()
        },
    };
    Ok(Arc::new(
        Peer::open(parts).with_context(|| format!("opening {name}"))?,
    ))
}

fn server_tls(node: &Node) -> ServerTls {
    ServerTls {
        certificate: node.tls.certificate.clone().into_bytes(),
        key: node.tls.key.clone().into_bytes(),
        client_roots: None,
    }
}
