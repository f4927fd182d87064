//! One invocation of the lifecycle: where it runs, and for whom.

use super::{
    collections,
    definition::{Definition, Parameters},
    error::{DefinitionError, Doing as _, Error},
    implicit,
    install::Packages,
    legacy, name, policy,
    state::{HostState, StateError},
};
use bytes::Bytes;
use selvedge_identity::ChannelConfig;
use selvedge_interface::Host;
use selvedge_protos::protos::CollectionConfigPackage;
use std::sync::Arc;

/// Reads of namespace `lscc` through the transaction's own simulator, so that they are recorded.
///
/// A definition that nobody committed yet is looked up there too, and the two reads of that are in the endorsement of
/// every first approval and commit.
pub trait LegacyState {
    fn legacy(&mut self, key: &str) -> Result<Option<Bytes>, StateError>;
}

/// What a function of the lifecycle works on.
pub(super) struct Call<'a> {
    pub(super) channel_id: &'a str,
    /// Absent in a call without channel.
    pub(super) channel: Option<Arc<ChannelConfig>>,
    /// The organisation of this peer: "my org", whoever asks.
    pub(super) msp_id: &'a str,
    pub(super) host: &'a mut dyn Host,
    pub(super) legacy: &'a mut dyn LegacyState,
    pub(super) packages: Packages<'a>,
    /// The collections of the argument, where they hold fields that are not known here.
    pub(super) exact_collections: Option<Bytes>,
}

impl Call<'_> {
    pub(super) fn public(&mut self) -> HostState<'_> {
        HostState::public(self.host)
    }

    pub(super) fn my_collection(&self) -> String {
        implicit::collection_of(self.msp_id)
    }

    pub(super) fn collection<'c>(&'c mut self, collection: &'c str) -> HostState<'c> {
        HostState::collection(self.host, collection)
    }

    /// The MSP IDs of the channel's application organisations.
    pub(super) fn organisations(&self) -> Result<Vec<String>, Error> {
        let channel = self
            .channel
            .as_ref()
            .ok_or_else(|| Error::NoApplicationConfig(self.channel_id.to_owned()))?;
        Ok(channel
            .organisations()
            .map(|organisation| organisation.msp_id.clone())
            .collect())
    }

    /// What approving and committing check of a definition before anything else.
    ///
    /// Fabric: core/chaincode/lifecycle/scc.go, validateInput.
    pub(super) fn check(
        &mut self,
        name: &str,
        version: &str,
        package: Option<&CollectionConfigPackage>,
    ) -> Result<(), Error> {
        check_names(name, version)?;
        let proposed = collections::of(package)?;
        let channel = self
            .channel
            .clone()
            .ok_or_else(|| Error::NoChannelConfig(self.channel_id.to_owned()))?;
        collections::check(&proposed, &channel)?;
        let committed = self
            .committed_collections(name)
            .doing(|| format!("could not retrieve committed definition for chaincode '{name}'"))?;
        Ok(collections::check_against_committed(
            &proposed,
            committed.as_ref(),
        )?)
    }

    fn committed_collections(
        &mut self,
        name: &str,
    ) -> Result<Option<CollectionConfigPackage>, Error> {
        let committed = Definition::committed(name, &mut self.public())
            .doing(|| "could not get info about chaincode".to_owned())?;
        match committed {
            Some(definition) => Ok(definition.parameters.collections),
            None => legacy::collections(name, self.legacy),
        }
    }

    /// Plugins and policy for a definition that names none.
    ///
    /// Fabric: core/chaincode/lifecycle/lifecycle.go, SetChaincodeDefinitionDefaults.
    pub(super) fn set_defaults(&self, parameters: &mut Parameters) -> Result<(), Error> {
        if parameters.endorsement.endorsement_plugin.is_empty() {
            parameters.endorsement.endorsement_plugin = "escc".to_owned();
        }
        if parameters.validation.validation_plugin.is_empty() {
            parameters.validation.validation_plugin = "vscc".to_owned();
        }
        if parameters.validation.validation_parameter.is_empty() {
            let policy = self.default_policy().doing(|| {
                format!(
                    "could not set defaults for chaincode definition in channel {}",
                    self.channel_id
                )
            })?;
            parameters.validation.validation_parameter = policy;
        }
        Ok(())
    }

    fn default_policy(&self) -> Result<Bytes, Error> {
        let channel = self.channel_id;
        let config = self
            .channel
            .as_ref()
            .ok_or_else(|| Error::NoChannelConfigForPolicy(channel.to_owned()))?;
        if !config.has_policy(policy::DEFAULT_ENDORSEMENT) {
            return Err(Error::NoDefaultPolicy {
                policy: policy::DEFAULT_ENDORSEMENT,
                channel: channel.to_owned(),
            });
        }
        Ok(super::definition::default_policy())
    }
}

fn check_names(name: &str, version: &str) -> Result<(), DefinitionError> {
    if !name::is_chaincode_name(name) {
        return Err(DefinitionError::Name(name.to_owned()));
    }
    if name::is_reserved(name) {
        return Err(DefinitionError::SystemName(name.to_owned()));
    }
    if !name::is_version(version) {
        return Err(DefinitionError::Version(version.to_owned()));
    }
    Ok(())
}
