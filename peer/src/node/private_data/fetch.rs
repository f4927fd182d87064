//! Asking other members for private data.
//!
//! Fabric: gossip/privdata/pull.go.

use super::collection;
use crate::node::{PrivateDataOptions, random_number};
use bytes::Bytes;
use futures::future::join_all;
use selvedge_gossip::{ChannelPeer, Membership as _, Node, PkiId};
use selvedge_identity::ChannelConfig;
use selvedge_protos::gossip::{PvtDataDigest, PvtDataElement};
use selvedge_protos::protos::StaticCollectionConfig;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Something that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) digest: PvtDataDigest,
    /// The collection as it is now: its members may have the data.
    pub(super) collection: StaticCollectionConfig,
    pub(super) preferred: Preferred,
}

/// Who is asked first.
#[derive(Clone, Debug)]
pub(super) enum Preferred {
    /// Serialized identities of those who endorsed the transaction.
    Endorsers(Vec<Bytes>),
    /// Members of the collection as it was when the data was written.
    MembersOf(StaticCollectionConfig),
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Data for the question with this index that was taken as right, in the order in which it came.
    pub(super) found: Vec<(usize, Bytes)>,
    /// Questions that need not be asked again soon, because a peer gave other data than was asked for: it has purged some
    /// of the keys, or began with a snapshot. Or it has dropped the data, since it expires.
    pub(super) gone: BTreeSet<usize>,
    /// Some peer was there to be asked.
    pub(super) anybody: bool,
}

/// Asks one peer after the other for each of the questions until one gives what `is_right` takes.
pub(super) async fn fetch(
    node: &Node,
    channel: &str,
    config: &Arc<ChannelConfig>,
    options: &PrivateDataOptions,
    questions: &[Question],
    is_right: impl Fn(usize, &Bytes) -> bool,
) -> Answers {
    let mut peers = node.channel_peers(channel);
    peers.retain(|peer| !peer.member.is_self);
    let mut open: BTreeMap<usize, Vec<PkiId>> = BTreeMap::new();
    let mut answers = Answers::default();
    for (index, question) in questions.iter().enumerate() {
        let Some(candidates) = candidates(question, &peers, config, options) else {
            answers.anybody = true;
            answers.gone.insert(index);
            continue;
        };
        answers.anybody |= !candidates.is_empty();
        open.insert(index, candidates);
    }
    loop {
        // The last of each list comes next.
        let mut by_peer: BTreeMap<PkiId, Vec<usize>> = BTreeMap::new();
        for (index, candidates) in &mut open {
            if let Some(peer) = candidates.pop() {
                by_peer.entry(peer).or_default().push(*index);
            }
        }
        if by_peer.is_empty() {
            return answers;
        }
        let asked = by_peer.into_iter().map(|(peer, indices)| async move {
            let digests = indices.iter().filter_map(|index| questions.get(*index));
            let digests = digests.map(|question| question.digest.clone()).collect();
            let given = node.request_private_data(channel, &peer, digests).await;
            let given = given.unwrap_or_else(|error| {
                tracing::debug!(channel, %peer, %error, "a peer gives no private data");
                Vec::new()
            });
            (indices, given)
        });
        for (indices, given) in join_all(asked).await {
            for (index, data) in match_up(questions, &indices, given) {
                if !open.contains_key(&index) {
                    continue;
                }
                // Somebody else may still have all of it.
                if !is_right(index, &data) {
                    answers.gone.insert(index);
                    continue;
                }
                open.remove(&index);
                answers.gone.remove(&index);
                answers.found.push((index, data));
            }
        }
    }
}

/// Which answers belong to which of the questions. A peer may answer what it was not asked.
fn match_up(
    questions: &[Question],
    asked: &[usize],
    given: Vec<PvtDataElement>,
) -> Vec<(usize, Bytes)> {
    let mut out = Vec::new();
    for element in given {
        let is_answer = |index: &&usize| {
            let question = questions.get(**index);
            question.is_some_and(|question| Some(&question.digest) == element.digest.as_ref())
        };
        if let Some(index) = asked.iter().find(is_answer) {
            out.extend(element.payload.into_iter().map(|data| (*index, data)));
        }
    }
    out
}

/// Peers that may have it, the best last; nothing where one of them has dropped it.
fn candidates(
    question: &Question,
    peers: &[ChannelPeer],
    config: &ChannelConfig,
    options: &PrivateDataOptions,
) -> Option<Vec<PkiId>> {
    let collection = &question.collection;
    let members: Vec<&ChannelPeer> = peers
        .iter()
        .filter(|peer| collection::admits(config, collection, &peer.signed_data()))
        .collect();
    // One that has dropped it already says that all will, soon.
    let expires = question
        .digest
        .block_seq
        .saturating_add(collection.block_to_live);
    let dropped =
        |peer: &&ChannelPeer| peer.height.saturating_add(options.btl_pull_margin) >= expires;
    if collection.block_to_live > 0 && members.iter().any(dropped) {
        return None;
    }
    let organisations = collection::organisations(collection);
    let is_preferred = |peer: &ChannelPeer| match &question.preferred {
        Preferred::Endorsers(endorsers) => {
            organisations.contains(&peer.member.msp_id) && endorsers.contains(&peer.member.identity)
        }
        Preferred::MembersOf(before) => collection::admits(config, before, &peer.signed_data()),
    };
    let (mut first, mut others): (Vec<&ChannelPeer>, Vec<&ChannelPeer>) =
        members.into_iter().partition(|peer| is_preferred(peer));
    // An endorser has it even if it is no member any more.
    let known: BTreeSet<&PkiId> = first.iter().map(|peer| &peer.member.pki_id).collect();
    let endorsers = peers
        .iter()
        .filter(|peer| matches!(question.preferred, Preferred::Endorsers(_)) && is_preferred(peer));
    let endorsers: Vec<_> = endorsers
        .filter(|peer| !known.contains(&peer.member.pki_id))
        .collect();
    first.extend(endorsers);
    shuffle(&mut first);
    shuffle(&mut others);
    let mut out: Vec<PkiId> = Vec::new();
    for peer in others.into_iter().chain(first) {
        if !out.contains(&peer.member.pki_id) {
            out.push(peer.member.pki_id.clone());
        }
    }
    Some(out)
}

fn shuffle<T>(items: &mut [T]) {
    for end in (1..items.len()).rev() {
        let other = random_number() % (end as u64 + 1);
        items.swap(end, usize::try_from(other).unwrap_or_default());
    }
}
