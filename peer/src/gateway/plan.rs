use bytes::Bytes;
use selvedge_protos::gateway::ErrorDetail;
use selvedge_protos::protos::Endorsement;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which endorsers are asked next, and when there are enough endorsements. Peers are numbers of the caller's.
///
/// Unlike Fabric's, a peer may be in several groups: what it signed counts for one of them in each layout.
///
/// Fabric: internal/pkg/gateway/endorsement.go.
#[derive(Debug)]
pub struct Plan {
    /// In the order in which they are tried; `None`: given up.
    layouts: Vec<Option<Layout>>,
    next: usize,
    /// Peers that were not asked yet, the best first.
    groups: BTreeMap<String, VecDeque<usize>>,
    groups_of: BTreeMap<usize, BTreeSet<String>>,
    sizes: BTreeMap<String, usize>,
    /// What all must have signed.
    payload: Option<Bytes>,
    completed: Option<Vec<Endorsement>>,
    details: Vec<ErrorDetail>,
}

#[derive(Debug)]
struct Layout {
    required: BTreeMap<String, usize>,
    endorsements: Vec<Endorsement>,
}

/// A peer that is to be asked, for one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    pub peer: usize,
    pub group: String,
}

impl Plan {
    /// Each group lists its peers, the best first.
    pub fn new(
        layouts: Vec<BTreeMap<String, usize>>,
        groups: BTreeMap<String, Vec<usize>>,
    ) -> Self {
        let mut groups_of = BTreeMap::<usize, BTreeSet<String>>::new();
        for (group, peers) in &groups {
            for peer in peers {
                groups_of.entry(*peer).or_default().insert(group.clone());
            }
        }
        let layout = |required| Layout {
            required,
            endorsements: Vec::new(),
        };
        Self {
            layouts: layouts.into_iter().map(layout).map(Some).collect(),
            next: 0,
            sizes: groups
                .iter()
                .map(|(group, peers)| (group.clone(), peers.len()))
                .collect(),
            groups: groups
                .into_iter()
                .map(|(group, peers)| (group, peers.into()))
                .collect(),
            groups_of,
            payload: None,
            completed: None,
            details: Vec::new(),
        }
    }

    /// The peers that the next layout still needs; `None` when no layout is left.
    pub fn next_layout(&mut self) -> Option<Vec<Pick>> {
        while let Some(layout) = self.layouts.get(self.next) {
            let required = layout.as_ref().map(|layout| layout.required.clone());
            if let Some(picks) = required.and_then(|required| self.pick(&required)) {
                return Some(picks);
            }
            self.layouts[self.next] = None;
            self.next += 1;
        }
        None
    }

    /// Takes peers out of all groups, or none when there are not enough.
    fn pick(&mut self, required: &BTreeMap<String, usize>) -> Option<Vec<Pick>> {
        let mut wanted: Vec<_> = required.iter().collect();
        // Those with little choice first.
        wanted.sort_by_key(|(group, _)| self.groups.get(*group).map_or(0, VecDeque::len));
        let mut taken = BTreeSet::new();
        let mut picks = Vec::new();
        for (group, quantity) in wanted {
            let peers = self.groups.get(group)?.iter();
            let free: Vec<usize> = peers
                .filter(|peer| !taken.contains(*peer))
                .take(*quantity)
                .copied()
                .collect();
            if free.len() < *quantity {
                return None;
            }
            taken.extend(free.iter().copied());
            picks.extend(free.into_iter().map(|peer| Pick {
                peer,
                group: group.clone(),
            }));
        }
        taken.into_iter().for_each(|peer| self.take(peer));
        Some(picks)
    }

    fn take(&mut self, peer: usize) {
        for peers in self.groups.values_mut() {
            peers.retain(|other| *other != peer);
        }
    }

    /// Another peer of a group whose peer failed.
    pub fn next_in_group(&mut self, group: &str) -> Option<Pick> {
        let peer = *self.groups.get(group)?.front()?;
        self.take(peer);
        Some(Pick {
            peer,
            group: group.to_owned(),
        })
    }

    /// A peer has endorsed, whether this plan asked it for a group or somebody did before. The error is the payload of
    /// those before it, if it signed something else; then its endorsement does not count.
    pub fn endorsed(
        &mut self,
        peer: usize,
        asked_for: Option<&str>,
        payload: &Bytes,
        endorsement: Option<Endorsement>,
    ) -> Result<(), Bytes> {
        self.take(peer);
        let expected = self.payload.get_or_insert_with(|| payload.clone());
        if expected != payload {
            return Err(expected.clone());
        }
        let none = BTreeSet::new();
        let groups = self.groups_of.get(&peer).unwrap_or(&none);
        // Where it is not said: the group that is the hardest to find peers for.
        let rank = |group: &&String| {
            (
                Some(group.as_str()) != asked_for,
                self.sizes.get(*group).copied(),
            )
        };
        for layout in self.layouts.iter_mut().skip(self.next).flatten() {
            let required = groups
                .iter()
                .filter(|group| layout.required.contains_key(*group));
            let Some(group) = required.min_by_key(rank) else {
                continue;
            };
            layout.endorsements.extend(endorsement.clone());
            if let Some(quantity) = layout.required.get_mut(group) {
                *quantity -= 1;
                if *quantity == 0 {
                    layout.required.remove(group);
                }
            }
            if layout.required.is_empty() {
                self.completed = Some(std::mem::take(&mut layout.endorsements));
                break;
            }
        }
        Ok(())
    }

    /// The layout under way was tried; those that need one of these groups, which have run out of peers, are given up.
    pub fn abandon(&mut self, groups: &[String]) {
        for layout in self.layouts.iter_mut().skip(self.next) {
            let hopeless = layout.as_ref().is_some_and(|layout| {
                groups
                    .iter()
                    .any(|group| layout.required.contains_key(group))
            });
            if hopeless {
                *layout = None;
            }
        }
        self.next += 1;
    }

    pub fn add_detail(&mut self, detail: ErrorDetail) {
        self.details.push(detail);
    }

    pub fn is_complete(&self) -> bool {
        self.completed.is_some()
    }

    /// What was signed and by whom, no endorser twice; or what each peer that failed said.
    pub fn finish(self) -> Result<(Bytes, Vec<Endorsement>), Vec<ErrorDetail>> {
        let Some(endorsements) = self.completed else {
            return Err(self.details);
        };
        let mut seen = BTreeSet::new();
        let unique = endorsements
            .into_iter()
            .filter(|endorsement| seen.insert(endorsement.endorser.clone()));
        Ok((self.payload.unwrap_or_default(), unique.collect()))
    }
}
