//! What the rest of the peer asks about definitions: collections, how long they keep data, whose policy applies.

use super::{
    definition::Definition,
    error::Error,
    implicit,
    ledger_state::{Committed, Recorded},
    legacy,
};
use selvedge_identity::ChannelConfig;
use selvedge_ledger::{
    BlockToLive, CollectionNames, CollectionSource, SimulationError, Simulator, Snapshot,
};
use selvedge_protos::protos::{CollectionConfigPackage, StaticCollectionConfig, collection_config};
use std::sync::Arc;

/// The definition committed at a height.
pub fn committed(snapshot: &Snapshot, name: &str) -> Result<Option<Definition>, Error> {
    Definition::committed(name, &mut Committed(snapshot))
}

/// The collections of a chaincode at a height, whichever lifecycle it was deployed by; without the implicit ones.
pub fn committed_collections(
    snapshot: &Snapshot,
    name: &str,
) -> Result<Option<CollectionConfigPackage>, Error> {
    match committed(snapshot, name)? {
        Some(definition) => Ok(definition.parameters.collections),
        None => legacy::committed_collections(name, snapshot),
    }
}

/// One collection of a package.
pub fn find<'a>(
    package: Option<&'a CollectionConfigPackage>,
    name: &str,
) -> Option<&'a StaticCollectionConfig> {
    all(package).find(|collection| collection.name == name)
}

fn all(package: Option<&CollectionConfigPackage>) -> impl Iterator<Item = &StaticCollectionConfig> {
    package
        .into_iter()
        .flat_map(|package| &package.config)
        .filter_map(|entry| entry.payload.as_ref())
        .map(|collection_config::Payload::StaticCollectionConfig(collection)| collection)
}

/// The configuration of one collection, explicit or implicit, looked up through the transaction's simulator: the reads
/// of the definition are in the endorsement, and those of the legacy definition where there is no other.
///
/// Fabric: core/chaincode/lifecycle/deployedcc_infoprovider.go, CollectionInfo.
pub fn collection(
    simulator: &mut Simulator,
    chaincode: &str,
    collection: &str,
) -> Result<Option<StaticCollectionConfig>, Error> {
    let defined = Definition::committed(chaincode, &mut Recorded(simulator)).map_err(|source| {
        Error::While {
            doing: "could not get chaincode".to_owned(),
            source: Box::new(source),
        }
    })?;
    let Some(definition) = defined else {
        let package = legacy::collections(chaincode, simulator)?;
        return Ok(find(package.as_ref(), collection).cloned());
    };
    if let Some(msp_id) = implicit::organisation_of(collection) {
        return Ok(Some(implicit::configuration(msp_id, 0, 0)));
    }
    Ok(find(definition.parameters.collections.as_ref(), collection).cloned())
}

/// The collections a simulation may touch: those of the definition, and one per organisation of the channel.
pub struct DefinedCollections(Arc<ChannelConfig>);

impl DefinedCollections {
    pub fn new(channel: Arc<ChannelConfig>) -> Self {
        Self(channel)
    }
}

impl CollectionSource for DefinedCollections {
    /// Fabric: deployedcc_infoprovider.go, AllCollectionsConfigPkg.
    fn collections(
        &self,
        simulator: &mut Simulator,
        namespace: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        let failed = |error: Error| SimulationError::Other(error.to_string());
        let defined = Definition::committed(namespace, &mut Recorded(simulator)).map_err(failed)?;
        let names = |package: &CollectionConfigPackage| {
            all(Some(package)).map(|c| c.name.clone()).collect()
        };
        let Some(definition) = defined else {
            let package = legacy::collections(namespace, simulator).map_err(failed)?;
            return Ok(package.as_ref().map(names));
        };
        let mut found: CollectionNames = definition
            .parameters
            .collections
            .as_ref()
            .map(names)
            .unwrap_or_default();
        found.extend(
            self.0
                .organisations()
                .map(|org| implicit::collection_of(&org.msp_id)),
        );
        Ok(Some(found))
    }
}

/// How long collections keep their data, from the definitions committed before the block.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefinedBlockToLive;

impl BlockToLive for DefinedBlockToLive {
    /// Fabric: core/ledger/pvtdatapolicy/btlpolicy.go.
    fn block_to_live(&self, state: &Snapshot, namespace: &str, name: &str) -> Result<u64, String> {
        if implicit::organisation_of(name).is_some() {
            return Ok(0);
        }
        let package = committed_collections(state, namespace).map_err(|error| error.to_string())?;
        find(package.as_ref(), name)
            .map(|collection| collection.block_to_live)
            .ok_or_else(|| format!("no such collection '{name}' in chaincode '{namespace}'"))
    }
}
