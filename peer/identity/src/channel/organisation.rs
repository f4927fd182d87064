//! What application and orderer organisations have in common: an MSP.

use std::{collections::BTreeMap, sync::Arc};

use selvedge_protos::{common::ConfigGroup, msp::MspConfig};

use super::{
    ConfigError,
    values::{key, value},
};
use crate::{Msp, MspManager, MspVersion};

/// Collects the MSPs of a configuration. Two organisations with one MSP ID must have the same MSP.
///
/// Fabric: common/channelconfig/msp.go `MSPConfigHandler`.
pub(super) struct MspCollector<'a> {
    version: MspVersion,
    msps: BTreeMap<String, Arc<Msp>>,
    /// MSPs of the configuration before this one: unchanged ones keep their caches.
    previous: Option<&'a MspManager>,
}

impl<'a> MspCollector<'a> {
    pub(super) fn new(version: MspVersion, previous: Option<&'a MspManager>) -> Self {
        Self {
            version,
            msps: BTreeMap::new(),
            previous,
        }
    }

    /// The MSP of an organisation's group.
    pub(super) fn msp_of(
        &mut self,
        name: &str,
        group: &ConfigGroup,
    ) -> Result<Arc<Msp>, ConfigError> {
        let config: MspConfig = value(group, key::MSP)?;
        let msp = self
            .known(&config)
            .map_or_else(|| Msp::from_config(&config, self.version).map(Arc::new), Ok)?;
        if msp.id().is_empty() {
            return Err(ConfigError::refused(format!(
                "MSP for org {name} has empty MSP ID"
            )));
        }
        match self.msps.get(msp.id()) {
            Some(other) if other.config() != msp.config() => Err(ConfigError::refused(format!(
                "Attempted to define two different versions of MSP: {}",
                msp.id()
            ))),
            Some(other) => Ok(Arc::clone(other)),
            None => {
                self.msps.insert(msp.id().to_owned(), Arc::clone(&msp));
                Ok(msp)
            }
        }
    }

    fn known(&self, config: &MspConfig) -> Option<Arc<Msp>> {
        let previous = self.previous.iter().flat_map(|manager| manager.iter());
        let mut all = self.msps.values().chain(previous);
        all.find(|msp| msp.version() == self.version && msp.config() == config)
            .cloned()
    }

    pub(super) fn finish(self) -> Arc<MspManager> {
        Arc::new(MspManager::new(self.msps.into_values()))
    }
}
