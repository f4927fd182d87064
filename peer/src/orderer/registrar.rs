use super::admission;
use super::store::BlockStore;
use super::{Chain, OrdererError, Refusal};
use crate::node::Clock;
use bytes::Bytes;
use parking_lot::RwLock;
use selvedge_identity::{ChannelConfig, SigningIdentity};
use selvedge_protos::common::Envelope;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an orderer is made of.
#[derive(Clone, Debug)]
pub struct OrdererParts {
    /// The identity that signs blocks.
    pub signer: Arc<SigningIdentity>,
    pub clock: Clock,
    /// Where chains are kept, one directory each.
    pub dir: PathBuf,
    /// Wait for the disk after each block.
    pub sync: bool,
}

/// The ordering service for development: one node, no consensus.
#[derive(Debug)]
pub struct Orderer {
    parts: OrdererParts,
    chains: RwLock<BTreeMap<String, Arc<Chain>>>,
}

impl Orderer {
    /// An orderer with every chain it had before. Call inside a Tokio runtime.
    pub fn open(parts: OrdererParts) -> Result<Self, OrdererError> {
        let mut chains = BTreeMap::new();
        for id in known(&parts.dir)? {
            let store = BlockStore::open(&file(&parts.dir, &id), parts.sync)?;
            let chain = Chain::start(store, Arc::clone(&parts.signer), parts.clock.clone())?;
            chains.insert(id, Arc::new(chain));
        }
        Ok(Self {
            parts,
            chains: RwLock::new(chains),
        })
    }

    /// Begins to order a channel. Idempotent, so that a network may be started again over its files.
    pub fn join(&self, genesis: &Bytes) -> Result<Arc<Chain>, OrdererError> {
        let config = ChannelConfig::from_block(genesis)?;
        if config.orderer().is_none() {
            return Err(OrdererError::NoOrdererSection);
        }
        let id = config.channel_id().to_owned();
        let mut chains = self.chains.write();
        if let Some(chain) = chains.get(&id) {
            return Ok(Arc::clone(chain));
        }
        let store = BlockStore::open(&file(&self.parts.dir, &id), self.parts.sync)?;
        if store.height() == 0 {
            store.append(genesis)?;
        }
        let chain = Chain::start(
            store,
            Arc::clone(&self.parts.signer),
            self.parts.clock.clone(),
        )?;
        let chain = Arc::new(chain);
        chains.insert(id, Arc::clone(&chain));
        Ok(chain)
    }

    pub fn chain(&self, id: &str) -> Option<Arc<Chain>> {
        self.chains.read().get(id).cloned()
    }

    /// One message of a Broadcast stream.
    ///
    /// Fabric: orderer/common/broadcast/broadcast.go, ProcessMessage.
    pub async fn broadcast(&self, envelope: Envelope) -> Result<(), Refusal> {
        let (channel_id, class) = admission::classify(&envelope)?;
        let chain = self.chain(&channel_id).ok_or(Refusal::UnknownChannel)?;
        chain.order(envelope, class?).await
    }

    /// Ends every chain after its admitted messages are in blocks.
    pub async fn stop(&self) {
        let chains: Vec<Arc<Chain>> = self.chains.read().values().cloned().collect();
        for chain in chains {
            chain.stop().await;
        }
    }
}

fn file(dir: &Path, id: &str) -> PathBuf {
    dir.join(id).join("blocks")
}

fn known(dir: &Path) -> Result<Vec<String>, OrdererError> {
    let failed = |source| OrdererError::List {
        dir: dir.to_owned(),
        source,
    };
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut ids = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if file(dir, &entry.file_name().to_string_lossy()).is_file() {
            ids.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(ids)
}
