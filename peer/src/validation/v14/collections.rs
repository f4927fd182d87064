//! The collections that come with an instantiation or an upgrade.
//!
//! Fabric: core/handlers/validation/builtin/v13/lscc_validation_logic.go, validateRWSetAndCollection.

use super::{
    Case,
    deployment::{Deployment, Kind},
    error::Refusal,
};
use crate::legacy::state::{self, RecordError};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::{
    common::{SignaturePolicy, signature_policy},
    protos::{
        CollectionConfig, CollectionConfigPackage, StaticCollectionConfig, collection_config,
        collection_policy_config,
    },
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(case: &Case<'_>, deployment: &Deployment) -> Result<(), Refusal> {
    if deployment.writes.len() > 2 {
        return Err(Refusal::TwoWrites);
    }
    let written = written(deployment)?;
    let given = deployment.collections.clone();
    if given.clone().unwrap_or_default() != written {
        return Err(Refusal::CollectionArgument(deployment.id.clone()));
    }
    let current = current(case, deployment)?;
    if deployment.kind == Kind::Deploy && current.is_some() {
        return Err(Refusal::CollectionExists(deployment.id.clone()));
    }
    let Some(given) = given else {
        return Ok(());
    };
    let package = CollectionConfigPackage::decode(given)
        .map_err(|_| Refusal::CollectionPackage(deployment.id.clone()))?;
    if !case.capabilities.v1_2_validation() {
        return Ok(());
    }
    let proposed = proposed(&package.config)?;
    match current {
        Some(current) if deployment.kind == Kind::Upgrade => against(&proposed, &current.config),
        _ => Ok(()),
    }
}

/// The value of the second write, if there is one.
fn written(deployment: &Deployment) -> Result<Bytes, Refusal> {
    let Some(write) = deployment.writes.get(1) else {
        return Ok(Bytes::new());
    };
    let key = state::collections_key(&deployment.data.name);
    match write.key == key {
        true => Ok(write.value.clone()),
        false => Err(Refusal::CollectionKey {
            expected: key,
            found: write.key.clone(),
        }),
    }
}

fn current(
    case: &Case<'_>,
    deployment: &Deployment,
) -> Result<Option<CollectionConfigPackage>, Refusal> {
    let name = &deployment.data.name;
    case.policies
        .instantiated_collections(name)
        .map_err(|error| match error {
            RecordError::State(cause) => Refusal::Halt(cause),
            RecordError::Decode(error) => Refusal::Halt(format!(
                "unable to check whether collection existed earlier for chaincode {}: {error}",
                deployment.id
            )),
        })
}

type Collections<'a> = BTreeMap<&'a str, &'a StaticCollectionConfig>;

fn fixed(collection: &CollectionConfig) -> Result<&StaticCollectionConfig, Refusal> {
    match &collection.payload {
        Some(collection_config::Payload::StaticCollectionConfig(fixed)) => Ok(fixed),
        None => Err(Refusal::CollectionType),
    }
}

fn proposed(collections: &[CollectionConfig]) -> Result<Collections<'_>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut found = Collections::new();
    for collection in collections {
        let collection = fixed(collection)?;
        let name = collection.name.as_str();
        check_name(name)?;
        if !seen.insert(name) {
            return Err(Refusal::DuplicateCollection(name.to_owned()));
        }
        check_peer_counts(collection)?;
        check_members(collection)?;
        found.insert(name, collection);
    }
    Ok(found)
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::NoCollectionName);
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match name.bytes().all(plain) {
        true => Ok(()),
        false => Err(Refusal::CollectionName(name.to_owned())),
    }
}

fn check_peer_counts(collection: &StaticCollectionConfig) -> Result<(), Refusal> {
    let name = collection.name.clone();
    let (required, maximum) = (
        collection.required_peer_count,
        collection.maximum_peer_count,
    );
    if maximum < required {
        return Err(Refusal::PeerCounts {
            name,
            maximum,
            required,
        });
    }
    match required < 0 {
        true => Err(Refusal::RequiredPeerCount { name, required }),
        false => Ok(()),
    }
}

fn check_members(collection: &StaticCollectionConfig) -> Result<(), Refusal> {
    let name = &collection.name;
    let policy = collection.member_orgs_policy.as_ref();
    let policy = policy.and_then(|policy| policy.payload.as_ref());
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = policy else {
        return Err(Refusal::NoMemberPolicy(name.clone()));
    };
    match &policy.rule {
        Some(rule) => check_is_or(name, rule),
        None => Ok(()),
    }
}

fn check_is_or(name: &str, rule: &SignaturePolicy) -> Result<(), Refusal> {
    let Some(signature_policy::Type::NOutOf(rule)) = &rule.r#type else {
        return Ok(());
    };
    if rule.n != 1 {
        return Err(Refusal::NotAnOr {
            name: name.to_owned(),
            n: rule.n,
        });
    }
    rule.rules
        .iter()
        .try_for_each(|rule| check_is_or(name, rule))
}

/// No collection disappears, and none changes how long it keeps its data.
fn against(proposed: &Collections<'_>, current: &[CollectionConfig]) -> Result<(), Refusal> {
    let (mut missing, mut modified) = (Vec::new(), Vec::new());
    for old in current {
        let old = fixed(old)?;
        match proposed.get(old.name.as_str()) {
            None => missing.push(old.name.clone()),
            Some(new) if new.block_to_live != old.block_to_live => modified.push(old.name.clone()),
            Some(_) => {}
        }
    }
    if !missing.is_empty() {
        return Err(Refusal::Missing(missing));
    }
    match modified.is_empty() {
        true => Ok(()),
        false => Err(Refusal::BlockToLive(modified)),
    }
}
