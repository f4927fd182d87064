//! Instantiating and upgrading: what is written, and what the peer does next.
//!
//! Fabric: core/scc/lscc/lscc.go, executeDeploy and executeUpgrade; core/endorser/endorser.go, callChaincode.

use super::{Lscc, argument, collections, error::LsccError, install::check_names, query, text};
use crate::legacy::{
    LegacyPackage,
    policy::{any_member, check_instantiation_policy, instantiation_policy},
    state,
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_interface::{Change, Space};
use selvedge_protos::{
    ccprovider::ChaincodeData,
    protos::{
        ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, CollectionConfigPackage,
        LifecycleEvent,
    },
};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Deploy,
    Upgrade,
}

/// What a channel gets to know about a chaincode besides its package.
struct Terms {
    policy: Bytes,
    escc: String,
    vscc: String,
    /// Serialized `protos.CollectionConfigPackage`.
    collections: Option<Bytes>,
}

/// Writes the definition. What it answers is what was written.
pub(super) fn deploy(lscc: &mut Lscc<'_>, kind: Kind, args: &[Bytes]) -> Result<Bytes, LsccError> {
    let channel_id = text(args, 1);
    let channel = channel(lscc, &channel_id)?;
    let private = channel.application_capabilities().private_channel_data();
    if args.len() > if private { 7 } else { 6 } {
        return Err(match private {
            true => LsccError::Arguments(args.len()),
            false => LsccError::NoPrivateData,
        });
    }
    let chaincode = chaincode(argument(args, 2))?;
    check_names(&chaincode)?;
    let id = format!("{}:{}", chaincode.name, chaincode.version);
    let package = lscc.call.peer.legacy().store().load(&id).map_err(|error| {
        tracing::error!(package = id, %error, "cannot get package");
        LsccError::NotInstalled(id)
    })?;
    let terms = terms(&channel, args, private);
    let data = match kind {
        Kind::Deploy => instantiate(lscc, &channel, &chaincode, &package, terms)?,
        Kind::Upgrade => upgrade(lscc, &channel, &chaincode, &package, terms)?,
    };
    Ok(data.encode_to_vec().into())
}

/// The channel that the arguments name; it need not be the one of the proposal.
fn channel(lscc: &Lscc<'_>, id: &str) -> Result<Arc<ChannelConfig>, LsccError> {
    if id.is_empty() {
        return Err(LsccError::Channel(id.to_owned()));
    }
    let channel = lscc.call.peer.channel(id).map(|channel| channel.config());
    let channel = channel
        .filter(|channel| channel.has_application())
        .ok_or_else(|| LsccError::NoApplication(id.to_owned()))?;
    match channel.application_capabilities().lifecycle_v20() {
        true => Err(LsccError::Migrated(id.to_owned())),
        false => Ok(channel),
    }
}

fn chaincode(specification: Bytes) -> Result<ChaincodeId, LsccError> {
    let specification =
        ChaincodeDeploymentSpec::decode(specification).map_err(LsccError::Specification)?;
    let chaincode = specification
        .chaincode_spec
        .and_then(|spec| spec.chaincode_id);
    chaincode.ok_or(LsccError::NoChaincode)
}

fn terms(channel: &ChannelConfig, args: &[Bytes], private: bool) -> Terms {
    let given = |index| Some(argument(args, index)).filter(|argument| !argument.is_empty());
    let name = |index, default: &str| match given(index) {
        Some(name) => String::from_utf8_lossy(&name).into_owned(),
        None => default.to_owned(),
    };
    Terms {
        policy: given(3).unwrap_or_else(|| any_member(channel).encode_to_vec().into()),
        escc: name(4, "escc"),
        vscc: name(5, "vscc"),
        collections: args.get(6).filter(|_| private).cloned(),
    }
}

fn instantiate(
    lscc: &mut Lscc<'_>,
    channel: &ChannelConfig,
    chaincode: &ChaincodeId,
    package: &LegacyPackage,
    terms: Terms,
) -> Result<ChaincodeData, LsccError> {
    if query::record(lscc, &chaincode.name).is_ok() {
        return Err(LsccError::Exists(chaincode.name.clone()));
    }
    let policy = instantiation_policy(package, channel);
    check_instantiation_policy(&policy, channel, lscc.call.requester)?;
    let data = with_terms(package, &terms, policy);
    put(lscc, &data)?;
    put_collections(lscc, channel, &data, terms.collections)?;
    Ok(data)
}

