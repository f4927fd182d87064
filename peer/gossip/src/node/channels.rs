//! The channels of this peer.

use super::Node;
use super::connect::Expected;
use crate::members::{Channel, wire};
use crate::{ChannelDescription, InstalledChaincode, PkiId, channel_mac};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::Arc;

impl Node {
    /// Takes part in a channel that this peer has joined, at that height, and looks for its anchor peers.
    pub fn join(
        &self,
        description: ChannelDescription,
        height: u64,
        chaincodes: &[InstalledChaincode],
    ) {
        let name = description.name.clone();
        let (own, environment) = (&self.0.pki_id, self.environment());
        let channel = Channel::new(description.clone(), height, chaincodes, own, environment);
        self.0
            .channels
            .write()
            .insert(name, Arc::new(Mutex::new(channel)));
        self.look_for_anchors(&description, &[]);
        let living: Vec<PkiId> = {
            let roster = self.0.roster.lock();
            roster.alive().map(|(peer, _)| peer.clone()).collect()
        };
        for peer in living {
            self.introduce_channels(&peer);
        }
        self.changed();
    }

    /// The configuration of a channel changed.
    pub fn configure(&self, description: ChannelDescription) {
        let Some(channel) = self.channel(&description.name) else {
            return;
        };
        let known = {
            let mut channel = channel.lock();
            let known = channel.description.anchors.clone();
            channel.configure(description.clone(), |peer| self.0.identities.msp_of(peer));
            known
        };
        self.recheck_identities();
        self.look_for_anchors(&description, &known);
        self.changed();
    }

    /// What this peer says of itself: its height on a channel and, when it changed, what it can run there. Others are
    /// told at the next interval.
    pub fn update(&self, channel: &str, height: u64, chaincodes: Option<&[InstalledChaincode]>) {
        let Some(channel) = self.channel(channel) else {
            return;
        };
        let (own, environment) = (&self.0.pki_id, self.environment());
        channel.lock().update(own, environment, |properties| {
            properties.ledger_height = height;
            if let Some(chaincodes) = chaincodes {
                properties.chaincodes = wire(chaincodes);
            }
        });
        self.changed();
    }

    /// Tells others that this peer is no longer of the channel.
    pub fn leave(&self, channel: &str) {
        if let Some(channel) = self.channel(channel) {
            let (own, environment) = (&self.0.pki_id, self.environment());
            channel.lock().update(own, environment, |properties| {
                properties.left_channel = true
            });
        }
        self.publish();
        self.changed();
    }

    pub(super) fn channel(&self, name: &str) -> Option<Arc<Mutex<Channel>>> {
        self.0.channels.read().get(name).cloned()
    }

    pub(super) fn channel_named(&self, name: &Bytes) -> Option<(String, Arc<Mutex<Channel>>)> {
        let name = std::str::from_utf8(name).ok()?;
        Some((name.to_owned(), self.channel(name)?))
    }

    /// The channel whose name a peer knows by its code.
    pub(super) fn channel_by_mac(
        &self,
        mac: &Bytes,
        peer: &PkiId,
    ) -> Option<(String, Arc<Mutex<Channel>>)> {
        let channels = self.0.channels.read();
        let found = channels
            .iter()
            .find(|(name, _)| channel_mac(peer, name) == mac);
        found.map(|(name, channel)| (name.clone(), Arc::clone(channel)))
    }

    /// Anchor peers of other organisations are of use only to a peer that others can reach.
    fn look_for_anchors(&self, description: &ChannelDescription, known: &[crate::AnchorPeer]) {
        for anchor in &description.anchors {
            let is_own = anchor.msp_id == self.msp_id();
            if known.contains(anchor) || self.0.settings.is_own(&anchor.endpoint) {
                continue;
            }
            if !is_own && self.0.settings.external_endpoint.is_empty() {
                tracing::info!(
                    channel = description.name,
                    endpoint = anchor.endpoint,
                    "Anchor peer isn't in our org and we have no external endpoint, skipping"
                );
                continue;
            }
            let expected = if is_own {
                Expected::OwnOrganisation
            } else {
                Expected::Anyone
            };
            tokio::spawn(self.clone().seek(anchor.endpoint.clone(), expected));
        }
    }

    pub(super) async fn seek(self, endpoint: String, expected: Expected) {
        self.find(endpoint, expected).await;
    }

    /// Whether an address is one of those that are never forgotten.
    pub(super) fn is_landmark(&self, endpoint: &str) -> bool {
        if endpoint.is_empty() {
            return false;
        }
        let is_bootstrap = self
            .0
            .settings
            .bootstrap
            .iter()
            .any(|known| known == endpoint);
        is_bootstrap || self.is_anchor(endpoint)
    }

    fn is_anchor(&self, endpoint: &str) -> bool {
        let channels = self.0.channels.read();
        channels.values().any(|channel| {
            let channel = channel.lock();
            let mut anchors = channel.description.anchors.iter();
            anchors.any(|anchor| anchor.endpoint == endpoint)
        })
    }
}
