//! What becomes of the private data of a simulation: kept until the transaction that carries its hashes commits.
//!
//! Fabric: core/endorser/endorser.go, simulateProposal; gossip/privdata/distributor.go.

use crate::{lifecycle, node::Channel};
use bytes::Bytes;
use prost::{DecodeError, Message as _};
use selvedge_ledger::Snapshot;
use selvedge_protos::rwset::TxPvtReadWriteSet;

#[derive(Debug, thiserror::Error)]
pub(super) enum PrivateDataError {
    #[error(
        "failed to obtain collections config: error while retrieving collection config for chaincode {chaincode:?}: {cause}"
    )]
    Configuration { chaincode: String, cause: String },
    #[error(
        "failed to distribute private collection, txID {tx_id}, channel {channel}: could not build private data dissemination plan for chaincode {chaincode} and collection {collection}: required to disseminate to at least {required} peers, but know of only 0 eligible peers"
    )]
    NoPeers {
        tx_id: String,
        channel: String,
        chaincode: String,
        collection: String,
        required: i32,
    },
    /// The simulator's own output.
    #[error("error unmarshalling TxPvtReadWriteSet: {0}")]
    WriteSet(DecodeError),
}

/// Keeps the write set in the channel's transient store. This peer knows no others to send it to, so a collection that
/// demands copies elsewhere before the endorsement cannot be written.
pub(super) fn keep(
    channel: &Channel,
    tx_id: &str,
    view: &Snapshot,
    private: Bytes,
) -> Result<(), PrivateDataError> {
    let set = TxPvtReadWriteSet::decode(private.clone()).map_err(PrivateDataError::WriteSet)?;
    for namespace in &set.ns_pvt_rwset {
        let chaincode = &namespace.namespace;
        let collections = lifecycle::committed_collections(view, chaincode).map_err(|error| {
            PrivateDataError::Configuration {
                chaincode: chaincode.clone(),
                cause: error.to_string(),
            }
        })?;
        for written in &namespace.collection_pvt_rwset {
            let collection = &written.collection_name;
            // An implicit collection is in no definition and demands nothing.
            let found = lifecycle::find_collection(collections.as_ref(), collection);
            let required = found.map_or(0, |collection| collection.required_peer_count);
            if required > 0 {
                return Err(PrivateDataError::NoPeers {
                    tx_id: tx_id.to_owned(),
                    channel: channel.id().to_owned(),
                    chaincode: chaincode.clone(),
                    collection: collection.clone(),
                    required,
                });
            }
        }
    }
    channel
        .transient()
        .persist(tx_id, channel.ledger().height(), private);
    Ok(())
}
