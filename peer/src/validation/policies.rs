use super::fault::Fault;
use super::writes::WrittenKey;
use crate::legacy::state::{self, RecordError};
use crate::lifecycle::{self, Definition};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_identity::{ChannelConfig, Policy, policy_to_string};
use selvedge_ledger::Snapshot;
use selvedge_protos::{
    ccprovider::ChaincodeData,
    common::SignaturePolicyEnvelope,
    protos::{
        ApplicationPolicy, CollectionConfigPackage, TxValidationCode as Code,
        application_policy::Type,
    },
    received,
};
use std::collections::HashMap;
use std::fmt;
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
    /// Where policies are looked up that are named: the configuration of the channel that the transaction's header names.
    named: &'a ChannelConfig,
    snapshot: &'a Snapshot,
    namespaces: Mutex<HashMap<String, Found<Arc<Namespace>>>>,
    by_key: Mutex<HashMap<Bytes, Rule>>,
}

/// What endorsers must satisfy.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Judged by the members of this channel.
    Written(Policy),
    /// A policy of the channel that the transaction's header names, judged by its members; and its path.
    Named(Policy, Arc<str>),
    /// Nothing satisfies it.
    Never,
}

/// A namespace that may be written.
struct Namespace {
    /// `None`: an instantiation by `lscc`, whose collections have no policies of their own.
    definition: Option<Definition>,
    rule: Rule,
    collections: Mutex<HashMap<String, Rule>>,
}

impl<'a> Policies<'a> {
    /// `named` is `config`, but for a transaction whose header names another channel of this peer.
    pub(super) fn new(
        config: &'a ChannelConfig,
        named: &'a ChannelConfig,
        snapshot: &'a Snapshot,
    ) -> Self {
        let (namespaces, by_key) = Default::default();
        Self {
            config,
            named,
            snapshot,
            namespaces,
            by_key,
        }
    }

    /// The chaincode's policy, or for a collection that has its own, that one.
    ///
    /// Fabric: core/chaincode/lifecycle/deployedcc_infoprovider.go, ValidationInfo and CollectionValidationInfo.
    pub(super) fn of(&self, namespace: &str, collection: &str) -> Found<Rule> {
        let found = self.namespace(namespace)?;
        if collection.is_empty() {
            return Ok(found.rule.clone());
        }
        if let Some(known) = found.collections.lock().get(collection) {
            return Ok(known.clone());
        }
        let rule = self.collection_rule(&found, collection);
        found
            .collections
            .lock()
            .insert(collection.to_owned(), rule.clone());
        Ok(rule)
    }

    /// A key's own policy. `None`: it has none, or its collection is not one of the chaincode's.
    pub(super) fn of_key(&self, namespace: &str, key: &WrittenKey) -> Found<Option<Rule>> {
        let entries = if key.collection.is_empty() {
            let name = String::from_utf8_lossy(&key.key);
            self.snapshot.metadata(namespace, &name)
        } else if self.has_collection(namespace, &key.collection)? {
            self.snapshot
                .private_metadata(namespace, &key.collection, &key.key)
        } else {
            return Ok(None);
        };
        let entries = entries.map_err(|error| Fault::Halt(error.to_string()))?;
        // Of several entries of one name Go's map keeps the last.
        let stored = entries.into_iter().rfind(|entry| entry.name == KEY_POLICY);
        let Some(bytes) = stored
            .map(|entry| entry.value)
            .filter(|value| !value.is_empty())
        else {
            return Ok(None);
        };
        Ok(Some(self.signature_policy(&bytes)))
    }

    /// A serialized `common.SignaturePolicyEnvelope`.
    pub(super) fn signature_policy(&self, bytes: &Bytes) -> Rule {
        if let Some(known) = self.by_key.lock().get(bytes) {
            return known.clone();
        }
        let rule = received::<SignaturePolicyEnvelope>(bytes.clone())
            .map_or(Rule::Never, |envelope| self.written(&envelope));
        self.by_key.lock().insert(bytes.clone(), rule.clone());
        rule
    }

