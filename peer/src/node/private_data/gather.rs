use super::collection::{self, Collections};
use super::fetch::{Preferred, Question, fetch};
use super::{endorsers, entry};
use crate::node::gossip::Gossip;
use crate::node::{Channel, Peer};
use crate::validation::{PrivateSet, Validated, named_private_sets};
use bytes::Bytes;
use prometheus::HistogramVec;
use prost::Message as _;
use selvedge_ledger::{ParsedBlock, Snapshot, TransientEntry, TxPrivateData};
use selvedge_protos::gossip::PvtDataDigest;
use selvedge_protos::protos::StaticCollectionConfig;
use selvedge_protos::rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// One collection's write set of one transaction that this peer's organisation may keep.
struct Wanted {
    /// Index in the block.
    tx: usize,
    tx_id: String,
    set: PrivateSet,
    collection: StaticCollectionConfig,
    found: Option<Bytes>,
}

/// The private data of a block that this peer's organisation may keep: what was endorsed here or given to this peer, and
/// what other members give when they are asked. What is not found in time is recorded as missing by the ledger. Data of
/// transactions that turned out invalid is kept as well (application capability V1_4_2).
///
/// Call it from a thread that may block. Fabric: gossip/privdata/coordinator.go, StoreBlock; pvtdataprovider.go,
/// RetrievePvtdata.
pub(in crate::node) fn gather(
    peer: &Peer,
    channel: &Channel,
    snapshot: &Snapshot,
    block: &ParsedBlock,
    validated: &Validated,
) -> Vec<TxPrivateData> {
    let metrics = &peer.operations().metrics().gossip;
    let observe = |family: &HistogramVec, since: std::time::Instant| {
        let family = family.with_label_values(&[channel.id()]);
        family.observe(since.elapsed().as_secs_f64());
    };
    let began = std::time::Instant::now();
    let keeps_invalid = channel
        .config()
        .application_capabilities()
        .store_private_data_of_invalid_tx();
    let transactions = (0..block.envelopes.len())
        .filter(|tx| keeps_invalid || validated.codes.get(*tx) == Some(&0))
        .filter_map(|tx| Some((tx, sets(tx, block, validated)?)));
    let mut wanted = list(snapshot, peer.local_msp().id(), transactions);
    let mut of_tx = (usize::MAX, Vec::new());
    for item in &mut wanted {
        if of_tx.0 != item.tx {
            of_tx = (item.tx, endorsed(channel, &item.tx_id));
        }
        item.found = find(&of_tx.1, &item.set);
    }
    observe(&metrics.privdata_list_missing, began);
    if let Some(gossip) = peer.gossip() {
        let began = std::time::Instant::now();
        pull(gossip, channel, block, validated, &mut wanted);
        observe(&metrics.privdata_fetch, began);
    }
    assemble(wanted)
}

/// The ID and the private write sets of a transaction.
fn sets(
    tx: usize,
    block: &ParsedBlock,
    validated: &Validated,
) -> Option<(String, Vec<PrivateSet>)> {
    let examined = validated.transactions.get(tx)?;
    match examined.tx_id.is_empty() {
        false => Some((examined.tx_id.clone(), examined.private.clone())),
        true => named_private_sets(block.envelopes.get(tx)?),
    }
}

fn list(
    snapshot: &Snapshot,
    msp_id: &str,
    transactions: impl Iterator<Item = (usize, (String, Vec<PrivateSet>))>,
) -> Vec<Wanted> {
    let mut collections = Collections::new(snapshot);
    let mut wanted = Vec::new();
    for (tx, (tx_id, sets)) in transactions {
        for set in sets {
            let found = collections.get(&set.namespace, &set.collection);
            let member = found.filter(|found| collection::organisations(found).contains(msp_id));
            if let Some(collection) = member {
                wanted.push(Wanted {
                    tx,
                    tx_id: tx_id.clone(),
                    collection: collection.clone(),
                    set,
                    found: None,
                });
            }
        }
    }
    wanted
}

fn endorsed(channel: &Channel, tx_id: &str) -> Vec<TransientEntry> {
    channel.transient().get(tx_id).unwrap_or_else(|error| {
        // The data is asked of others then.
        tracing::error!(channel = channel.id(), %error, "private data cannot be read");
        Vec::new()
    })
}

fn find(entries: &[TransientEntry], set: &PrivateSet) -> Option<Bytes> {
    let stored = entries.iter().filter_map(entry::decode);
    let mut found = stored.flat_map(|stored| {
        let sets = entry::write_sets(&stored, &set.namespace, &set.collection);
        sets.cloned().collect::<Vec<_>>()
    });
    found.find(|rwset| is_named(set, rwset))
}

