use super::{
    definition::Definition,
    keys::{self, updated_chaincode},
    state::{Readable, StateError},
};
use crate::legacy::state;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{AfterBlock, CollectionConfigs};
use selvedge_protos::protos::CollectionConfigPackage;
use std::collections::BTreeSet;

/// The history of collections as Fabric keeps it: an entry for every block that commits a definition with explicit
/// collections, whether or not they changed.
///
/// Fabric: core/ledger/confighistory/mgr.go, HandleStateUpdates.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefinedConfigs;

/// The lifecycle's public state as a block leaves it.
struct Behind<'a>(&'a AfterBlock<'a>);

impl Readable for Behind<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        self.0
            .get(keys::NAMESPACE, key)
            .map_err(|error| StateError(error.to_string()))
    }
}

impl CollectionConfigs for DefinedConfigs {
    fn changed(&self, block: &AfterBlock<'_>) -> Result<Vec<(String, Bytes)>, String> {
        let mut changed = Vec::new();
        for name in written(block) {
            let package = match Definition::committed(name, &mut Behind(block)) {
                Ok(Some(definition)) => definition.parameters.collections,
                Ok(None) => legacy_package(block, name)?,
                Err(error) => return Err(error.to_string()),
            };
            if let Some(package) = package.filter(|package| !package.config.is_empty()) {
                changed.push((name.to_owned(), package.encode_to_vec().into()));
            }
        }
        Ok(changed)
    }
}

/// Chaincodes whose definitions a block writes.
fn written<'a>(block: &'a AfterBlock<'_>) -> BTreeSet<&'a str> {
    let name = |namespace: &str, key: &'a str, is_there: bool| match namespace {
        keys::NAMESPACE => updated_chaincode(key),
        // A name of the old lifecycle stands for itself; the collections beside it hold a tilde.
        state::NAMESPACE => (is_there && !key.contains('~')).then_some(key),
        _ => None,
    };
    block
        .updates()
        .iter()
        .filter_map(|update| name(&update.namespace, &update.key, update.value.is_some()))
        .collect()
}

fn legacy_package(
    block: &AfterBlock<'_>,
    name: &str,
) -> Result<Option<CollectionConfigPackage>, String> {
    let stored = block
        .get(state::NAMESPACE, &state::collections_key(name))
        .map_err(|error| error.to_string())?;
    stored
        .map(CollectionConfigPackage::decode)
        .transpose()
        .map_err(|error| error.to_string())
}
