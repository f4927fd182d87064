use super::handler::PeerHandler;
use super::link::Gossip;
use super::options::GossipOptions;
use super::trust::PeerTrust;
use crate::node::{Peer, ServerTls, random_number};
use selvedge_gossip::{Environment, Node, Settings, TlsPair, TrustError};
use std::net::SocketAddr;
use std::sync::Arc;

/// Begins to gossip. The peer takes part in its channels once [`super::follow`] runs.
pub(in crate::node) fn start(
    peer: &Arc<Peer>,
    options: &GossipOptions,
    tls: Option<&ServerTls>,
    address: SocketAddr,
) -> Result<Gossip, TrustError> {
    let mut settings = options.settings.clone();
    if settings.endpoint.is_empty() {
        settings.endpoint = address.to_string();
    }
    warn_of_nobody(&settings);
    let clock = peer.clock().clone();
    let environment = Environment {
        signer: Arc::clone(peer.signer()),
        trust: Arc::new(PeerTrust {
            peer: Arc::downgrade(peer),
            roots: options.tls_roots.clone(),
        }),
        handler: Arc::new(PeerHandler {
            peer: Arc::downgrade(peer),
        }),
        clock: Arc::new(move || clock.now()),
        random: Arc::new(random_number),
    };
    let tls = tls.map(|tls| {
        let (certificate, key) = options
            .client
            .clone()
            .unwrap_or_else(|| (tls.certificate.clone(), tls.key.clone()));
        (tls.certificate.clone(), TlsPair { certificate, key })
    });
    let node = Node::start(settings, environment, tls)?;
    Ok(Gossip::new(node, options.private_data.clone()))
}

fn warn_of_nobody(settings: &Settings) {
    if settings.external_endpoint.is_empty() {
        tracing::warn!(
            "External endpoint is empty, peer will not be accessible outside of its organization"
        );
    }
}
