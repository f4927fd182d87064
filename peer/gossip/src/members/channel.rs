use super::{Time, time};
use crate::message::{Signed, plain};
use crate::{ChannelDescription, Environment, InstalledChaincode, PkiId, channel_mac};
use selvedge_protos::gossip::{
    Chaincode, PeerTime, Properties, StateInfo,
    gossip_message::{Content, Tag},
};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What is known of one channel: what each peer has of it, this one included.
///
/// Fabric: gossip/gossip/channel/channel.go.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) description: ChannelDescription,
    organisations: BTreeSet<String>,
    infos: HashMap<PkiId, Arc<Signed>>,
    own: Arc<Signed>,
    properties: Properties,
    /// When this peer joined, in nanoseconds: the first half of the time of its messages.
    incarnation: u64,
    /// Something is new that was not published.
    pub(crate) unpublished: bool,
}

/// Why a statement about a peer's part of a channel is not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StateInfoError {
    #[error("it is older than what is known")]
    Old,
    #[error("its organisation is not in the channel")]
    Organisation,
}

pub(crate) fn state_info(message: &Signed) -> Option<&StateInfo> {
    match &message.message.content {
        Some(Content::StateInfo(info)) => Some(info),
        _ => None,
    }
}

impl Channel {
    pub(crate) fn new(
        description: ChannelDescription,
        height: u64,
        chaincodes: &[InstalledChaincode],
        own: &PkiId,
        environment: &Environment,
    ) -> Self {
        let properties = Properties {
            ledger_height: height,
            left_channel: false,
            chaincodes: wire(chaincodes),
        };
        let incarnation = environment.nanoseconds();
        let message = own_info(
            &description.name,
            own,
            &properties,
            incarnation,
            environment,
        );
        Self {
            organisations: description.organisations.iter().cloned().collect(),
            description,
            infos: HashMap::new(),
            own: Arc::new(message),
            properties,
            incarnation,
            unpublished: true,
        }
    }

    /// A newer configuration: statements of peers whose organisation left are forgotten.
    pub(crate) fn configure(
        &mut self,
        description: ChannelDescription,
        msp_of: impl Fn(&PkiId) -> Option<String>,
    ) {
        if description.sequence < self.description.sequence {
            return;
        }
        self.organisations = description.organisations.iter().cloned().collect();
        self.description = description;
        let organisations = &self.organisations;
        self.infos
            .retain(|peer, _| msp_of(peer).is_some_and(|msp_id| organisations.contains(&msp_id)));
    }

    pub(crate) fn has_organisation(&self, msp_id: &str) -> bool {
        self.organisations.contains(msp_id)
    }

    pub(crate) fn is_left(&self) -> bool {
        self.properties.left_channel
    }

    /// Changes what this peer says of itself. The clock must go forward; when it does not, the change waits for one
    /// that does.
    pub(crate) fn update(
        &mut self,
        own: &PkiId,
        environment: &Environment,
        change: impl FnOnce(&mut Properties),
    ) {
        let before = self.properties.clone();
        change(&mut self.properties);
        if self.properties == before {
            return;
        }
        let name = &self.description.name;
        let message = own_info(name, own, &self.properties, self.incarnation, environment);
        self.own = Arc::new(message);
        self.unpublished = true;
    }

    pub(crate) fn own(&self) -> &Arc<Signed> {
        &self.own
    }

    pub(crate) fn properties(&self) -> &Properties {
        &self.properties
    }

    /// Whether a statement would be taken. Asked before its signature is verified.
    pub(crate) fn judge(&self, peer: &PkiId, msp_id: &str, at: Time) -> Result<(), StateInfoError> {
        if !self.has_organisation(msp_id) {
            return Err(StateInfoError::Organisation);
        }
        let known = self.infos.get(peer).and_then(|known| state_info(known));
        if known.is_some_and(|known| time(known.timestamp.as_ref()) >= at) {
            return Err(StateInfoError::Old);
        }
        Ok(())
    }

    /// Takes a statement that was judged and verified. False when a newer one came in between.
    pub(crate) fn learn(&mut self, peer: &PkiId, message: Arc<Signed>) -> bool {
        let Some(info) = state_info(&message) else {
            return false;
        };
        let at = time(info.timestamp.as_ref());
        let known = self.infos.get(peer).and_then(|known| state_info(known));
        if known.is_some_and(|known| time(known.timestamp.as_ref()) >= at) {
            return false;
        }
        self.infos.insert(peer.clone(), message);
        true
    }

    pub(crate) fn info_of(&self, peer: &PkiId) -> Option<&Arc<Signed>> {
        self.infos.get(peer)
    }

    pub(crate) fn infos(&self) -> impl Iterator<Item = (&PkiId, &Arc<Signed>)> {
        self.infos.iter()
    }

    /// Forgets peers that are not known any more.
    pub(crate) fn sweep(&mut self, is_known: impl Fn(&PkiId) -> bool) {
        self.infos.retain(|peer, _| is_known(peer));
    }
}

pub(crate) fn wire(chaincodes: &[InstalledChaincode]) -> Vec<Chaincode> {
    let wire = |chaincode: &InstalledChaincode| Chaincode {
        name: chaincode.name.clone(),
        version: chaincode.version.clone(),
        metadata: bytes::Bytes::new(),
    };
    chaincodes.iter().map(wire).collect()
}

fn own_info(
    name: &str,
    own: &PkiId,
    properties: &Properties,
    incarnation: u64,
    environment: &Environment,
) -> Signed {
    let info = StateInfo {
        timestamp: Some(PeerTime {
            inc_num: incarnation,
            seq_num: environment.nanoseconds(),
        }),
        pki_id: own.bytes().clone(),
        channel_mac: channel_mac(own, name),
        properties: Some(properties.clone()),
    };
    environment.sign(plain(Tag::ChanOrOrg, 0, Content::StateInfo(info)))
}