/// The policy of the version in force decides first, then that of the new one.
fn upgrade(
    lscc: &mut Lscc<'_>,
    channel: &ChannelConfig,
    chaincode: &ChaincodeId,
    package: &LegacyPackage,
    terms: Terms,
) -> Result<ChaincodeData, LsccError> {
    let name = &chaincode.name;
    let record = query::record(lscc, name).map_err(|_| LsccError::NotFound(name.clone()))?;
    let current = query::decode(name, record)?;
    if current.version == chaincode.version {
        return Err(LsccError::IdenticalVersion(name.clone()));
    }
    if current.instantiation_policy.is_empty() {
        return Err(LsccError::NoInstantiationPolicy);
    }
    let requester = lscc.call.requester;
    check_instantiation_policy(&current.instantiation_policy, channel, requester)?;
    let policy = instantiation_policy(package, channel);
    check_instantiation_policy(&policy, channel, requester)?;
    let data = with_terms(package, &terms, policy);
    put(lscc, &data)?;
    if channel.application_capabilities().collection_upgrade() {
        put_collections(lscc, channel, &data, terms.collections)?;
    } else if terms.collections.is_some() {
        return Err(LsccError::NoCollectionUpgrade);
    }
    let event = LifecycleEvent {
        chaincode_name: name.clone(),
    };
    lscc.host.set_event("upgrade", event.encode_to_vec().into());
    Ok(data)
}

fn with_terms(package: &LegacyPackage, terms: &Terms, policy: Bytes) -> ChaincodeData {
    ChaincodeData {
        escc: terms.escc.clone(),
        vscc: terms.vscc.clone(),
        policy: terms.policy.clone(),
        instantiation_policy: policy,
        ..package.chaincode_data()
    }
}

fn put(lscc: &mut Lscc<'_>, data: &ChaincodeData) -> Result<(), LsccError> {
    let change = Change::Put(data.encode_to_vec().into());
    Ok(lscc.host.write(Space::Public, &data.name, change)?)
}

fn put_collections(
    lscc: &mut Lscc<'_>,
    channel: &ChannelConfig,
    data: &ChaincodeData,
    collections: Option<Bytes>,
) -> Result<(), LsccError> {
    let Some(bytes) = collections.filter(|bytes| !bytes.is_empty()) else {
        return Ok(());
    };
    let id = format!("{}:{}", data.name, data.version);
    let Ok(package) = CollectionConfigPackage::decode(bytes.clone()) else {
        return Err(LsccError::Collections(id));
    };
    for collection in &package.config {
        collections::check(collection, channel)?;
    }
    let key = state::collections_key(&data.name);
    let written = lscc.host.write(Space::Public, &key, Change::Put(bytes));
    written.map_err(|source| LsccError::PutCollections { id, source })
}

/// A chaincode whose Init is called within the proposal that instantiates or upgrades it.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub name: String,
    pub version: String,
    pub input: ChaincodeInput,
}

/// `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    #[error("error unmarshalling ChaincodeDeploymentSpec: {0}")]
    Decode(#[from] prost::DecodeError),
    #[error("attempting to deploy a system chaincode {name}/{channel}")]
    System { name: String, channel: String },
    #[error("lscc upgrade/deploy should not include a code packages")]
    Code,
}

impl Deployment {
    /// The chaincode that a successful call of `lscc` deployed on `channel`, if that is what it did.
    pub fn of(args: &[Bytes], channel: &str) -> Result<Option<Self>, DeploymentError> {
        let [function, _, specification, ..] = args else {
            return Ok(None);
        };
        if !matches!(&function[..], b"deploy" | b"upgrade") {
            return Ok(None);
        }
        let specification = ChaincodeDeploymentSpec::decode(specification.clone())?;
        let spec = specification.chaincode_spec.unwrap_or_default();
        let ChaincodeId { name, version, .. } = spec.chaincode_id.unwrap_or_default();
        if matches!(name.as_str(), "lscc" | "cscc" | "qscc" | "_lifecycle") {
            let channel = channel.to_owned();
            return Err(DeploymentError::System { name, channel });
        }
        if !specification.code_package.is_empty() {
            return Err(DeploymentError::Code);
        }
        Ok(Some(Self {
            name,
            version,
            input: spec.input.unwrap_or_default(),
        }))
    }
}
