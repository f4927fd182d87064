use super::GatewayOptions;
use super::arrangements::Arrangements;
use super::connect::Dialler;
use super::hub::Hub;
use super::neighbours::Neighbourhoods;
use super::orderers::Orderers;
use super::target::{Target, Targets};
use crate::discovery::Discovery;
use crate::endorser::Endorser;
use crate::node::{Channel, Closing, OrdererOverride, Peer};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What a gateway is made of.
pub(crate) struct GatewayParts {
    pub(crate) peer: Arc<Peer>,
    pub(crate) endorser: Arc<Endorser>,
    pub(crate) discovery: Arc<Discovery>,
    pub(crate) options: GatewayOptions,
    /// Shown to other peers and orderers that ask for it: certificate and key, PEM.
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) overrides: BTreeMap<String, OrdererOverride>,
    pub(crate) closing: Closing,
}

/// Serves applications: finds endorsers and orderers for them and tells what became of their transactions.
pub(crate) struct Gateway {
    peer: Arc<Peer>,
    discovery: Arc<Discovery>,
    targets: Targets,
    arrangements: Arrangements,
    neighbourhoods: Neighbourhoods,
    orderers: Orderers,
    hubs: Mutex<HashMap<String, Arc<Hub>>>,
    options: GatewayOptions,
    /// Dropped after the peer: see [`crate::node::Close::ended`].
    closing: Closing,
}

impl Gateway {
    pub(crate) fn new(parts: GatewayParts) -> Self {
        let dialler = Dialler {
            timeout: parts.options.dial_timeout,
            keep_alive_interval: parts.options.keep_alive_interval,
            keep_alive_timeout: parts.options.keep_alive_timeout,
            client: parts.client,
        };
        Self {
            targets: Targets::new(
                parts.endorser,
                dialler.clone(),
                parts.options.endorsement_timeout,
                parts.closing.clone(),
            ),
            arrangements: Arrangements::default(),
            neighbourhoods: Neighbourhoods::default(),
            orderers: Orderers::new(dialler, parts.overrides),
            peer: parts.peer,
            discovery: parts.discovery,
            hubs: Mutex::default(),
            options: parts.options,
            closing: parts.closing,
        }
    }

    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(super) fn msp_id(&self) -> &str {
        self.peer.local_msp().id()
    }

    pub(super) fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    pub(super) fn arrangements(&self) -> &Arrangements {
        &self.arrangements
    }

    pub(super) fn neighbourhoods(&self) -> &Neighbourhoods {
        &self.neighbourhoods
    }

    /// A broken connection; the next call dials again.
    pub(super) fn forget(&self, target: &Target) {
        self.targets.forget(target);
        self.arrangements.clear();
        self.neighbourhoods.clear();
    }

    pub(super) fn orderers(&self) -> &Orderers {
        &self.orderers
    }

    pub(super) fn options(&self) -> &GatewayOptions {
        &self.options
    }

    pub(super) fn closing(&self) -> &Closing {
        &self.closing
    }

    /// Who follows a channel; from the first client on that waits for something.
    pub(super) fn hub(&self, channel: &Arc<Channel>) -> Arc<Hub> {
        let mut hubs = self.hubs.lock();
        let hub = hubs.entry(channel.id().to_owned()).or_insert_with(|| {
            Hub::start(
                Arc::clone(channel),
                self.options.event_delay,
                self.closing.clone(),
            )
        });
        Arc::clone(hub)
    }
}
