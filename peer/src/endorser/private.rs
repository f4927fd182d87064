//! What becomes of the private data of a simulation: it goes to other members of its collections, and is kept until the
//! transaction that carries its hashes commits.
//!
//! Fabric: core/endorser/endorser.go, simulateProposal; core/endorser/pvtrwset_assembler.go;
//! gossip/service/gossip_service.go, DistributePrivateData.

use crate::lifecycle;
use crate::node::private_data::{PushError, distribute, implicit};
use crate::node::{Channel, Peer, PrivateDataOptions};
use bytes::Bytes;
use prost::{DecodeError, Message as _};
use selvedge_ledger::{Snapshot, TransientError};
use selvedge_protos::{
    protos::{CollectionConfig, CollectionConfigPackage, collection_config::Payload},
    rwset::{NsPvtReadWriteSet, TxPvtReadWriteSet},
    transientstore::TxPvtReadWriteSetWithConfigInfo,
};

#[derive(Debug, thiserror::Error)]
pub(super) enum PrivateDataError {
    #[error(
        "failed to obtain collections config: error while retrieving collection config for chaincode {chaincode:?}: {cause}"
    )]
    Configuration { chaincode: String, cause: String },
    #[error("failed to distribute private collection, txID {tx_id}, channel {channel}: {source}")]
    Distribute {
        tx_id: String,
        channel: String,
        source: PushError,
    },
    #[error("keeping the private data: {0}")]
    Keep(#[from] TransientError),
    /// The simulator's own output.
    #[error("error unmarshalling TxPvtReadWriteSet: {0}")]
    WriteSet(DecodeError),
}

/// The write set with the configurations of its collections at the height of the simulation.
pub(super) fn assemble(
    peer: &Peer,
    view: &Snapshot,
    private: &Bytes,
) -> Result<TxPvtReadWriteSetWithConfigInfo, PrivateDataError> {
    let set = TxPvtReadWriteSet::decode(private.clone()).map_err(PrivateDataError::WriteSet)?;
    let default = PrivateDataOptions::default();
    let options = peer.gossip().map_or(&default, |gossip| gossip.options());
    let own = peer.local_msp().id();
    let mut stored = TxPvtReadWriteSetWithConfigInfo::default();
    for namespace in &set.ns_pvt_rwset {
        let package = configurations(view, namespace, own, options).map_err(|cause| {
            PrivateDataError::Configuration {
                chaincode: namespace.namespace.clone(),
                cause,
            }
        })?;
        stored
            .collection_configs
            .insert(namespace.namespace.clone(), package);
    }
    stored.pvt_rwset = Some(set);
    Ok(stored)
}

/// Of the collections that are written, explicit and implicit.
fn configurations(
    view: &Snapshot,
    namespace: &NsPvtReadWriteSet,
    own: &str,
    options: &PrivateDataOptions,
) -> Result<CollectionConfigPackage, String> {
    let defined = lifecycle::committed_collections(view, &namespace.namespace);
    let defined = defined.map_err(|error| error.to_string())?;
    let mut config = Vec::new();
    for written in &namespace.collection_pvt_rwset {
        let name = &written.collection_name;
        let found = match lifecycle::implicit_organisation_of(name) {
            Some(msp_id) => implicit(msp_id, own, options),
            None => lifecycle::find_collection(defined.as_ref(), name)
                .cloned()
                .ok_or_else(|| format!("no configuration for collection {name} found"))?,
        };
        config.push(CollectionConfig {
            payload: Some(Payload::StaticCollectionConfig(found)),
        });
    }
    Ok(CollectionConfigPackage { config })
}

/// Gives the data to as many other peers as its collections demand, and keeps it here.
pub(super) fn keep(
    peer: &Peer,
    channel: &Channel,
    tx_id: &str,
    mut stored: TxPvtReadWriteSetWithConfigInfo,
) -> Result<(), PrivateDataError> {
    stored.endorsed_at = channel.ledger().height();
    distribute(channel, peer.gossip(), tx_id, &stored).map_err(|source| {
        PrivateDataError::Distribute {
            tx_id: tx_id.to_owned(),
            channel: channel.id().to_owned(),
            source,
        }
    })?;
    let data = stored.encode_to_vec();
    channel
        .transient()
        .persist(tx_id, stored.endorsed_at, &data)?;
    Ok(())
}
