//! Whom to ask.

use super::arrangements::{Arranged, Moment};
use super::neighbours::Neighbours;
use super::plan::Plan;
use super::server::Gateway;
use super::target::Target;
use crate::endorser::is_system;
use crate::node::random_number;
use parking_lot::Mutex;
use selvedge_gossip::{ChannelPeer, PkiId};
use selvedge_protos::protos::ChaincodeInterest;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// A peer and how much of the channel it has.
#[derive(Clone)]
pub(super) struct Ranked {
    pub(super) target: Arc<Target>,
    height: u64,
}

/// A plan and the peers that its numbers stand for.
pub(super) struct Planned {
    pub(super) targets: Vec<Arc<Target>>,
    pub(super) plan: Mutex<Plan>,
}

impl Planned {
    /// The number of a peer; one that no group has gets a number of its own.
    pub(super) fn number(&mut self, target: &Arc<Target>) -> usize {
        let known = self
            .targets
            .iter()
            .position(|known| known.pki_id == target.pki_id);
        known.unwrap_or_else(|| {
            self.targets.push(Arc::clone(target));
            self.targets.len() - 1
        })
    }

    /// The peers of the first layout's first group, in the order in which they are asked.
    pub(super) fn into_first_group(self) -> Vec<Arc<Target>> {
        let mut plan = self.plan.into_inner();
        let picks = plan.next_layout();
        let mut next = picks.and_then(|picks| picks.into_iter().next());
        let mut peers = Vec::new();
        while let Some(pick) = next {
            peers.extend(self.targets.get(pick.peer).cloned());
            next = plan.next_in_group(&pick.group);
        }
        peers
    }
}

/// The highest first; this peer before others of its height.
///
/// Fabric: internal/pkg/gateway/registry.go, sorter.
fn sort(peers: &mut [Ranked]) {
    peers.sort_by_key(|peer| (std::cmp::Reverse(peer.height), !peer.target.is_self));
}

/// The peers that have a chaincode and can be asked.
fn with<'a>(known: &'a Neighbours, chaincode: &'a str) -> impl Iterator<Item = &'a Ranked> {
    let everybody = is_system(chaincode);
    let peers = known.peers.iter().zip(&known.ranked);
    peers.filter_map(move |(peer, ranked)| {
        let has_it = everybody || peer.chaincode(chaincode).is_some();
        ranked.as_ref().filter(|_| has_it)
    })
}

impl Gateway {
    /// What is known of a channel now; `None`: this peer is not in it.
    fn moment(&self, channel: &str) -> Option<Moment> {
        let config = self.peer().channel(channel)?.config().sequence();
        let basis = (*self.peer().definitions().borrow(), config);
        let ask = || {
            let peers = self.discovery().peers_of(channel);
            let ranked = self.ranked(channel, &peers);
            Neighbours { peers, ranked }
        };
        let peers = self.neighbourhoods();
        let peers = peers.of(channel, basis, Instant::now(), ask);
        Some(Moment { basis, peers })
    }

    fn ranked(&self, channel: &str, peers: &[ChannelPeer]) -> Vec<Option<Ranked>> {
        let Some(channel) = self.peer().channel(channel) else {
            return peers.iter().map(|_| None).collect();
        };
        let config = channel.config();
        let rank = |peer: &ChannelPeer| {
            Some(Ranked {
                target: self.targets().find(&peer.member, &config)?,
                height: peer.height,
            })
        };
        let ranked = peers.iter().map(rank).collect();
        self.forget_the_gone();
        ranked
    }

    /// Only looks when there are more connections than peers.
    fn forget_the_gone(&self) {
        let Some(membership) = self.peer().membership() else {
            return;
        };
        if self.targets().len() < 64 {
            return;
        }
        let members = membership.members();
        let alive: BTreeSet<&PkiId> = members.iter().map(|member| &member.pki_id).collect();
        self.targets().keep(&alive);
    }

    /// The peers of a channel that have a chaincode, by organisation, the best of each first.
    ///
    /// Fabric: internal/pkg/gateway/registry.go, endorsersByOrg.
    fn by_organisation(&self, channel: &str, chaincode: &str) -> BTreeMap<String, Vec<Ranked>> {
        let mut found = BTreeMap::<String, Vec<Ranked>>::new();
        let Some(moment) = self.moment(channel) else {
            return found;
        };
        for ranked in with(&moment.peers, chaincode) {
            let organisation = ranked.target.msp_id.clone();
            found.entry(organisation).or_default().push(ranked.clone());
        }
        found.values_mut().for_each(|peers| sort(peers));
        found
    }

    /// The peers of this organisation that have a chaincode, the best first.
    pub(super) fn own_endorsers(&self, channel: &str, chaincode: &str) -> Vec<Arc<Target>> {
        let Some(moment) = self.moment(channel) else {
            return Vec::new();
        };
        let own = with(&moment.peers, chaincode);
        let own = own.filter(|ranked| ranked.target.msp_id == self.msp_id());
        let mut own: Vec<Ranked> = own.cloned().collect();
        sort(&mut own);
        own.into_iter().map(|ranked| ranked.target).collect()
    }

    /// In which order peers are asked to evaluate: those of the own organisation, then the others; only of
    /// `organisations`, if any are named.
    ///
    /// Fabric: internal/pkg/gateway/registry.go, evaluator.
    pub(super) fn evaluators(
        &self,
        channel: &str,
        chaincode: &str,
        organisations: &[String],
    ) -> Vec<Arc<Target>> {
        let mut found = self.by_organisation(channel, chaincode);
        if !organisations.is_empty() {
            found.retain(|organisation, _| organisations.contains(organisation));
        }
        let mut order = found.remove(self.msp_id()).unwrap_or_default();
        let mut others: Vec<Ranked> = found.into_values().flatten().collect();
        sort(&mut others);
        order.extend(others);
        order.into_iter().map(|ranked| ranked.target).collect()
    }

