//! What this peer takes from others, and gives them.
//!
//! Fabric: gossip/state/state.go, privateDataMessage; gossip/privdata/dataretriever.go and pull.go.

use super::{collection, entry};
use crate::node::Channel;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_ledger::Version;
use selvedge_protos::{
    gossip::{Payload, PrivatePayload, PvtDataDigest, PvtDataElement},
    transientstore::TxPvtReadWriteSetWithConfigInfo,
};
use std::collections::BTreeMap;

/// Longest transaction ID that is kept; one that Fabric makes has 64 characters.
const MAX_TX_ID: usize = 256;

/// Keeps data that another peer endorsed until its transaction commits. Whether it is what the transaction says shows
/// then, by its hash.
pub(in crate::node) fn keep(channel: &Channel, data: PrivatePayload) -> Result<(), String> {
    let PrivatePayload {
        collection_name,
        namespace,
        tx_id,
        private_rwset,
        private_sim_height,
        collection_configs,
    } = data;
    if tx_id.is_empty() || tx_id.len() > MAX_TX_ID {
        return Err("the transaction ID is empty or too long".to_owned());
    }
    let configs = collection_configs.map(|package| (namespace.clone(), package));
    let stored = TxPvtReadWriteSetWithConfigInfo {
        endorsed_at: private_sim_height,
        pvt_rwset: Some(entry::of_one(namespace, collection_name, private_rwset)),
        collection_configs: BTreeMap::from_iter(configs),
    };
    let kept = channel
        .transient()
        .persist(&tx_id, private_sim_height, &stored.encode_to_vec());
    kept.map_err(|error| crate::node::pull::error_chain(&error))
}

/// What is here of the data named, as far as the requester is a member of its collection: from the ledger when the block
/// has committed, otherwise from what was endorsed.
pub(in crate::node) fn find(
    channel: &Channel,
    digests: Vec<PvtDataDigest>,
    requester: &SignedData,
) -> Vec<PvtDataElement> {
    let height = channel.ledger().height();
    let mut out = Vec::new();
    for digest in digests {
        let found = if digest.block_seq < height {
            committed(channel, &digest, requester)
        } else {
            endorsed(channel, &digest, requester)
        };
        match found {
            Ok(payload) if !payload.is_empty() => out.push(PvtDataElement {
                digest: Some(digest),
                payload,
            }),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(
                    channel = channel.id(),
                    error,
                    "private data cannot be given"
                );
            }
        }
    }
    out
}

fn committed(
    channel: &Channel,
    digest: &PvtDataDigest,
    requester: &SignedData,
) -> Result<Vec<Bytes>, String> {
    let (namespace, name) = (digest.namespace.as_str(), digest.collection.as_str());
    let version = Version::new(digest.block_seq, digest.seq_in_block);
    let ledger = channel.ledger();
    let held = ledger.private_write_set(version, namespace, name);
    let Some(held) = held.map_err(|error| error.to_string())? else {
        return Ok(Vec::new());
    };
    let config = channel.config();
    let admits = |found: Option<_>| {
        found.is_some_and(|found| collection::admits(&config, &found, requester))
    };
    // A member now, or one when the data was written.
    let now = collection::current(&ledger.snapshot(), namespace, name)?;
    let is_member =
        admits(now) || admits(collection::before(channel, namespace, name, version.block)?);
    Ok(if is_member { vec![held] } else { Vec::new() })
}

fn endorsed(
    channel: &Channel,
    digest: &PvtDataDigest,
    requester: &SignedData,
) -> Result<Vec<Bytes>, String> {
    // Whoever reconciles names no transaction; what it wants is not in this peer's ledger yet.
    if digest.tx_id.is_empty() {
        return Ok(Vec::new());
    }
    let (namespace, name) = (digest.namespace.as_str(), digest.collection.as_str());
    let entries = channel.transient().get(&digest.tx_id);
    let entries = entries.map_err(|error| error.to_string())?;
    let mut stored: Vec<_> = entries.iter().filter_map(entry::decode).collect();
    stored.sort_by_key(|stored| stored.endorsed_at);
    // The latest configuration that any of them was endorsed under.
    let mut latest = stored.iter().rev();
    let configured = latest.find_map(|stored| entry::configuration(stored, namespace, name));
    let config = channel.config();
    if !configured.is_some_and(|found| collection::admits(&config, found, requester)) {
        return Ok(Vec::new());
    }
    let sets = stored
        .iter()
        .flat_map(|stored| entry::write_sets(stored, namespace, name));
    Ok(sets.cloned().collect())
}

/// Blocks as they are stored. Their private data is asked for like any other.
pub(in crate::node) fn blocks(channel: &Channel, first: u64, last: u64) -> Vec<Payload> {
    let mut out = Vec::new();
    for number in first..=last {
        match channel.ledger().block_by_number(number) {
            Ok(Some(data)) => out.push(Payload {
                seq_num: number,
                data,
                private_data: Vec::new(),
            }),
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(channel = channel.id(), %error, "a block cannot be given");
                break;
            }
        }
    }
    out
}
