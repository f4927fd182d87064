//! One peer: a ledger of its own, for an organisation or, in a network without organisations, for everybody.

use crate::block::Block;
use crate::collections::{Collections, Membership};
use crate::must::must;
use crate::organisation::Organisation;
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_identity::Identity;
use selvedge_ledger::{Committed, Ledger, Options, StateDatabase, TxPrivateData};
use selvedge_protos::rwset::TxPvtReadWriteSet;
use std::path::Path;
use std::sync::Arc;

/// How a peer is doing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) down: bool,
    pub(crate) lagging: bool,
    /// It gets no private data with its blocks.
    pub(crate) deprived: bool,
}

pub(crate) struct Peer {
    pub(crate) organisation: Option<(String, Arc<Organisation>)>,
    pub(crate) ledger: Ledger,
    pub(crate) standing: Mutex<Standing>,
    collections: Arc<Collections>,
}

impl Peer {
    pub(crate) fn create(
        dir: &Path,
        genesis: &Block,
        collections: &Arc<Collections>,
        organisation: Option<(String, Arc<Organisation>)>,
        state_database: StateDatabase,
    ) -> Self {
        let membership = Arc::new(Membership {
            collections: Arc::clone(collections),
            msp_id: organisation.as_ref().map(|(msp_id, _)| msp_id.clone()),
        });
        let options = Options {
            sync: false,
            in_memory: true,
            state_database,
            block_to_live: Arc::clone(&membership) as _,
            eligibility: membership,
            cache_bytes: 4 << 20,
            state_cache_bytes: 4 << 20,
            ..Options::default()
        };
        let ledger = Ledger::create(dir, genesis.bytes().clone(), options);
        Self {
            organisation,
            ledger: must("creating the ledger", ledger),
            standing: Mutex::default(),
            collections: Arc::clone(collections),
        }
    }

    pub(crate) fn msp_id(&self) -> Option<&str> {
        self.organisation.as_ref().map(|(id, _)| id.as_str())
    }

    /// In messages.
    pub(crate) fn name(&self) -> &str {
        self.msp_id().unwrap_or("the peer")
    }

    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        self.organisation.as_ref().map(|(_, of)| &of.peer)
    }

    pub(crate) fn is_up(&self) -> bool {
        !self.standing.lock().down
    }

    /// Whether it takes blocks as they come.
    pub(crate) fn is_current(&self) -> bool {
        let standing = *self.standing.lock();
        !standing.down && !standing.lagging
    }

    pub(crate) fn commit(&self, block: &Block) -> Arc<Committed> {
        let private = match self.standing.lock().deprived {
            true => Vec::new(),
            false => self.own(&block.private),
        };
        must(
            "committing a block",
            self.ledger.commit(block.with(private)),
        )
    }

    /// What this peer may hold of a block's private data.
    pub(crate) fn own(&self, private: &[TxPrivateData]) -> Vec<TxPrivateData> {
        if self.organisation.is_none() {
            return private.to_vec();
        }
        private
            .iter()
            .filter_map(|data| self.own_of(data))
            .collect()
    }

    fn own_of(&self, data: &TxPrivateData) -> Option<TxPrivateData> {
        let set = TxPvtReadWriteSet::decode(data.write_set.clone());
        let mut set = must("reading private data", set);
        for namespace in &mut set.ns_pvt_rwset {
            let chaincode = namespace.namespace.clone();
            namespace.collection_pvt_rwset.retain(|of| {
                self.collections
                    .holds(self.msp_id(), &chaincode, &of.collection_name)
            });
        }
        set.ns_pvt_rwset
            .retain(|namespace| !namespace.collection_pvt_rwset.is_empty());
        (!set.ns_pvt_rwset.is_empty()).then(|| TxPrivateData {
            tx: data.tx,
            write_set: Bytes::from(set.encode_to_vec()),
        })
    }
}
