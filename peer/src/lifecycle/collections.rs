//! Which private data collections a definition may have.
//!
//! Fabric: core/chaincode/lifecycle/scc.go, validateCollectionConfigs and validateCollConfigsAgainstCommittedDef.

use super::error::DefinitionError as Error;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_protos::{
    common::{self, msp_principal::Classification, signature_policy},
    protos::{
        CollectionConfigPackage, StaticCollectionConfig, collection_config,
        collection_policy_config,
    },
};
use std::collections::{BTreeMap, BTreeSet};

type Collections<'a> = Vec<&'a StaticCollectionConfig>;

/// The static configurations of a package; every entry must be one.
pub(super) fn of(package: Option<&CollectionConfigPackage>) -> Result<Collections<'_>, Error> {
    let entries = package
        .map(|package| package.config.as_slice())
        .unwrap_or_default();
    entries
        .iter()
        .map(|entry| match &entry.payload {
            Some(collection_config::Payload::StaticCollectionConfig(collection)) => Ok(collection),
            None => Err(Error::CollectionPayload),
        })
        .collect()
}

/// Whether a definition on this channel may have these collections.
///
/// # Errors
/// In the words of Fabric.
pub fn check_collections(
    package: &CollectionConfigPackage,
    channel: &ChannelConfig,
) -> Result<(), Error> {
    check(&of(Some(package))?, channel)
}

/// Names, peer counts and member policies, against the organisations of the channel.
pub(super) fn check(collections: &Collections<'_>, channel: &ChannelConfig) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for collection in collections {
        let name = &collection.name;
        if !super::name::is_collection_name(name) {
            return Err(Error::CollectionName(name.clone()));
        }
        if !seen.insert(name.as_str()) {
            return Err(Error::DuplicateCollection(name.clone()));
        }
        check_peer_counts(collection)?;
        check_members(collection, channel)?;
    }
    Ok(())
}

fn check_peer_counts(collection: &StaticCollectionConfig) -> Result<(), Error> {
    let (required, maximum) = (
        collection.required_peer_count,
        collection.maximum_peer_count,
    );
    let name = || collection.name.clone();
    if maximum < required {
        return Err(Error::PeerCounts {
            name: name(),
            maximum,
            required,
        });
    }
    if required < 0 {
        return Err(Error::RequiredPeerCount {
            name: name(),
            required,
        });
    }
    Ok(())
}

fn check_members(
    collection: &StaticCollectionConfig,
    channel: &ChannelConfig,
) -> Result<(), Error> {
    let name = &collection.name;
    let policy = collection
        .member_orgs_policy
        .as_ref()
        .ok_or_else(|| Error::NoMemberPolicy(name.clone()))?;
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = &policy.payload else {
        return Err(Error::EmptyMemberPolicy(name.clone()));
    };
    if let Err(cause) = channel.compile(policy) {
        return Err(Error::MemberPolicy {
            name: name.clone(),
            cause: cause.to_string(),
        });
    }
    if let Some(rule) = &policy.rule {
        check_is_or(name, rule)?;
    }
    policy
        .identities
        .iter()
        .try_for_each(|principal| check_principal(name, principal, channel))
}

/// Every "n out of" must be a one-out-of: membership is a list of organisations, however it is written.
fn check_is_or(name: &str, rule: &common::SignaturePolicy) -> Result<(), Error> {
    let Some(signature_policy::Type::NOutOf(rule)) = &rule.r#type else {
        return Ok(());
    };
    if rule.n != 1 {
        return Err(Error::NotAnOr {
            name: name.to_owned(),
            n: rule.n,
        });
    }
    rule.rules
        .iter()
        .try_for_each(|rule| check_is_or(name, rule))
}

fn check_principal(
    name: &str,
    principal: &common::MspPrincipal,
    channel: &ChannelConfig,
) -> Result<(), Error> {
    let member = match Classification::try_from(principal.principal_classification) {
        Ok(Classification::Role) => common::MspRole::decode(principal.principal.clone())
            .map(|role| role.msp_identifier)
            .map_err(|e| ("MSPRole", e)),
        Ok(Classification::OrganizationUnit) => {
            common::OrganizationUnit::decode(principal.principal.clone())
                .map(|unit| unit.msp_identifier)
                .map_err(|e| ("OrganizationUnit", e))
        }
        Ok(Classification::Identity) => return check_identity(name, &principal.principal, channel),
        Ok(other @ (Classification::Anonymity | Classification::Combined)) => {
            return Err(Error::PrincipalKind {
                name: name.to_owned(),
                kind: other.as_str_name().to_owned(),
            });
        }
        Err(_) => {
            let kind = principal.principal_classification.to_string();
            return Err(Error::PrincipalKind {
                name: name.to_owned(),
                kind,
            });
        }
    };
    let member = member.map_err(|(kind, source)| Error::Principal {
        name: name.to_owned(),
        kind,
        source,
    })?;
    if channel.has_msp(&member) {
        return Ok(());
    }
    Err(Error::NotAMember {
        name: name.to_owned(),
        member,
    })
}

fn check_identity(name: &str, identity: &Bytes, channel: &ChannelConfig) -> Result<(), Error> {
    match channel.msps().deserialize(identity) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::ForeignIdentity(name.to_owned())),
    }
}

/// What was committed stays: no collection disappears, and none changes how long it keeps its data.
pub(super) fn check_against_committed(
    proposed: &Collections<'_>,
    committed: Option<&CollectionConfigPackage>,
) -> Result<(), Error> {
    let committed = committed
        .map(|package| package.config.as_slice())
        .unwrap_or_default();
    if committed.is_empty() {
        return Ok(());
    }
    if proposed.is_empty() {
        return Err(Error::CollectionsDropped);
    }
    let proposed: BTreeMap<&str, _> = proposed
        .iter()
        .map(|collection| (collection.name.as_str(), collection))
        .collect();
    for entry in committed {
        let Some(collection_config::Payload::StaticCollectionConfig(old)) = &entry.payload else {
            return Err(Error::CommittedCollection);
        };
        let Some(new) = proposed.get(old.name.as_str()) else {
            return Err(Error::CollectionMissing(old.name.clone()));
        };
        if new.block_to_live != old.block_to_live {
            return Err(Error::BlockToLive {
                name: old.name.clone(),
                existing: old.block_to_live,
            });
        }
    }
    Ok(())
}