    /// One peer of each of these organisations. The error is for the client.
    ///
    /// Fabric: internal/pkg/gateway/registry.go, planForOrgs.
    pub(super) fn plan_for_organisations(
        &self,
        channel: &str,
        chaincode: &str,
        organisations: &[String],
    ) -> Result<Planned, String> {
        let mut found = self.by_organisation(channel, chaincode);
        let missing = organisations
            .iter()
            .filter(|organisation| !found.contains_key(*organisation));
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(format!(
                "failed to find any endorsing peers for org(s): {missing}"
            ));
        }
        found.retain(|organisation, _| organisations.contains(organisation));
        let layout = found.keys().map(|name| (name.clone(), 1)).collect();
        Ok(planned(vec![layout], &found))
    }

    /// Peers whose endorsements together satisfy the policies of these calls. Layouts with the group of `first` come
    /// first. The error is for the client.
    ///
    /// Fabric: internal/pkg/gateway/registry.go, endorsementPlan.
    pub(super) fn plan_for_policies(
        &self,
        channel: &str,
        interest: &ChaincodeInterest,
        first: Option<&Target>,
    ) -> Result<Planned, String> {
        let arranged = self.arranged(channel, interest)?;
        let is_first =
            |ranked: &Ranked| first.is_some_and(|first| first.pki_id == ranked.target.pki_id);
        let preferred: BTreeSet<&String> = arranged
            .groups
            .iter()
            .filter(|(_, members)| members.iter().any(is_first))
            .map(|(group, _)| group)
            .collect();
        let (mut layouts, mut others): (Vec<_>, Vec<_>) = arranged
            .layouts
            .iter()
            .cloned()
            .partition(|layout| layout.keys().any(|group| preferred.contains(group)));
        shuffle(&mut layouts);
        shuffle(&mut others);
        layouts.append(&mut others);
        Ok(planned(layouts, &arranged.groups))
    }

    /// What discovery says, as it was remembered while nothing has happened since.
    fn arranged(
        &self,
        channel: &str,
        interest: &ChaincodeInterest,
    ) -> Result<Arc<Arranged>, String> {
        // Looked at before discovery is asked: what changes meanwhile makes the answer old, not wrong.
        let Some(moment) = self.moment(channel) else {
            return self.arrange(channel, interest).map(Arc::new);
        };
        let remembered = self.arrangements().get(channel, interest, &moment);
        if let Some(known) = remembered {
            return Ok(known);
        }
        let arranged = Arc::new(self.arrange(channel, interest)?);
        self.arrangements()
            .put(channel, interest, moment, &arranged);
        Ok(arranged)
    }

    fn arrange(&self, channel: &str, interest: &ChaincodeInterest) -> Result<Arranged, String> {
        let selection = self.discovery().endorsers(channel, interest);
        let selection = selection.map_err(|error| {
            tracing::error!(channel, %error, "no endorsers for a transaction");
            format!(
                "no combination of peers can be derived which satisfy the endorsement policy: {error}"
            )
        })?;
        let ranked = self.ranked(channel, &selection.peers);
        let mut groups = BTreeMap::<String, Vec<Ranked>>::new();
        let mut unavailable = Vec::new();
        for (group, places) in &selection.arrangement.groups {
            let members = groups.entry(group.clone()).or_default();
            for place in places {
                match &ranked[*place] {
                    Some(ranked) => members.push(ranked.clone()),
                    None => {
                        let member = &selection.peers[*place].member;
                        unavailable.push(member.external_endpoint.as_str());
                    }
                }
            }
            sort(members);
        }
        let layouts = available(&selection.arrangement.layouts, &groups);
        if layouts.is_empty() {
            let unavailable = unavailable.join(" ");
            return Err(format!(
                "failed to select a set of endorsers that satisfy the endorsement policy due to unavailability of peers: [{unavailable}]"
            ));
        }
        Ok(Arranged { groups, layouts })
    }
}

/// The layouts for which there are enough peers.
fn available(
    layouts: &[BTreeMap<String, u32>],
    groups: &BTreeMap<String, Vec<Ranked>>,
) -> Vec<BTreeMap<String, usize>> {
    let layouts = layouts.iter().map(|layout| -> BTreeMap<String, usize> {
        let quantities = layout.iter();
        quantities
            .map(|(group, quantity)| (group.clone(), *quantity as usize))
            .collect()
    });
    let enough =
        |(group, quantity): (&String, &usize)| groups.get(group).map_or(0, Vec::len) >= *quantity;
    layouts.filter(|layout| layout.iter().all(enough)).collect()
}

fn planned(
    layouts: Vec<BTreeMap<String, usize>>,
    groups: &BTreeMap<String, Vec<Ranked>>,
) -> Planned {
    let mut planned = Planned {
        targets: Vec::new(),
        plan: Mutex::new(Plan::new(Vec::new(), BTreeMap::new())),
    };
    let mut numbered = BTreeMap::new();
    for (group, members) in groups {
        let numbers = members.iter().map(|ranked| planned.number(&ranked.target));
        numbered.insert(group.clone(), numbers.collect());
    }
    planned.plan = Mutex::new(Plan::new(layouts, numbered));
    planned
}

/// So that the same peers do not always do the work.
pub(super) fn shuffle<T>(items: &mut [T]) {
    for end in (1..items.len()).rev() {
        let bound = u64::try_from(end).unwrap_or(u64::MAX).saturating_add(1);
        let with = usize::try_from(random_number() % bound).unwrap_or_default();
        items.swap(end, with);
    }
}
