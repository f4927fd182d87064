//! Who is a member of a collection.

use crate::lifecycle;
use crate::node::Channel;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, SignedData};
use selvedge_ledger::Snapshot;
use selvedge_protos::{
    common::{
        MspPrincipal, MspRole, OrganizationUnit, SignaturePolicyEnvelope,
        msp_principal::Classification,
    },
    msp::SerializedIdentity,
    protos::{CollectionConfigPackage, StaticCollectionConfig, collection_policy_config::Payload},
};
use std::collections::{BTreeMap, BTreeSet};

/// The configuration of a collection at the snapshot's height. Implicit ones need no definition, and demand nothing.
pub(crate) fn current(
    snapshot: &Snapshot,
    namespace: &str,
    collection: &str,
) -> Result<Option<StaticCollectionConfig>, String> {
    if let Some(msp_id) = lifecycle::implicit_organisation_of(collection) {
        return Ok(Some(lifecycle::implicit_collection(msp_id, 0, 0)));
    }
    let package = lifecycle::committed_collections(snapshot, namespace);
    let package = package.map_err(|error| error.to_string())?;
    Ok(lifecycle::find_collection(package.as_ref(), collection).cloned())
}

/// The configuration that governed data written by a block: that of the last definition before it.
pub(crate) fn before(
    channel: &Channel,
    namespace: &str,
    collection: &str,
    block: u64,
) -> Result<Option<StaticCollectionConfig>, String> {
    if lifecycle::implicit_organisation_of(collection).is_some() {
        return current(&channel.ledger().snapshot(), namespace, collection);
    }
    let found = channel.ledger().collections_before(namespace, block);
    let Some(found) = found.map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let package =
        CollectionConfigPackage::decode(found.package).map_err(|error| error.to_string())?;
    Ok(lifecycle::find_collection(Some(&package), collection).cloned())
}

fn policy(collection: &StaticCollectionConfig) -> Option<&SignaturePolicyEnvelope> {
    let policy = collection.member_orgs_policy.as_ref()?;
    let Payload::SignaturePolicy(policy) = policy.payload.as_ref()?;
    Some(policy)
}

/// MSP IDs that the member policy names.
///
/// Fabric: core/common/privdata/util.go, getMemberOrgs.
pub(crate) fn organisations(collection: &StaticCollectionConfig) -> BTreeSet<String> {
    let identities = policy(collection).map(|policy| policy.identities.as_slice());
    identities
        .unwrap_or_default()
        .iter()
        .filter_map(organisation)
        .collect()
}

fn organisation(principal: &MspPrincipal) -> Option<String> {
    let bytes = principal.principal.clone();
    match Classification::try_from(principal.principal_classification).ok()? {
        Classification::Role => Some(MspRole::decode(bytes).ok()?.msp_identifier),
        Classification::OrganizationUnit => {
            Some(OrganizationUnit::decode(bytes).ok()?.msp_identifier)
        }
        Classification::Identity => Some(SerializedIdentity::decode(bytes).ok()?.mspid),
        _ => None,
    }
}

/// Whether whoever signed this is a member.
pub(crate) fn admits(
    config: &ChannelConfig,
    collection: &StaticCollectionConfig,
    signed: &SignedData,
) -> bool {
    let compiled = policy(collection).map(|policy| config.compile(policy));
    let Some(Ok(policy)) = compiled else {
        return false;
    };
    policy.evaluate(std::slice::from_ref(signed)).is_ok()
}

/// Configurations at one height, each looked up once.
pub(super) struct Collections<'a> {
    snapshot: &'a Snapshot,
    known: BTreeMap<(String, String), Option<StaticCollectionConfig>>,
}

impl<'a> Collections<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            known: BTreeMap::new(),
        }
    }

    /// `None` for a collection that nobody defines, or whose definition cannot be read.
    pub(super) fn get(&mut self, namespace: &str, name: &str) -> Option<&StaticCollectionConfig> {
        let key = (namespace.to_owned(), name.to_owned());
        let found = self.known.entry(key);
        let found = found.or_insert_with(|| current(self.snapshot, namespace, name).ok().flatten());
        found.as_ref()
    }
}
