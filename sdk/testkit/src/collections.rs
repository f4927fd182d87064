use parking_lot::RwLock;
use selvedge_ledger::{CollectionNames, CollectionSource, SimulationError, Simulator};
use std::collections::BTreeMap;

/// The private data collections of each chaincode. Everybody is a member.
#[derive(Default)]
pub(crate) struct Collections(RwLock<BTreeMap<String, CollectionNames>>);

impl Collections {
    pub(crate) fn add(&self, chaincode: &str, collection: &str) {
        self.0
            .write()
            .entry(chaincode.to_owned())
            .or_default()
            .insert(collection.to_owned());
    }
}

impl CollectionSource for Collections {
    fn collections(
        &self,
        _: &mut Simulator,
        namespace: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        Ok(self.0.read().get(namespace).cloned())
    }
}
