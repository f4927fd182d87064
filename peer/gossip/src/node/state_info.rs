//! What each peer has of a channel.
//!
//! Fabric: gossip/gossip/channel/channel.go.

use super::Node;
use crate::PkiId;
use crate::channel_mac;
use crate::comm::Connection;
use crate::members::{Channel, StateInfoError, state_info, time};
use crate::message::{Signed, on_channel, plain, signed_data, unsigned};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_protos::gossip::{
    Envelope, GossipMessage, StateInfoPullRequest, StateInfoSnapshot,
    gossip_message::{Content, Tag},
};
use std::sync::Arc;

impl Node {
    pub(super) fn on_state_info(&self, message: Signed, from: &Connection) {
        let Some(info) = state_info(&message) else {
            return;
        };
        let origin = PkiId::claimed(&info.pki_id);
        let Some((name, channel)) = self.channel_by_mac(&info.channel_mac, &origin) else {
            return;
        };
        if !channel.lock().has_organisation(&from.remote.msp_id) {
            tracing::warn!(channel = name, peer = %from.remote.pki_id, "a peer that is not of the channel speaks of it");
            return;
        }
        let message = Arc::new(message);
        match self.learn_state_info(&name, &channel, &message) {
            Ok(true) => self.spread_state_info(&channel, &origin, &message, &from.remote.pki_id),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(channel = name, peer = %origin, error, "a StateInfo message is refused");
            }
        }
    }

    /// True when it was news.
    fn learn_state_info(
        &self,
        name: &str,
        channel: &Mutex<Channel>,
        message: &Arc<Signed>,
    ) -> Result<bool, String> {
        let info = state_info(message).ok_or("it is not a StateInfo message")?;
        let origin = PkiId::claimed(&info.pki_id);
        if origin == self.0.pki_id {
            return Ok(false);
        }
        if info.channel_mac != channel_mac(&origin, name) {
            return Err("it has a wrong channel MAC".to_owned());
        }
        if !message.is_small() {
            return Err("it is too large".to_owned());
        }
        let known = self.0.identities.get(&origin);
        let known = known.ok_or("the identity of its peer is not known")?;
        let at = time(info.timestamp.as_ref());
        match channel.lock().judge(&origin, &known.msp_id, at) {
            Ok(()) => {}
            Err(StateInfoError::Old) => return Ok(false),
            Err(error) => return Err(error.to_string()),
        }
        let Envelope {
            payload, signature, ..
        } = &message.envelope;
        let signed = signed_data(&known.identity, payload, signature);
        let trust = &self.environment().trust;
        trust
            .verify_by_channel(name, &signed)
            .map_err(|error| error.to_string())?;
        let learnt = channel.lock().learn(&origin, Arc::clone(message));
        if learnt {
            self.changed();
        }
        Ok(learnt)
    }

    fn spread_state_info(
        &self,
        channel: &Mutex<Channel>,
        origin: &PkiId,
        message: &Signed,
        except: &PkiId,
    ) {
        let outside = self.has_external_endpoint(origin);
        let living: Vec<PkiId> = {
            let roster = self.0.roster.lock();
            roster.alive().map(|(peer, _)| peer.clone()).collect()
        };
        let eligible = living
            .into_iter()
            .filter(|peer| peer != except && peer != origin)
            .filter(|peer| self.may_know(channel, peer, outside));
        let eligible: Vec<_> = eligible.collect();
        for peer in self.chosen(&eligible) {
            self.send(&peer, message.envelope.clone());
        }
    }

    /// Whether a peer is told of a peer of the channel, which has an address for `outside` or has not.
    fn may_know(&self, channel: &Mutex<Channel>, peer: &PkiId, outside: bool) -> bool {
        let Some(msp_id) = self.0.identities.msp_of(peer) else {
            return false;
        };
        if outside {
            channel.lock().has_organisation(&msp_id)
        } else {
            msp_id == self.msp_id()
        }
    }

    pub(super) async fn on_state_info_request(&self, from: &Connection, mac: &Bytes) {
        let Some((name, channel)) = self.channel_by_mac(mac, &from.remote.pki_id) else {
            return;
        };
        if !channel.lock().has_organisation(&from.remote.msp_id) {
            return;
        }
        let elements = self.snapshot_for(&channel, &from.remote.msp_id);
        let content = Content::StateSnapshot(StateInfoSnapshot { elements });
        let message = on_channel(&name, Tag::ChanOrOrg, 0, content);
        from.send_patiently(unsigned(&message)).await;
    }

    /// Peers of the own organisation without an address for outside are nobody else's business.
    fn snapshot_for(&self, channel: &Mutex<Channel>, to: &str) -> Vec<Envelope> {
        let infos: Vec<(PkiId, Envelope)> = {
            let channel = channel.lock();
            let others = channel.infos();
            let others = others.map(|(peer, info)| (peer.clone(), info.envelope.clone()));
            let own = (self.0.pki_id.clone(), channel.own().envelope.clone());
            others.chain([own]).collect()
        };
        let shown = |peer: &PkiId| {
            to == self.msp_id()
                || !self.is_own_organisation(peer)
                || self.has_external_endpoint(peer)
        };
        let shown = infos.into_iter().filter(|(peer, _)| shown(peer));
        shown.map(|(_, info)| info).collect()
    }

    pub(super) fn on_state_info_snapshot(&self, message: GossipMessage, from: &Connection) {
        let Some((name, channel)) = self.channel_named(&message.channel) else {
            return;
        };
        let Some(Content::StateSnapshot(snapshot)) = message.content else {
            return;
        };
        if !channel.lock().has_organisation(&from.remote.msp_id) {
            return;
        }
        for element in snapshot
            .elements
            .into_iter()
            .take(self.0.settings.max_identities)
        {
            let Ok(info) = Signed::parse(element) else {
                return;
            };
            let Some(origin) = state_info(&info).map(|info| PkiId::claimed(&info.pki_id)) else {
                return;
            };
            // A peer that was forgotten is not brought back so.
            if self.0.roster.lock().get(&origin).is_none() {
                continue;
            }
            if let Err(error) = self.learn_state_info(&name, &channel, &Arc::new(info)) {
                tracing::debug!(channel = name, peer = %origin, error, "a StateInfo message is refused");
            }
        }
    }

    /// Tells a peer that has just come what this one has, and asks it for the same.
    pub(super) fn introduce_channels(&self, peer: &PkiId) {
        let channels: Vec<_> = {
            let channels = self.0.channels.read();
            channels
                .iter()
                .map(|(name, channel)| (name.clone(), Arc::clone(channel)))
                .collect()
        };
        let outside = !self.0.settings.external_endpoint.is_empty();
        for (name, channel) in channels {
            if !self.may_know(&channel, peer, true) {
                continue;
            }
            if self.may_know(&channel, peer, outside) {
                let own = channel.lock().own().envelope.clone();
                self.send(peer, own);
            }
            self.send(peer, self.state_info_request(&name));
        }
    }

    fn state_info_request(&self, channel: &str) -> Envelope {
        let request = StateInfoPullRequest {
            channel_mac: channel_mac(&self.0.pki_id, channel),
        };
        unsigned(&plain(
            Tag::ChanOrOrg,
            0,
            Content::StateInfoPullReq(request),
        ))
    }

    /// Asks some peers of each channel what everybody has.
    pub(super) fn request_state_infos(&self) {
        for (name, channel) in self.all_channels() {
            let living: Vec<PkiId> = {
                let roster = self.0.roster.lock();
                roster.alive().map(|(peer, _)| peer.clone()).collect()
            };
            let members = living
                .into_iter()
                .filter(|peer| self.may_know(&channel, peer, true));
            let members = members.collect();
            for peer in self.some(members, self.0.settings.pull_peers) {
                self.send(&peer, self.state_info_request(&name));
            }
        }
    }

    /// Tells what changed since the last time.
    pub(super) fn publish(&self) {
        if self.0.roster.lock().alive().next().is_none() {
            return;
        }
        for (_, channel) in self.all_channels() {
            let own = {
                let mut channel = channel.lock();
                if !std::mem::take(&mut channel.unpublished) {
                    continue;
                }
                Arc::clone(channel.own())
            };
            self.spread_state_info(&channel, &self.0.pki_id, &own, &self.0.pki_id);
        }
    }

    pub(super) fn all_channels(&self) -> Vec<(String, Arc<Mutex<Channel>>)> {
        let channels = self.0.channels.read();
        channels
            .iter()
            .map(|(name, channel)| (name.clone(), Arc::clone(channel)))
            .collect()
    }

    /// Forgets what peers had that are forgotten themselves.
    pub(super) fn sweep_state_infos(&self) {
        for (_, channel) in self.all_channels() {
            let roster = self.0.roster.lock();
            channel.lock().sweep(|peer| roster.get(peer).is_some());
        }
    }
}
