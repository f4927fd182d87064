//! What discovery must know of a chaincode: whose endorsement it asks for.

use crate::legacy::state;
use crate::lifecycle;
use crate::node::Channel;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, member_of};
use selvedge_protos::common::SignaturePolicyEnvelope;
use selvedge_protos::protos::{
    ApplicationPolicy, CollectionConfigPackage, StaticCollectionConfig, application_policy::Type,
    collection_config,
};
use std::sync::Arc;

/// A chaincode as it is committed to a channel.
#[derive(Clone, Debug)]
pub(super) struct Defined {
    /// As peers tell what they have installed: the sequence of the definition, or the version of older chaincode.
    pub(super) version: String,
    policy: SignaturePolicyEnvelope,
    pub(super) collections: Option<CollectionConfigPackage>,
    /// Committed by `lscc`: its collections have no policies of their own.
    legacy: bool,
}

/// Why a chaincode counts as one that nothing is known of.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unknown {
    #[error("the definition cannot be read: {0}")]
    Definition(#[from] lifecycle::Error),
    #[error("the legacy definition cannot be read: {0}")]
    Legacy(#[from] state::RecordError),
    #[error("nobody defined it")]
    Nobody,
    #[error("its policy is none")]
    NoPolicy,
    #[error("its policy cannot be decoded: {0}")]
    Decode(#[from] prost::DecodeError),
    #[error("could not retrieve policy for reference '{0}'")]
    NoReference(String),
    #[error("policy with reference '{reference}' is not convertible: {source}")]
    Convert {
        reference: String,
        source: selvedge_identity::PolicyError,
    },
}

impl Defined {
    /// Fabric: core/chaincode/lifecycle/metadata_provider.go, Metadata.
    pub(super) fn find(channel: &Channel, name: &str) -> Result<Self, Unknown> {
        let config = channel.config();
        if name == lifecycle::NAMESPACE {
            return Ok(Self {
                version: "1".to_owned(),
                policy: signature_policy(&config, &lifecycle::namespace_policy(&config))?,
                collections: None,
                legacy: false,
            });
        }
        let snapshot = channel.ledger().snapshot();
        if let Some(definition) = lifecycle::committed(&snapshot, name)? {
            let parameters = definition.parameters;
            let bytes = parameters.validation.validation_parameter;
            let policy = ApplicationPolicy::decode(bytes)?;
            return Ok(Self {
                version: definition.sequence.to_string(),
                policy: signature_policy(&config, &policy)?,
                collections: parameters.collections,
                legacy: false,
            });
        }
        let data = state::committed(&snapshot, name)?.ok_or(Unknown::Nobody)?;
        Ok(Self {
            version: data.version,
            policy: SignaturePolicyEnvelope::decode(data.policy)?,
            collections: state::committed_collections(&snapshot, name)?,
            legacy: true,
        })
    }

    /// Implicit collections are those of every definition, but of no older chaincode.
    pub(super) fn has_implicit_collections(&self) -> bool {
        !self.legacy
    }

    /// The policies that a call which touches these collections must satisfy, each once. None when one of them is no
    /// policy: it has no rule, or names nobody.
    ///
    /// Fabric: discovery/support/chaincode/support.go, PoliciesByChaincode.
    pub(super) fn policies(
        &self,
        config: &ChannelConfig,
        collections: &[String],
    ) -> Result<Vec<Arc<SignaturePolicyEnvelope>>, Unknown> {
        let own = Arc::new(self.policy.clone());
        let mut found = Vec::new();
        for collection in collections.iter().filter(|_| !self.legacy) {
            let policy = self.collection_policy(config, collection)?;
            let policy = policy.map_or_else(|| Arc::clone(&own), Arc::new);
            if !found.contains(&policy) {
                found.push(policy);
            }
        }
        if found.is_empty() {
            found.push(Arc::clone(&own));
        }
        let makes_sense = |policy: &Arc<SignaturePolicyEnvelope>| {
            !policy.identities.is_empty() && policy.rule.is_some()
        };
        if !makes_sense(&own) || !found.iter().all(makes_sense) {
            return Ok(Vec::new());
        }
        Ok(found)
    }

    /// `None`: the chaincode's policy counts.
    fn collection_policy(
        &self,
        config: &ChannelConfig,
        collection: &str,
    ) -> Result<Option<SignaturePolicyEnvelope>, Unknown> {
        if let Some(msp_id) = lifecycle::implicit_organisation_of(collection) {
            return Ok(Some(member_of(msp_id)));
        }
        let own = self.static_collection(collection);
        let policy = own.and_then(|own| own.endorsement_policy.as_ref());
        policy
            .map(|policy| signature_policy(config, policy))
            .transpose()
    }

    pub(super) fn static_collection(&self, name: &str) -> Option<&StaticCollectionConfig> {
        let entries = self.collections.iter().flat_map(|package| &package.config);
        let mut found = entries
            .filter_map(|entry| entry.payload.as_ref())
            .map(|collection_config::Payload::StaticCollectionConfig(one)| one);
        found.rfind(|one| one.name == name)
    }
}

/// Fabric: metadata_provider.go, toSignaturePolicyEnvelope.
fn signature_policy(
    config: &ChannelConfig,
    policy: &ApplicationPolicy,
) -> Result<SignaturePolicyEnvelope, Unknown> {
    match policy.r#type.as_ref() {
        Some(Type::SignaturePolicy(policy)) => Ok(policy.clone()),
        Some(Type::ChannelConfigPolicyReference(reference)) => {
            let missing = || Unknown::NoReference(reference.clone());
            let policy = config.policy(reference).ok_or_else(missing)?;
            policy
                .to_signature_policy()
                .map_err(|source| Unknown::Convert {
                    reference: reference.clone(),
                    source,
                })
        }
        None => Err(Unknown::NoPolicy),
    }
}
