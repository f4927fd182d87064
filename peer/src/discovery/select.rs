use super::chaincode::Defined;
use super::error::SelectError;
use super::interest::{Question, principal_sets};
use super::layouts::{Arrangement, Candidate, arrange};
use super::members::Eligible;
use super::principal::Principals;
use crate::node::{Channel, Peer, random_number};
use parking_lot::Mutex;
use selvedge_gossip::ChannelPeer;
use selvedge_identity::Identity;
use selvedge_protos::protos::{ChaincodeCall, ChaincodeInterest};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Answers who can endorse what on the channels of one peer.
pub struct Discovery {
    peer: Arc<Peer>,
    remembered: Mutex<HashMap<(String, String), Remembered>>,
}

/// What was found about a chaincode, as long as nothing happened that may have changed it.
struct Remembered {
    definitions: u64,
    config: u64,
    defined: Arc<Defined>,
}

/// Peers that together satisfy a question, by place in `peers`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The first chaincode of the question.
    pub chaincode: String,
    pub peers: Vec<ChannelPeer>,
    pub arrangement: Arrangement,
}

impl Discovery {
    pub fn new(peer: Arc<Peer>) -> Self {
        Self {
            peer,
            remembered: Mutex::default(),
        }
    }

    /// Which peers can endorse a transaction that calls these chaincodes.
    ///
    /// Fabric: discovery/endorsement/endorsement.go, PeersForEndorsement.
    pub fn endorsers(
        &self,
        channel_id: &str,
        interest: &ChaincodeInterest,
    ) -> Result<Selection, SelectError> {
        let calls = &interest.chaincodes;
        let (channel, defined) = self.defined(channel_id, calls)?;
        let config = channel.config();
        let eligible = eligible(calls, &defined)?;
        let mut peers = self.peers_of(channel_id);
        // Without an address for others nobody else can reach it.
        peers.retain(|peer| !peer.member.external_endpoint.is_empty());
        let identify = |peer: &ChannelPeer| config.msps().deserialize(&peer.member.identity).ok();
        let mut identities: Vec<Option<Arc<Identity>>> = peers.iter().map(identify).collect();
        let mut at = 0;
        peers.retain(|_| {
            let member = identities[at].as_ref();
            at += 1;
            eligible.is_everybody() || member.is_some_and(|member| eligible.includes(member))
        });
        if !eligible.is_everybody() {
            identities = peers.iter().map(identify).collect();
        }
        let mut principals = Principals::default();
        let question = Question {
            channel: channel_id,
            config: &config,
            calls,
            defined: &defined,
        };
        let sets = principal_sets(&question, &mut principals, &mut pick)?;
        let candidates: Vec<Candidate> = peers
            .iter()
            .zip(&identities)
            .map(|(peer, identity)| Candidate {
                satisfies: satisfied(&principals, identity.as_deref()),
                runs: runs(peer, calls, &defined),
            })
            .collect();
        Ok(Selection {
            chaincode: calls
                .first()
                .map(|call| call.name.clone())
                .unwrap_or_default(),
            arrangement: arrange(&sets, &candidates)?,
            peers,
        })
    }

    /// Peers of a channel that have these chaincodes and may have the data of the collections; all without calls.
    ///
    /// Fabric: discovery/endorsement/endorsement.go, PeersAuthorizedByCriteria.
    pub fn authorized(
        &self,
        channel_id: &str,
        calls: &[ChaincodeCall],
    ) -> Result<Vec<ChannelPeer>, SelectError> {
        let mut peers = self.peers_of(channel_id);
        if calls.is_empty() {
            return Ok(peers);
        }
        let (channel, defined) = self.defined(channel_id, calls)?;
        let config = channel.config();
        let eligible = eligible(calls, &defined)?;
        peers.retain(|peer| {
            let identity = config.msps().deserialize(&peer.member.identity);
            runs(peer, calls, &defined)
                && (eligible.is_everybody()
                    || identity.is_ok_and(|identity| eligible.includes(&identity)))
        });
        Ok(peers)
    }

    /// The peers of a channel, this one with the height of its ledger.
    pub fn peers_of(&self, channel_id: &str) -> Vec<ChannelPeer> {
        let membership = self.peer.membership();
        let mut peers = membership
            .map(|membership| membership.channel_peers(channel_id))
            .unwrap_or_default();
        if let Some(channel) = self.peer.channel(channel_id) {
            let own = peers.iter_mut().filter(|peer| peer.member.is_self);
            own.for_each(|own| own.height = channel.ledger().height());
        }
        peers
    }

    fn defined(
        &self,
        channel_id: &str,
        calls: &[ChaincodeCall],
    ) -> Result<(Arc<Channel>, Vec<Arc<Defined>>), SelectError> {
        let channel = self.peer.channel(channel_id);
        let unknown = |name: &str| SelectError::NoMetadata {
            chaincode: name.to_owned(),
            channel: channel_id.to_owned(),
        };
        let first = calls.first().ok_or(SelectError::NoSets)?;
        let channel = channel.ok_or_else(|| unknown(&first.name))?;
        let found = |call: &ChaincodeCall| {
            self.definition(&channel, &call.name)
                .ok_or_else(|| unknown(&call.name))
        };
        let defined = calls.iter().map(found).collect::<Result<_, _>>()?;
        Ok((channel, defined))
    }

    fn definition(&self, channel: &Channel, name: &str) -> Option<Arc<Defined>> {
        // Read before the state is: what changes meanwhile makes the answer old, not wrong.
        let definitions = *self.peer.definitions().borrow();
        let config = channel.config().sequence();
        let key = (channel.id().to_owned(), name.to_owned());
        if let Some(known) = self.remembered.lock().get(&key)
            && (known.definitions, known.config) == (definitions, config)
        {
            return Some(Arc::clone(&known.defined));
        }
        match Defined::find(channel, name) {
            Ok(defined) => {
                let defined = Arc::new(defined);
                let remembered = Remembered {
                    definitions,
                    config,
                    defined: Arc::clone(&defined),
                };
                self.remembered.lock().insert(key, remembered);
                Some(defined)
            }
            Err(error) => {
                tracing::debug!(channel = channel.id(), chaincode = name, %error, "no metadata");
                None
            }
        }
    }
}

fn eligible(calls: &[ChaincodeCall], defined: &[Arc<Defined>]) -> Result<Eligible, SelectError> {
    let mut eligible = Eligible::default();
    for (call, defined) in calls.iter().zip(defined) {
        eligible.demand(call, defined)?;
    }
    Ok(eligible)
}

fn satisfied(
    principals: &Principals,
    identity: Option<&Identity>,
) -> std::collections::BTreeSet<usize> {
    let Some(identity) = identity else {
        return Default::default();
    };
    let satisfies = |place: &usize| {
        principals
            .get(*place)
            .is_some_and(|principal| identity.satisfies(principal).is_ok())
    };
    (0..principals.len()).filter(satisfies).collect()
}

/// Fabric: discovery/endorsement/endorsement.go, peersWithChaincode.
fn runs(peer: &ChannelPeer, calls: &[ChaincodeCall], defined: &[Arc<Defined>]) -> bool {
    let mut wanted = calls.iter().zip(defined);
    wanted.all(|(call, defined)| peer.chaincode(&call.name) == Some(defined.version.as_str()))
}

fn pick(below: usize) -> usize {
    let below = u64::try_from(below.max(1)).unwrap_or(u64::MAX);
    usize::try_from(random_number() % below).unwrap_or_default()
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovery").finish_non_exhaustive()
    }
}