fn is_named(set: &PrivateSet, rwset: &[u8]) -> bool {
    Sha256::digest(rwset).as_slice() == set.hash.as_ref()
}

/// Between two rounds of questions. Fabric: pullRetrySleepInterval.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks other members for what is not here, for as long as a block may wait.
fn pull(
    gossip: &Gossip,
    channel: &Channel,
    block: &ParsedBlock,
    validated: &Validated,
    wanted: &mut [Wanted],
) {
    let skips_invalid = gossip.options().skip_pulling_invalid;
    let is_valid = |tx: usize| validated.codes.get(tx) == Some(&0);
    let mut open: Vec<usize> = (0..wanted.len())
        .filter(|index| {
            let item = &wanted[*index];
            item.found.is_none() && (is_valid(item.tx) || !skips_invalid)
        })
        .collect();
    if open.is_empty() {
        return;
    }
    let number = block.header.number;
    let questions: Vec<Question> = open
        .iter()
        .map(|index| question(&wanted[*index], block, number))
        .collect();
    let sets: Vec<PrivateSet> = open
        .iter()
        .map(|index| wanted[*index].set.clone())
        .collect();
    let (node, options) = (gossip.node().clone(), gossip.options().clone());
    let (name, config) = (channel.id().to_owned(), channel.config());
    let asking = async move {
        let deadline = Instant::now() + options.pull_retry_threshold;
        let mut changes = node.changes();
        let mut found: Vec<(usize, Bytes)> = Vec::new();
        let mut rest: Vec<usize> = (0..questions.len()).collect();
        loop {
            changes.mark_unchanged();
            let asked: Vec<Question> = rest.iter().map(|i| questions[*i].clone()).collect();
            let is_right = |i: usize, data: &Bytes| is_named(&sets[rest[i]], data);
            let answers = fetch(&node, &name, &config, &options, &asked, is_right).await;
            found.extend(
                answers
                    .found
                    .iter()
                    .map(|(i, data)| (rest[*i], data.clone())),
            );
            // What is whole nowhere, or soon nowhere, is left to reconciliation, and the block does not wait for it.
            let gone: Vec<usize> = answers.gone.iter().map(|i| rest[*i]).collect();
            rest.retain(|i| !gone.contains(i) && !found.iter().any(|(known, _)| known == i));
            if rest.is_empty() || Instant::now() >= deadline {
                return found;
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                // Nobody was there, and somebody comes.
                Ok(()) = changes.changed(), if !answers.anybody => {}
                () = node.stopped() => return found,
            }
        }
    };
    for (i, data) in gossip.wait(asking).unwrap_or_default() {
        wanted[open[i]].found = Some(data);
    }
    open.retain(|index| wanted[*index].found.is_none());
    if !open.is_empty() {
        let (channel, missing) = (channel.id(), open.len());
        tracing::warn!(
            channel,
            block = number,
            missing,
            "private data could not be had in time"
        );
    }
}

fn question(item: &Wanted, block: &ParsedBlock, number: u64) -> Question {
    let envelope = block.envelopes.get(item.tx);
    Question {
        digest: PvtDataDigest {
            tx_id: item.tx_id.clone(),
            namespace: item.set.namespace.clone(),
            collection: item.set.collection.clone(),
            block_seq: number,
            seq_in_block: item.tx as u64,
        },
        collection: item.collection.clone(),
        preferred: Preferred::Endorsers(envelope.map(endorsers::of).unwrap_or_default()),
    }
}

/// One `rwset.TxPvtReadWriteSet` for each transaction something was found of.
fn assemble(wanted: Vec<Wanted>) -> Vec<TxPrivateData> {
    let mut by_tx: BTreeMap<usize, BTreeMap<String, Vec<CollectionPvtReadWriteSet>>> =
        BTreeMap::new();
    for item in wanted {
        let Some(rwset) = item.found else { continue };
        let namespaces = by_tx.entry(item.tx).or_default();
        let collections = namespaces.entry(item.set.namespace).or_default();
        collections.push(CollectionPvtReadWriteSet {
            collection_name: item.set.collection,
            rwset,
        });
    }
    let set = |(tx, namespaces): (usize, BTreeMap<_, _>)| {
        let ns_pvt_rwset =
            namespaces
                .into_iter()
                .map(|(namespace, collections)| NsPvtReadWriteSet {
                    namespace,
                    collection_pvt_rwset: collections,
                });
        let set = TxPvtReadWriteSet {
            data_model: 0,
            ns_pvt_rwset: ns_pvt_rwset.collect(),
        };
        TxPrivateData {
            tx: tx as u64,
            write_set: set.encode_to_vec().into(),
        }
    };
    by_tx.into_iter().map(set).collect()
}
