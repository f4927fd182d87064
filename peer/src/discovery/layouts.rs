//! From sets of principals and the peers that satisfy them to groups and layouts.

use super::error::SelectError;
use super::principal::Set;
use std::collections::{BTreeMap, BTreeSet};

/// What a peer is for the arrangement.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Principals that it satisfies, by place.
    pub satisfies: BTreeSet<usize>,
    /// It has every chaincode of the question, as it is defined now.
    pub runs: bool,
}

/// Who together can endorse. Enough of each group of one layout are enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// Places of candidates, by group.
    pub groups: BTreeMap<String, Vec<usize>>,
    /// How many of each group.
    pub layouts: Vec<BTreeMap<String, u32>>,
}

/// Groups are named as Fabric names them, `G0` and so on, in the order in which principals first occur.
///
/// Fabric: discovery/endorsement/endorsement.go, computeEndorsementResponse.
pub fn arrange(sets: &[Set], candidates: &[Candidate]) -> Result<Arrangement, SelectError> {
    let mut names = BTreeMap::new();
    for principal in sets.iter().flatten() {
        let number = names.len();
        names
            .entry(*principal)
            .or_insert_with(|| format!("G{number}"));
    }
    let count = |principal: usize, runs: bool| {
        let found = candidates
            .iter()
            .filter(|peer| peer.satisfies.contains(&principal) && (peer.runs || !runs));
        found.count()
    };
    let satisfiable = |layout: &BTreeMap<usize, u32>, runs: bool| {
        layout
            .iter()
            .all(|(principal, quantity)| count(*principal, runs) >= *quantity as usize)
    };
    let mut layouts: Vec<_> = sets.iter().map(histogram).collect();
    layouts.retain(|layout| satisfiable(layout, false));
    if layouts.is_empty() {
        return Err(SelectError::NoCombination);
    }
    // Fabric describes every group of these layouts, also of those that fall away now.
    let described: BTreeSet<usize> = layouts.iter().flat_map(BTreeMap::keys).copied().collect();
    layouts.retain(|layout| satisfiable(layout, true));
    if layouts.is_empty() {
        return Err(SelectError::NotInstalled);
    }
    let members = |principal: &usize| -> Vec<usize> {
        let peers = candidates.iter().enumerate();
        peers
            .filter(|(_, peer)| peer.runs && peer.satisfies.contains(principal))
            .map(|(at, _)| at)
            .collect()
    };
    let groups = described
        .iter()
        .map(|principal| (names[principal].clone(), members(principal)))
        .filter(|(_, members)| !members.is_empty());
    let named = |layout: &BTreeMap<usize, u32>| {
        let quantities = layout.iter();
        quantities
            .map(|(principal, quantity)| (names[principal].clone(), *quantity))
            .collect()
    };
    Ok(Arrangement {
        groups: groups.collect(),
        layouts: layouts.iter().map(named).collect(),
    })
}

fn histogram(set: &Set) -> BTreeMap<usize, u32> {
    let mut out = BTreeMap::new();
    for principal in set {
        *out.entry(*principal).or_default() += 1;
    }
    out
}
