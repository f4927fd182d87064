use crate::PkiId;
use bytes::Bytes;
use selvedge_identity::SignedData;
use selvedge_protos::gossip::Envelope;

/// A peer that is alive.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub pki_id: PkiId,
    pub msp_id: String,
    /// Serialized `msp.SerializedIdentity`.
    pub identity: Bytes,
    /// `host:port` for other organisations; empty when the peer tells them none.
    pub external_endpoint: String,
    /// `host:port` for the own organisation; empty for peers of other organisations.
    pub internal_endpoint: String,
    /// Its last heartbeat (`AliveMessage`), as it signed it, without the part for its own organisation.
    pub alive: Envelope,
    /// This peer.
    pub is_self: bool,
}

impl Member {
    /// Where to reach it from here.
    pub fn endpoint(&self) -> &str {
        if self.internal_endpoint.is_empty() {
            &self.external_endpoint
        } else {
            &self.internal_endpoint
        }
    }
}

/// A chaincode that a peer can run on a channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstalledChaincode {
    pub name: String,
    /// For chaincode of `_lifecycle` the sequence of its definition, in decimal; for older chaincode its version.
    pub version: String,
}

/// A peer of a channel that is alive and has said what it has of the channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPeer {
    pub member: Member,
    /// Number of blocks, as the peer last said.
    pub height: u64,
    pub chaincodes: Vec<InstalledChaincode>,
    /// Its statement (`StateInfo`), as it signed it.
    pub state_info: Envelope,
}

impl ChannelPeer {
    /// The statement as a policy judges it: which peer signed it.
    pub fn signed_data(&self) -> SignedData {
        SignedData {
            data: self.state_info.payload.clone(),
            identity: self.member.identity.clone(),
            signature: self.state_info.signature.clone(),
        }
    }

    /// Version of a chaincode that the peer can run.
    pub fn chaincode(&self, name: &str) -> Option<&str> {
        let found = self
            .chaincodes
            .iter()
            .find(|chaincode| chaincode.name == name);
        found.map(|chaincode| chaincode.version.as_str())
    }
}

/// Who is there. The answers are of one moment; ask again rather than keep them.
pub trait Membership: Send + Sync {
    /// Every peer that is alive, this one first, the others by PKI-ID.
    fn members(&self) -> Vec<Member>;

    /// The peers of a channel, this one first when it is in the channel, the others by PKI-ID.
    fn channel_peers(&self, channel: &str) -> Vec<ChannelPeer>;

    /// How many of them can run a chaincode, as far as they have said.
    fn peers_with(&self, channel: &str, chaincode: &str) -> usize {
        let peers = self.channel_peers(channel);
        let with = peers
            .iter()
            .filter(|peer| peer.chaincode(chaincode).is_some());
        with.count()
    }
}
