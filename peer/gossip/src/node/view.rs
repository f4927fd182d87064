//! What the rest of the peer sees.

use super::Node;
use crate::members::{Entry, state_info};
use crate::message::{Signed, without_secret};
use crate::{ChannelPeer, InstalledChaincode, Member, Membership, PkiId};
use selvedge_protos::gossip::Properties;

impl Node {
    fn own_member(&self) -> Member {
        Member {
            pki_id: self.0.pki_id.clone(),
            msp_id: self.msp_id().to_owned(),
            identity: self.identity().clone(),
            external_endpoint: self.0.settings.external_endpoint.clone(),
            internal_endpoint: self.0.settings.endpoint.clone(),
            alive: without_secret(&self.last_beat().envelope),
            is_self: true,
        }
    }

    fn member(&self, pki_id: &PkiId, entry: &Entry) -> Option<Member> {
        let known = self.0.identities.get(pki_id)?;
        let is_own = known.msp_id == self.msp_id();
        Some(Member {
            pki_id: pki_id.clone(),
            msp_id: known.msp_id,
            identity: known.identity,
            external_endpoint: entry.endpoint.clone(),
            internal_endpoint: if is_own {
                entry.internal_endpoint.clone()
            } else {
                String::new()
            },
            alive: without_secret(&entry.message.envelope),
            is_self: false,
        })
    }

    fn others(&self) -> Vec<Member> {
        let mut entries: Vec<(PkiId, Entry)> = {
            let roster = self.0.roster.lock();
            roster
                .alive()
                .map(|(peer, entry)| (peer.clone(), entry.clone()))
                .collect()
        };
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let members = entries.iter();
        members
            .filter_map(|(peer, entry)| self.member(peer, entry))
            .collect()
    }
}

impl Membership for Node {
    fn members(&self) -> Vec<Member> {
        let mut out = vec![self.own_member()];
        out.extend(self.others());
        out
    }

    fn channel_peers(&self, channel: &str) -> Vec<ChannelPeer> {
        let Some(channel) = self.channel(channel) else {
            return Vec::new();
        };
        let (own, others) = (self.own_member(), self.others());
        let channel = channel.lock();
        if channel.is_left() {
            return Vec::new();
        }
        let own = channel_peer(own, channel.own(), channel.properties());
        let others = others.into_iter().filter_map(|member| {
            let message = channel.info_of(&member.pki_id)?;
            let properties = state_info(message)?.properties.clone().unwrap_or_default();
            if properties.left_channel || !channel.has_organisation(&member.msp_id) {
                return None;
            }
            Some(channel_peer(member, message, &properties))
        });
        [own].into_iter().chain(others).collect()
    }
}

fn channel_peer(member: Member, message: &Signed, properties: &Properties) -> ChannelPeer {
    let chaincode = |chaincode: &selvedge_protos::gossip::Chaincode| InstalledChaincode {
        name: chaincode.name.clone(),
        version: chaincode.version.clone(),
    };
    ChannelPeer {
        member,
        height: properties.ledger_height,
        chaincodes: properties.chaincodes.iter().map(chaincode).collect(),
        state_info: message.envelope.clone(),
    }
}
