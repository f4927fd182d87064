//! Which collections an instantiation may bring.
//!
//! Fabric: core/scc/lscc/lscc.go, checkCollectionMemberPolicy.

use super::error::CollectionError as Error;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_protos::{
    common::{self, MspPrincipal, msp_principal::Classification},
    protos::{CollectionConfig, collection_config, collection_policy_config},
};

/// Member policies against the channel. A member that is not of the channel is worth a warning and no more.
pub(super) fn check(collection: &CollectionConfig, channel: &ChannelConfig) -> Result<(), Error> {
    let Some(collection_config::Payload::StaticCollectionConfig(collection)) = &collection.payload
    else {
        return Err(Error::Empty);
    };
    let name = &collection.name;
    let policy = collection
        .member_orgs_policy
        .as_ref()
        .ok_or(Error::NoPolicy)?;
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = &policy.payload else {
        return Err(Error::EmptyPolicy);
    };
    for principal in &policy.identities {
        if !is_of(principal, name, channel)? {
            tracing::warn!(
                collection = name,
                "a collection member is not part of the channel"
            );
        }
    }
    channel.compile(policy).map_err(|error| Error::Policy {
        name: name.clone(),
        cause: error.to_string(),
    })?;
    Ok(())
}

fn is_of(principal: &MspPrincipal, name: &str, channel: &ChannelConfig) -> Result<bool, Error> {
    let bytes = principal.principal.clone();
    let undecodable = |source| Error::Principal {
        name: name.to_owned(),
        source,
    };
    match Classification::try_from(principal.principal_classification) {
        Ok(Classification::Role) => {
            let role = common::MspRole::decode(bytes).map_err(undecodable)?;
            Ok(channel.has_msp(&role.msp_identifier))
        }
        Ok(Classification::OrganizationUnit) => {
            let unit = common::OrganizationUnit::decode(bytes).map_err(undecodable)?;
            Ok(channel.has_msp(&unit.msp_identifier))
        }
        Ok(Classification::Identity) => Ok(channel.msps().deserialize(&bytes).is_ok()),
        Ok(other) => Err(Error::PrincipalKind {
            name: name.to_owned(),
            kind: other.as_str_name().to_owned(),
        }),
        Err(_) => Err(Error::PrincipalKind {
            name: name.to_owned(),
            kind: principal.principal_classification.to_string(),
        }),
    }
}
