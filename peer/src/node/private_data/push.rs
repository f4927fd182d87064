//! Private data goes to other members before the endorsement is given.
//!
//! Fabric: gossip/privdata/distributor.go.

use super::{collection, entry};
use crate::node::gossip::Gossip;
use crate::node::{Channel, PrivateDataOptions, random_number};
use futures::future::join_all;
use selvedge_gossip::{ChannelPeer, Membership as _, Node, PkiId};
use selvedge_protos::{
    gossip::PrivatePayload,
    protos::{
        CollectionConfig, CollectionConfigPackage, StaticCollectionConfig,
        collection_config::Payload,
    },
    transientstore::TxPvtReadWriteSetWithConfigInfo,
};
use std::collections::BTreeMap;

/// Why the data is not where it must be; `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    #[error(
        "could not build private data dissemination plan for chaincode {chaincode} and collection {collection}: required to disseminate to at least {required} peers, but know of only {known} eligible peers"
    )]
    NoPeers {
        chaincode: String,
        collection: String,
        required: usize,
        known: usize,
    },
    #[error("Failed disseminating {failures} out of {plans} private dissemination plans")]
    Failed { failures: usize, plans: usize },
}

/// One copy for one peer.
#[derive(Debug)]
struct Plan {
    to: PkiId,
    /// The endorsement waits for it and fails without it.
    required: bool,
    data: PrivatePayload,
}

/// Sends every collection's write set to as many members as its definition demands and allows. Without gossip there are
/// no others. Waits until they have it: call it from a thread that may block.
pub(crate) fn distribute(
    channel: &Channel,
    gossip: Option<&Gossip>,
    tx_id: &str,
    stored: &TxPvtReadWriteSetWithConfigInfo,
) -> Result<(), PushError> {
    let others = gossip.map_or_else(Vec::new, |gossip| others(gossip.node(), channel));
    let mut plans = Vec::new();
    for set in stored.pvt_rwset.iter().flat_map(|set| &set.ns_pvt_rwset) {
        for written in &set.collection_pvt_rwset {
            let name = &written.collection_name;
            let Some(config) = entry::configuration(stored, &set.namespace, name) else {
                continue;
            };
            let chosen = choose(channel, config, &others).map_err(|known| PushError::NoPeers {
                chaincode: set.namespace.clone(),
                collection: name.clone(),
                required: count(config.required_peer_count),
                known,
            })?;
            let data = PrivatePayload {
                collection_name: name.clone(),
                namespace: set.namespace.clone(),
                tx_id: tx_id.to_owned(),
                private_rwset: written.rwset.clone(),
                private_sim_height: stored.endorsed_at,
                collection_configs: Some(package(config)),
            };
            plans.extend(chosen.into_iter().map(|(to, required)| Plan {
                to,
                required,
                data: data.clone(),
            }));
        }
    }
    match gossip {
        Some(gossip) if !plans.is_empty() => send(gossip, channel.id(), plans),
        _ => Ok(()),
    }
}

fn others(node: &Node, channel: &Channel) -> Vec<ChannelPeer> {
    let mut peers = node.channel_peers(channel.id());
    peers.retain(|peer| !peer.member.is_self);
    peers
}

fn package(config: &StaticCollectionConfig) -> CollectionConfigPackage {
    CollectionConfigPackage {
        config: vec![CollectionConfig {
            payload: Some(Payload::StaticCollectionConfig(config.clone())),
        }],
    }
}

/// The counts of a definition are not negative; the lifecycle checked.
fn count(peers: i32) -> usize {
    usize::try_from(peers).unwrap_or_default()
}

/// Who gets it, and whether it must: one peer of each organisation first, then others, by chance.
///
/// # Errors
/// How many members there are, when that is not enough.
fn choose(
    channel: &Channel,
    config: &StaticCollectionConfig,
    others: &[ChannelPeer],
) -> Result<Vec<(PkiId, bool)>, usize> {
    let channel_config = channel.config();
    let eligible = others
        .iter()
        .filter(|peer| collection::admits(&channel_config, config, &peer.signed_data()));
    let eligible: Vec<&ChannelPeer> = eligible.collect();
    let required = count(config.required_peer_count);
    if eligible.len() < required {
        return Err(eligible.len());
    }
    let organisations = collection::organisations(config);
    let mut by_organisation: BTreeMap<&str, Vec<&PkiId>> = BTreeMap::new();
    for peer in &eligible {
        let member = &peer.member;
        if organisations.contains(&member.msp_id) {
            let of_organisation = by_organisation.entry(&member.msp_id).or_default();
            of_organisation.push(&member.pki_id);
        }
    }
    let draw = |from: &mut Vec<&PkiId>| {
        let index = random_number() % from.len() as u64;
        from.swap_remove(usize::try_from(index).unwrap_or_default())
            .clone()
    };
    let mut organisations: Vec<Vec<&PkiId>> = by_organisation.into_values().collect();
    // When there are fewer copies than organisations, not always the same go without.
    let first = random_number().checked_rem(organisations.len() as u64);
    organisations.rotate_left(usize::try_from(first.unwrap_or_default()).unwrap_or_default());
    let mut order: Vec<PkiId> = organisations.iter_mut().map(draw).collect();
    let mut rest: Vec<&PkiId> = organisations.into_iter().flatten().collect();
    while !rest.is_empty() {
        order.push(draw(&mut rest));
    }
    order.truncate(count(config.maximum_peer_count));
    let numbered = order.into_iter().enumerate();
    Ok(numbered
        .map(|(index, peer)| (peer, index < required))
        .collect())
}

fn send(gossip: &Gossip, channel: &str, plans: Vec<Plan>) -> Result<(), PushError> {
    let count = plans.len();
    let timeout = gossip.options().push_ack_timeout;
    let (node, channel) = (gossip.node().clone(), channel.to_owned());
    let sending = async move {
        let sends = plans.into_iter().map(|plan| {
            let (node, channel) = (node.clone(), channel.clone());
            async move {
                let Plan { to, required, data } = plan;
                let (tx_id, namespace) = (data.tx_id.clone(), data.namespace.clone());
                let collection = data.collection_name.clone();
                let sent = node.send_private_data(&channel, &to, data, timeout).await;
                let error = sent.err()?;
                tracing::warn!(channel, tx_id, namespace, collection, peer = %to, %error, "Failed disseminating private RWSet");
                Some(required)
            }
        });
        let failed = join_all(sends).await;
        failed
            .into_iter()
            .filter(|failed| *failed == Some(true))
            .count()
    };
    match gossip.wait(sending) {
        Some(0) => Ok(()),
        Some(failures) => Err(PushError::Failed {
            failures,
            plans: count,
        }),
        None => Err(PushError::Failed {
            failures: count,
            plans: count,
        }),
    }
}

/// The counts for the own organisation's implicit collection are the peer's own settings.
pub(crate) fn implicit(
    msp_id: &str,
    own: &str,
    options: &PrivateDataOptions,
) -> StaticCollectionConfig {
    let (required, maximum) = if msp_id == own {
        (options.implicit_required, options.implicit_maximum)
    } else {
        (0, 0)
    };
    crate::lifecycle::implicit_collection(msp_id, required, maximum)
}
