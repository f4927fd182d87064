//! The ordering service's nodes, as a channel's configuration has them now.

use super::broadcast::Broadcast;
use super::connect::Dialler;
use super::target::tls_roots;
use crate::node::OrdererOverride;
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_identity::ChannelConfig;
use selvedge_protos::common::Envelope;
use selvedge_protos::gateway::ErrorDetail;
use selvedge_protos::orderer::{BroadcastResponse, atomic_broadcast_client::AtomicBroadcastClient};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tonic::transport::Channel;

/// An orderer that can be sent transactions.
pub(super) struct Orderer {
    /// As the configuration says, and where it is really reached, if that is elsewhere.
    shown: String,
    msp_id: String,
    broadcast: Broadcast,
}

impl Orderer {
    pub(super) fn new(shown: &str, msp_id: &str, channel: Channel) -> Self {
        Self {
            shown: shown.to_owned(),
            msp_id: msp_id.to_owned(),
            broadcast: Broadcast::new(
                AtomicBroadcastClient::new(channel)
                    .max_encoding_message_size(crate::node::MAX_MESSAGE),
            ),
        }
    }

    pub(super) fn detail(&self, message: impl Into<String>) -> ErrorDetail {
        ErrorDetail {
            address: self.shown.clone(),
            msp_id: self.msp_id.clone(),
            message: message.into(),
        }
    }

    /// Sends one transaction; the error is as Go's client prints it.
    pub(super) async fn broadcast(&self, envelope: Envelope) -> Result<BroadcastResponse, String> {
        self.broadcast.send(envelope).await
    }
}

/// Connections to orderers, by address.
pub(super) struct Orderers {
    dialler: Dialler,
    overrides: BTreeMap<String, OrdererOverride>,
    known: Mutex<HashMap<String, Known>>,
}

struct Known {
    roots: Vec<Bytes>,
    orderer: Arc<Orderer>,
}

/// Connections that are kept although no channel may need them any more.
const KEPT: usize = 128;

struct Address {
    address: String,
    msp_id: String,
    roots: Vec<Bytes>,
}

impl Orderers {
    pub(super) fn new(dialler: Dialler, overrides: BTreeMap<String, OrdererOverride>) -> Self {
        Self {
            dialler,
            overrides,
            known: Mutex::default(),
        }
    }

    /// Those of a channel that can be dialled, and how many there are. An orderer whose TLS roots have changed gets a
    /// new connection.
    pub(super) fn of(&self, config: &ChannelConfig) -> (Vec<Arc<Orderer>>, usize) {
        let addresses = addresses(config);
        let count = addresses.len();
        let mut known = self.known.lock();
        if known.len() > KEPT {
            known.clear();
        }
        let mut found = Vec::new();
        for address in addresses {
            if let Some(known) = known.get(&address.address)
                && known.roots == address.roots
            {
                found.push(Arc::clone(&known.orderer));
                continue;
            }
            if let Some(orderer) = self.dial(&address) {
                let kept = Known {
                    roots: address.roots,
                    orderer: Arc::clone(&orderer),
                };
                known.insert(address.address, kept);
                found.push(orderer);
            }
        }
        (found, count)
    }

    fn dial(&self, of: &Address) -> Option<Arc<Orderer>> {
        let address = &of.address;
        let (shown, dialled) = match self.overrides.get(address) {
            None => (address.clone(), self.dialler.dial(address, &of.roots)),
            Some(other) => {
                let roots = if other.tls_roots.is_empty() {
                    &of.roots
                } else {
                    &other.tls_roots
                };
                let shown = format!("{} (mapped from {address})", other.address);
                (shown, self.dialler.dial(&other.address, roots))
            }
        };
        match dialled {
            Ok(channel) => Some(Arc::new(Orderer::new(&shown, &of.msp_id, channel))),
            Err(error) => {
                tracing::warn!(address, error, "Failed to connect to orderer");
                None
            }
        }
    }
}

/// The endpoints of the orderer organisations; where none has any, the addresses of the whole channel.
fn addresses(config: &ChannelConfig) -> Vec<Address> {
    let Some(orderer) = config.orderer() else {
        return Vec::new();
    };
    let own = orderer.organisations.values().flat_map(|organisation| {
        let roots = tls_roots(config, &organisation.msp_id);
        let endpoints = organisation.endpoints.iter();
        endpoints.map(move |address| Address {
            address: address.clone(),
            msp_id: organisation.msp_id.clone(),
            roots: roots.clone(),
        })
    });
    let own: Vec<Address> = own.collect();
    if !own.is_empty() {
        return own;
    }
    let mut organisations = orderer.organisations.values();
    let msp_id = organisations.next().map(|one| one.msp_id.clone());
    let msp_id = msp_id.unwrap_or_default();
    let global = config.orderer_endpoints().into_iter();
    global
        .map(|endpoint| Address {
            address: endpoint.address,
            msp_id: msp_id.clone(),
            roots: endpoint.tls_roots,
        })
        .collect()
}
