//! Endorsement policies and collections as the flags give them. Fabric: internal/peer/chaincode/common.go,
//! internal/peer/lifecycle/chaincode/common.go.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::SignaturePolicyEnvelope;
use selvedge_protos::protos::application_policy::Type as ApplicationPolicyType;
use selvedge_protos::protos::collection_config::Payload as CollectionPayload;
use selvedge_protos::protos::collection_policy_config::Payload as PolicyPayload;
use selvedge_protos::protos::{
    ApplicationPolicy, CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig,
    StaticCollectionConfig,
};
use serde::Deserialize;

/// The serialized policy of `--signature-policy` or `--channel-config-policy`; empty without either.
pub(crate) fn policy_bytes(signature: &str, channel_config: &str) -> Result<Bytes> {
    let policy = application_policy(signature, channel_config)?;
    Ok(policy
        .map(|policy| policy.encode_to_vec().into())
        .unwrap_or_default())
}

fn application_policy(signature: &str, channel_config: &str) -> Result<Option<ApplicationPolicy>> {
    let policy = match (signature, channel_config) {
        ("", "") => return Ok(None),
        ("", reference) => {
            ApplicationPolicyType::ChannelConfigPolicyReference(reference.to_owned())
        }
        (text, "") => {
            let policy = parse(text)
                .map_err(|error| anyhow!("invalid signature policy: {text} ({error:#})"))?;
            ApplicationPolicyType::SignaturePolicy(policy)
        }
        _ => bail!("cannot specify both \"--signature-policy\" and \"--channel-config-policy\""),
    };
    Ok(Some(ApplicationPolicy {
        r#type: Some(policy),
    }))
}

fn parse(text: &str) -> Result<SignaturePolicyEnvelope> {
    Ok(selvedge_identity::policy_from_string(text)?)
}

/// One element of the collections file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    #[serde(default)]
    name: String,
    #[serde(default)]
    policy: String,
    required_peer_count: Option<i32>,
    max_peer_count: Option<i32>,
    #[serde(default)]
    block_to_live: u64,
    #[serde(default)]
    member_only_read: bool,
    #[serde(default)]
    member_only_write: bool,
    endorsement_policy: Option<EndorsementPolicy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndorsementPolicy {
    #[serde(default)]
    signature_policy: String,
    #[serde(default)]
    channel_config_policy: String,
}

/// The collections of the file that `--collections-config` names.
pub(crate) fn collections(file: Option<&Path>) -> Result<Option<CollectionConfigPackage>> {
    let Some(path) = file else { return Ok(None) };
    let read = || -> Result<CollectionConfigPackage> {
        let text = std::fs::read(path)
            .with_context(|| format!("could not read file '{}'", path.display()))?;
        collections_from_json(&text)
    };
    read().map(Some).with_context(|| {
        format!(
            "invalid collection configuration in file {}",
            path.display()
        )
    })
}

/// The collections of such a file.
///
/// # Errors
/// JSON that is not a list of collections, or a policy that cannot be read.
pub fn collections_from_json(text: &[u8]) -> Result<CollectionConfigPackage> {
    let collections: Vec<Collection> =
        serde_json::from_slice(text).context("could not parse the collection configuration")?;
    Ok(CollectionConfigPackage {
        config: collections.into_iter().map(config).collect::<Result<_>>()?,
    })
}

fn config(collection: Collection) -> Result<CollectionConfig> {
    let members = parse(&collection.policy)
        .with_context(|| format!("invalid policy {}", collection.policy))?;
    let endorsement_policy = match collection.endorsement_policy {
        None => None,
        Some(policy) => application_policy(&policy.signature_policy, &policy.channel_config_policy)
            .with_context(|| {
                format!(
                    "invalid endorsement policy of collection {}",
                    collection.name
                )
            })?,
    };
    let collection = StaticCollectionConfig {
        name: collection.name,
        member_orgs_policy: Some(CollectionPolicyConfig {
            payload: Some(PolicyPayload::SignaturePolicy(members)),
        }),
        required_peer_count: collection.required_peer_count.unwrap_or(0),
        maximum_peer_count: collection.max_peer_count.unwrap_or(1),
        block_to_live: collection.block_to_live,
        member_only_read: collection.member_only_read,
        member_only_write: collection.member_only_write,
        endorsement_policy,
    };
    Ok(CollectionConfig {
        payload: Some(CollectionPayload::StaticCollectionConfig(collection)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_field_two() {
        let bytes = policy_bytes("", "/Channel/Application/Endorsement").unwrap();
        assert_eq!(&bytes[..2], [0x12, 0x20]);
        assert!(policy_bytes("", "").unwrap().is_empty());
    }

    #[test]
    fn both_policies_at_once_are_refused() {
        let error = policy_bytes("OR('Org1MSP.peer')", "x")
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "cannot specify both \"--signature-policy\" and \"--channel-config-policy\""
        );
        let error = policy_bytes("or('Org1MSP.peer'", "")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("invalid signature policy: or('Org1MSP.peer'"),
            "{error}"
        );
    }

    #[test]
    fn collections_have_fabrics_defaults() {
        let text =
            br#"[{"name":"c","policy":"OR('Org1MSP.member')","blockToLive":3,"memberOnlyRead":true,
            "endorsementPolicy":{"signaturePolicy":"OR('Org1MSP.peer')"}}]"#;
        let package = collections_from_json(text).unwrap();
        let Some(CollectionPayload::StaticCollectionConfig(collection)) =
            &package.config[0].payload
        else {
            panic!()
        };
        assert_eq!(
            (
                collection.required_peer_count,
                collection.maximum_peer_count
            ),
            (0, 1)
        );
        assert_eq!(collection.block_to_live, 3);
        assert!(collection.member_only_read && !collection.member_only_write);
        assert!(collection.endorsement_policy.is_some());
        assert!(
            collections_from_json(b"{}")
                .unwrap_err()
                .to_string()
                .contains("could not parse")
        );
    }
}
