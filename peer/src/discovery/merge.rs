//! Sets of principals that satisfy two policies at once.
//!
//! The steps are Fabric's, with what they leave out: where a set of one policy is part of a set of the other, its
//! combinations with the other policy's remaining sets are not looked for. Layouts of a Go peer and of this one for the
//! same question are the same.
//!
//! Fabric: common/policies/inquire/merge.go.

use super::inquire::{CHOICES, PRINCIPALS};
use super::principal::{Principals, Set};
use std::collections::{BTreeMap, BTreeSet};

/// Places in one list to places in another.
type Mapping = BTreeMap<usize, Vec<usize>>;

/// Words that are compared at most for one merge; longer lists are cut. Far above what a channel's policies need.
const WORK: usize = 1 << 29;

/// Every result satisfies what each of the two lists satisfies, and holds no other result. Bounded as
/// [`super::satisfying_sets`] is.
pub fn merge(principals: &Principals, mut left: Vec<Set>, mut right: Vec<Set>) -> Vec<Set> {
    let comparison = Comparison::new(principals);
    while left.len().saturating_mul(right.len()) > WORK / comparison.words {
        let longer = if left.len() > right.len() {
            &mut left
        } else {
            &mut right
        };
        longer.truncate(longer.len() / 2);
    }
    let left_in_right = comparison.contained(&left, &right);
    let mut found = comparison.pairs(&left_in_right, &left, &right);
    let left = without(left, left_in_right.keys());
    let right_in_left = comparison.contained(&right, &left);
    found.extend(comparison.pairs(&right_in_left, &right, &left));
    let right = without(right, right_in_left.keys());
    let left = without(left, right_in_left.values().flatten());
    // These places are those of the list before it was shortened, in Fabric as well.
    let right = without(right, left_in_right.values().flatten());
    let mut size: usize = found.iter().map(Vec::len).sum();
    'all: for left in &left {
        for right in &right {
            size += left.len() + right.len();
            if found.len() >= CHOICES || size > PRINCIPALS {
                break 'all;
            }
            found.push(comparison.united(left, right));
        }
    }
    comparison.reduce(found)
}

/// Without sets that hold another set. How often a principal occurs does not matter here; of two that hold each other the
/// first one stays.
pub(super) fn reduce(principals: &Principals, sets: Vec<Set>) -> Vec<Set> {
    Comparison::new(principals).reduce(sets)
}

fn without<'a>(sets: Vec<Set>, places: impl Iterator<Item = &'a usize>) -> Vec<Set> {
    let places: BTreeSet<usize> = places.copied().collect();
    let kept = sets.into_iter().enumerate();
    kept.filter(|(at, _)| !places.contains(at))
        .map(|(_, set)| set)
        .collect()
}

/// One bit for each principal.
type Mask = Vec<u64>;

struct Comparison {
    words: usize,
    /// For each principal those that it is.
    meant: Vec<Mask>,
}

impl Comparison {
    fn new(principals: &Principals) -> Self {
        let count = principals.len();
        let words = count.div_ceil(64).max(1);
        let meant = |this: usize| {
            let others = (0..count).filter(|other| principals.is_a(this, *other));
            mask(words, others)
        };
        Self {
            words,
            meant: (0..count).map(meant).collect(),
        }
    }

    fn is_a(&self, this: usize, other: usize) -> bool {
        self.meant
            .get(this)
            .is_some_and(|mask| mask[other / 64] >> (other % 64) & 1 == 1)
    }

    /// For each of `inner` those of `outer` that have, for each of its principals, one that is it.
    fn contained(&self, inner: &[Set], outer: &[Set]) -> Mapping {
        let cover = |set: &Set| {
            let mut cover = vec![0; self.words];
            for meant in set.iter().filter_map(|place| self.meant.get(*place)) {
                cover
                    .iter_mut()
                    .zip(meant)
                    .for_each(|(to, from)| *to |= from);
            }
            cover
        };
        let covers: Vec<Mask> = outer.iter().map(cover).collect();
        let mut mapping = Mapping::new();
        let mut room = PRINCIPALS;
        for (at, set) in inner.iter().enumerate() {
            let wanted = mask(self.words, set.iter().copied());
            let places = covers.iter().enumerate();
            let places: Vec<usize> = places
                .filter(|(_, cover)| is_subset(&wanted, cover))
                .map(|(place, _)| place)
                .take(room)
                .collect();
            room -= places.len();
            if !places.is_empty() {
                mapping.insert(at, places);
            }
        }
        mapping
    }

    fn pairs(&self, mapping: &Mapping, inner: &[Set], outer: &[Set]) -> Vec<Set> {
        let pairs = mapping
            .iter()
            .flat_map(|(at, places)| places.iter().map(|place| (&inner[*at], &outer[*place])));
        pairs
            .take(CHOICES)
            .map(|(inner, outer)| self.united(inner, outer))
            .collect()
    }

    /// `outer`, and what of `inner` no principal of it stands for. No principal stands for two.
    fn united(&self, inner: &Set, outer: &Set) -> Set {
        let mut used = vec![false; outer.len()];
        let mut united = outer.clone();
        for wanted in inner {
            let covers = |at: &usize| !used[*at] && self.is_a(outer[*at], *wanted);
            match (0..outer.len()).find(covers) {
                Some(at) => used[at] = true,
                None => united.push(*wanted),
            }
        }
        united
    }

    fn reduce(&self, sets: Vec<Set>) -> Vec<Set> {
        let masks: Vec<Mask> = sets
            .iter()
            .map(|set| mask(self.words, set.iter().copied()))
            .collect();
        let is_least = |(at, set): (usize, &Mask)| {
            let mut others = masks.iter().enumerate();
            !others.any(|(other_at, other)| {
                is_subset(other, set) && (other_at < at || !is_subset(set, other))
            })
        };
        let least: Vec<bool> = masks.iter().enumerate().map(is_least).collect();
        let kept = sets.into_iter().zip(least);
        kept.filter_map(|(set, least)| least.then_some(set))
            .collect()
    }
}

fn mask(words: usize, places: impl Iterator<Item = usize>) -> Mask {
    let mut mask = vec![0; words];
    for place in places {
        mask[place / 64] |= 1 << (place % 64);
    }
    mask
}

fn is_subset(inner: &Mask, outer: &Mask) -> bool {
    inner
        .iter()
        .zip(outer)
        .all(|(inner, outer)| inner & !outer == 0)
}
