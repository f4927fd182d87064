//! The peers of a network: who endorses, who has what, and what goes wrong with them.

use crate::must::must;
use crate::peer::Peer;
use crate::{Client, Network};
use prost::Message;
use selvedge_ledger::{OldPrivateData, TxPrivateData, Version};
use selvedge_protos::rwset::TxPvtReadWriteSet;
use std::sync::Arc;

impl Network {
    /// Takes an organisation's peer down: it endorses nothing and gets no blocks.
    pub fn stop_peer(&self, msp_id: &str) {
        self.peer_of(msp_id).standing.lock().down = true;
    }

    /// Brings it back, with the blocks it missed.
    pub fn start_peer(&self, msp_id: &str) {
        let chain = self.0.chain.lock();
        let peer = self.peer_of(msp_id);
        peer.standing.lock().down = false;
        if peer.is_current() {
            catch_up(peer, &chain);
        }
    }

    /// Lets an organisation's peer endorse on the state it has now, while it gets no more blocks.
    pub fn hold_blocks_back(&self, msp_id: &str) {
        self.peer_of(msp_id).standing.lock().lagging = true;
    }

    /// Gives it the blocks that were held back.
    pub fn catch_up(&self, msp_id: &str) {
        let chain = self.0.chain.lock();
        let peer = self.peer_of(msp_id);
        peer.standing.lock().lagging = false;
        if peer.is_current() {
            catch_up(peer, &chain);
        }
    }

    /// Lets the private data of the following blocks not reach an organisation's peer: it has hashes only.
    pub fn withhold_private_data(&self, msp_id: &str) {
        self.peer_of(msp_id).standing.lock().deprived = true;
    }

    /// Gives it the private data it lacks, as reconciliation between peers does.
    pub fn reconcile(&self, msp_id: &str) {
        let chain = self.0.chain.lock();
        let peer = self.peer_of(msp_id);
        peer.standing.lock().deprived = false;
        let old: Vec<OldPrivateData> = chain
            .iter()
            .take_while(|block| block.number < peer.ledger.height())
            .flat_map(|block| {
                let own = peer.own(&block.private);
                own.into_iter().flat_map(|data| late(block.number, &data))
            })
            .collect();
        let refused = must(
            "taking in private data",
            peer.ledger.commit_old_private_data(&old),
        );
        assert!(
            refused.is_empty(),
            "private data is not genuine: {refused:?}"
        );
    }

    /// The private value that an organisation's peer has; `None` also where it is no member.
    ///
    /// In a network without organisations the one peer answers, whatever the organisation.
    pub fn private_state(
        &self,
        msp_id: &str,
        chaincode: &str,
        collection: &str,
        key: &str,
    ) -> Option<bytes::Bytes> {
        let found = self
            .peer_of(msp_id)
            .ledger
            .snapshot()
            .private(chaincode, collection, key);
        must("reading private data", found).map(|found| found.value)
    }

    /// SHA-256 of a private value, which every peer has.
    pub fn private_hash(
        &self,
        chaincode: &str,
        collection: &str,
        key: &str,
    ) -> Option<bytes::Bytes> {
        let found = self
            .ledger()
            .snapshot()
            .private_hash(chaincode, collection, key);
        must("reading a private hash", found).map(|found| found.value)
    }

    /// # Panics
    /// For an organisation that is not of the channel.
    pub(crate) fn peer_of(&self, msp_id: &str) -> &Arc<Peer> {
        let mut peers = self.0.peers.iter();
        let found = peers.find(|peer| peer.msp_id().is_none_or(|id| id == msp_id));
        found.unwrap_or_else(|| panic!("{msp_id} is no organisation of this network"))
    }

    pub(crate) fn knows(&self, msp_id: &str) -> bool {
        let organisations = &self.0.organisations;
        organisations.is_empty() || organisations.iter().any(|(id, _)| id == msp_id)
    }

    /// The peers to ask, that of the client's own organisation first.
    pub(crate) fn endorsers(&self, client: &Client, named: Option<&[String]>) -> Vec<Arc<Peer>> {
        let mut peers: Vec<Arc<Peer>> = match named {
            Some(msp_ids) => msp_ids
                .iter()
                .map(|msp_id| Arc::clone(self.peer_of(msp_id)))
                .collect(),
            None => self.0.peers.clone(),
        };
        peers.retain(|peer| peer.is_up());
        assert!(!peers.is_empty(), "no peer that could endorse is up");
        peers.sort_by_key(|peer| peer.msp_id() != Some(client.msp_id()));
        peers
    }

    /// Whether a peer holds these collections: (chaincode, collection).
    pub(crate) fn holds_all(&self, peer: &Peer, read: &[(String, String)]) -> bool {
        let collections = &self.0.collections;
        read.iter()
            .all(|(chaincode, name)| collections.holds(peer.msp_id(), chaincode, name))
    }
}

fn catch_up(peer: &Peer, chain: &[crate::block::Block]) {
    let height = peer.ledger.height();
    for block in chain.iter().filter(|block| block.number >= height) {
        peer.commit(block);
    }
}

fn late(block: u64, data: &TxPrivateData) -> Vec<OldPrivateData> {
    let set = TxPvtReadWriteSet::decode(data.write_set.clone());
    let set = must("reading private data", set);
    let namespaces = set.ns_pvt_rwset.into_iter();
    let all = namespaces.flat_map(|namespace| {
        let name = namespace.namespace;
        let collections = namespace.collection_pvt_rwset.into_iter();
        collections.map(move |collection| OldPrivateData {
            version: Version { block, tx: data.tx },
            namespace: name.clone(),
            collection: collection.collection_name,
            write_set: collection.rwset,
        })
    });
    all.collect()
}