    /// Fabric: core/ledger/kvledger/txmgmt/txmgr/collection_val.go: what is stored for a collection that is not, or no
    /// longer, the chaincode's does not count.
    fn has_collection(&self, namespace: &str, collection: &str) -> Found<bool> {
        let found = self.namespace(namespace)?;
        let Some(definition) = &found.definition else {
            let package = self.instantiated_collections(namespace);
            let package = package.map_err(|error| Fault::Halt(error.to_string()))?;
            return Ok(lifecycle::find_collection(package.as_ref(), collection).is_some());
        };
        if let Some(msp_id) = lifecycle::implicit_organisation_of(collection) {
            let mut organisations = self.config.organisations();
            return Ok(organisations.any(|organisation| organisation.msp_id == msp_id));
        }
        let package = definition.parameters.collections.as_ref();
        Ok(lifecycle::find_collection(package, collection).is_some())
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
        let (definition, rule) = if name == lifecycle::NAMESPACE {
            let policy = lifecycle::namespace_policy(self.named);
            (Some(Definition::default()), self.rule(&policy))
        } else {
            let committed = lifecycle::committed(self.snapshot, name);
            match committed.map_err(|error| Fault::Halt(error.to_string()))? {
                None => (None, self.instantiated_rule(name)?),
                Some(definition) => {
                    let rule = self.defined_rule(&definition)?;
                    (Some(definition), rule)
                }
            }
        };
        Ok(Namespace {
            definition,
            rule,
            collections: Mutex::default(),
        })
    }

    fn defined_rule(&self, definition: &Definition) -> Found<Rule> {
        let validation = &definition.parameters.validation;
        if validation.validation_plugin.is_empty() || validation.validation_parameter.is_empty() {
            return Err(Fault::Invalid(Code::InvalidChaincode));
        }
        check_plugin(&validation.validation_plugin)?;
        let policy = received::<ApplicationPolicy>(validation.validation_parameter.clone());
        Ok(policy.map_or(Rule::Never, |policy| self.rule(&policy)))
    }

    /// Without a definition an instantiation by `lscc` counts: a chaincode goes on under its own policy when the channel
    /// comes to know definitions.
    ///
    /// Fabric: core/committer/txvalidator/v20/plugindispatcher and valinforetriever/shim.go.
    fn instantiated_rule(&self, name: &str) -> Found<Rule> {
        let data = self
            .instantiated(name)
            .map_err(|error| Fault::Halt(error.to_string()))?
            .ok_or(Fault::Invalid(Code::InvalidChaincode))?;
        if data.vscc.is_empty() || data.policy.is_empty() {
            return Err(Fault::Invalid(Code::InvalidChaincode));
        }
        check_plugin(&data.vscc)?;
        Ok(self.signature_policy(&data.policy))
    }

    /// What `lscc` wrote about a chaincode.
    pub(super) fn instantiated(&self, name: &str) -> Result<Option<ChaincodeData>, RecordError> {
        state::committed(self.snapshot, name)
    }

    /// The collections it wrote with it.
    pub(super) fn instantiated_collections(
        &self,
        name: &str,
    ) -> Result<Option<CollectionConfigPackage>, RecordError> {
        state::committed_collections(self.snapshot, name)
    }

    fn collection_rule(&self, namespace: &Namespace, collection: &str) -> Rule {
        let Some(definition) = &namespace.definition else {
            return namespace.rule.clone();
        };
        if let Some(msp_id) = lifecycle::implicit_organisation_of(collection) {
            let policy = lifecycle::implicit_collection_policy(self.config, msp_id);
            return policy.map_or(Rule::Never, |policy| self.rule(&policy));
        }
        let package = definition.parameters.collections.as_ref();
        let Some(found) = lifecycle::find_collection(package, collection) else {
            return Rule::Never;
        };
        match &found.endorsement_policy {
            Some(policy) => self.rule(policy),
            None => namespace.rule.clone(),
        }
    }

    /// Fabric: core/policy/application.go.
    fn rule(&self, policy: &ApplicationPolicy) -> Rule {
        match policy.r#type.as_ref() {
            Some(Type::SignaturePolicy(envelope)) => self.written(envelope),
            Some(Type::ChannelConfigPolicyReference(path)) => {
                let named = self.named.policy(path);
                named.map_or(Rule::Never, |policy| {
                    Rule::Named(policy, path.as_str().into())
                })
            }
            None => Rule::Never,
        }
    }

    fn written(&self, envelope: &SignaturePolicyEnvelope) -> Rule {
        let policy = self.config.compile_endorsement(envelope);
        policy.map_or(Rule::Never, Rule::Written)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(policy) => match policy.signature_policy() {
                Some(envelope) => f.write_str(&policy_to_string(envelope)),
                None => f.write_str("a policy of the channel"),
            },
            Self::Named(_, path) => f.write_str(path),
            Self::Never => {
                f.write_str("none that could be satisfied: it is missing or cannot be read")
            }
        }
    }
}

pub(super) fn check_plugin(plugin: &str) -> Found<()> {
    match plugin == DEFAULT_PLUGIN {
        true => Ok(()),
        false => Err(Fault::Halt(format!(
            "plugin with name {plugin} wasn't found"
        ))),
    }
}
