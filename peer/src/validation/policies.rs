use super::fault::Fault;
use super::writes::WrittenKey;
use crate::lifecycle::{self, Definition};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, Policy};
use selvedge_ledger::Snapshot;
use selvedge_protos::{
    common::SignaturePolicyEnvelope,
    protos::{ApplicationPolicy, TxValidationCode as Code, application_policy::Type},
};
use std::collections::HashMap;
use std::sync::Arc;

/// The metadata entry that holds a key's own policy.
const KEY_POLICY: &str = "VALIDATION_PARAMETER";
/// The one way of validating that there is.
const DEFAULT_PLUGIN: &str = "vscc";

type Found<T> = Result<T, Fault>;

/// Which policy applies to what, at the height before a block: what is committed in a block judges the next one.
///
/// Asked by all threads that judge the block; each answer is found and compiled once.
pub(super) struct Policies<'a> {
    config: &'a ChannelConfig,
    snapshot: &'a Snapshot,
    namespaces: Mutex<HashMap<String, Found<Arc<Namespace>>>>,
    by_key: Mutex<HashMap<Bytes, Option<Policy>>>,
}

/// A namespace that may be written.
struct Namespace {
    definition: Definition,
    /// `None`: nothing satisfies it.
    policy: Option<Policy>,
    collections: Mutex<HashMap<String, Option<Policy>>>,
}

impl<'a> Policies<'a> {
    pub(super) fn new(config: &'a ChannelConfig, snapshot: &'a Snapshot) -> Self {
        let (namespaces, by_key) = Default::default();
        Self {
            config,
            snapshot,
            namespaces,
            by_key,
        }
    }

    /// The chaincode's policy, or for a collection that has its own, that one. `None`: it cannot be satisfied.
    ///
    /// Fabric: core/chaincode/lifecycle/deployedcc_infoprovider.go, ValidationInfo and CollectionValidationInfo.
    pub(super) fn of(&self, namespace: &str, collection: &str) -> Found<Option<Policy>> {
        let found = self.namespace(namespace)?;
        if collection.is_empty() {
            return Ok(found.policy.clone());
        }
        if let Some(known) = found.collections.lock().get(collection) {
            return Ok(known.clone());
        }
        let policy = self.collection_policy(&found, collection);
        found
            .collections
            .lock()
            .insert(collection.to_owned(), policy.clone());
        Ok(policy)
    }

    /// A key's own policy. `None`: it has none. `Some(None)`: what is stored is no policy, so nothing satisfies it.
    pub(super) fn of_key(
        &self,
        namespace: &str,
        key: &WrittenKey,
    ) -> Found<Option<Option<Policy>>> {
        let entries = if key.collection.is_empty() {
            let name = String::from_utf8_lossy(&key.key);
            self.snapshot.metadata(namespace, &name)
        } else {
            self.snapshot
                .private_metadata(namespace, &key.collection, &key.key)
        };
        let entries = entries.map_err(|error| Fault::Halt(error.to_string()))?;
        let stored = entries.into_iter().find(|entry| entry.name == KEY_POLICY);
        let Some(bytes) = stored
            .map(|entry| entry.value)
            .filter(|value| !value.is_empty())
        else {
            return Ok(None);
        };
        if let Some(known) = self.by_key.lock().get(&bytes) {
            return Ok(Some(known.clone()));
        }
        let envelope = SignaturePolicyEnvelope::decode(bytes.clone()).ok();
        let policy = envelope.and_then(|envelope| self.config.compile_endorsement(&envelope).ok());
        self.by_key.lock().insert(bytes, policy.clone());
        Ok(Some(policy))
    }

    fn namespace(&self, name: &str) -> Found<Arc<Namespace>> {
        if let Some(known) = self.namespaces.lock().get(name) {
            return known.clone();
        }
        let found = self.find(name).map(Arc::new);
        self.namespaces
            .lock()
            .insert(name.to_owned(), found.clone());
        found
    }

    fn find(&self, name: &str) -> Found<Namespace> {
        let (definition, policy) = if name == lifecycle::NAMESPACE {
            let policy = lifecycle::namespace_policy(self.config);
            (Definition::default(), self.compile(&policy))
        } else {
            let committed = lifecycle::committed(self.snapshot, name);
            let committed = committed.map_err(|error| Fault::Halt(error.to_string()))?;
            // Without a definition only a legacy one could allow the write, and no channel here has those.
            let definition = committed.ok_or(Fault::Invalid(Code::InvalidChaincode))?;
            let policy = self.defined_policy(&definition)?;
            (definition, policy)
        };
        Ok(Namespace {
            definition,
            policy,
            collections: Mutex::default(),
        })
    }

    fn defined_policy(&self, definition: &Definition) -> Found<Option<Policy>> {
        let validation = &definition.parameters.validation;
        if validation.validation_plugin.is_empty() || validation.validation_parameter.is_empty() {
            return Err(Fault::Invalid(Code::InvalidChaincode));
        }
        if validation.validation_plugin != DEFAULT_PLUGIN {
            let plugin = &validation.validation_plugin;
            return Err(Fault::Halt(format!(
                "plugin with name {plugin} wasn't found"
            )));
        }
        Ok(self.parse(&validation.validation_parameter))
    }

    fn collection_policy(&self, namespace: &Namespace, collection: &str) -> Option<Policy> {
        if let Some(msp_id) = lifecycle::implicit_organisation_of(collection) {
            return self.compile(&lifecycle::implicit_collection_policy(self.config, msp_id)?);
        }
        let package = namespace.definition.parameters.collections.as_ref();
        match &lifecycle::find_collection(package, collection)?.endorsement_policy {
            Some(policy) => self.compile(policy),
            None => namespace.policy.clone(),
        }
    }

    fn parse(&self, bytes: &Bytes) -> Option<Policy> {
        self.compile(&ApplicationPolicy::decode(bytes.clone()).ok()?)
    }

    /// Fabric: core/policy/application.go.
    fn compile(&self, policy: &ApplicationPolicy) -> Option<Policy> {
        match policy.r#type.as_ref()? {
            Type::SignaturePolicy(envelope) => self.config.compile_endorsement(envelope).ok(),
            Type::ChannelConfigPolicyReference(path) => self.config.policy(path),
        }
    }
}
