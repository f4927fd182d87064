//! The policies that an instantiation gets which names none, and whether a client may instantiate.
//!
//! Fabric: core/scc/lscc/support.go.

use super::LegacyPackage;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, PolicyError, SignedData, members};
use selvedge_protos::common::{SignaturePolicyEnvelope, msp_role::MspRoleType};

/// `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub(super) enum InstantiationPolicyError {
    #[error("{0}")]
    Decode(prost::DecodeError),
    #[error("{0}")]
    Compile(PolicyError),
    #[error("instantiation policy violation: {0}")]
    Violated(PolicyError),
}

/// A member of any organisation with peers on the channel.
pub fn any_member(channel: &ChannelConfig) -> SignaturePolicyEnvelope {
    any(channel, MspRoleType::Member)
}

/// An administrator of any of them.
pub fn any_admin(channel: &ChannelConfig) -> SignaturePolicyEnvelope {
    any(channel, MspRoleType::Admin)
}

fn any(channel: &ChannelConfig, role: MspRoleType) -> SignaturePolicyEnvelope {
    let organisations: Vec<&str> = channel
        .organisations()
        .map(|organisation| organisation.msp_id.as_str())
        .collect();
    members(1, role, &organisations)
}

/// That of the package, or an administrator of the channel.
pub(super) fn instantiation_policy(package: &LegacyPackage, channel: &ChannelConfig) -> Bytes {
    match &package.instantiation_policy {
        Some(policy) => policy.clone(),
        None => any_admin(channel).encode_to_vec().into(),
    }
}

/// Whether whoever signed the proposal may instantiate.
pub(super) fn check_instantiation_policy(
    policy: &Bytes,
    channel: &ChannelConfig,
    requester: &SignedData,
) -> Result<(), InstantiationPolicyError> {
    let policy = SignaturePolicyEnvelope::decode(policy.clone())
        .map_err(InstantiationPolicyError::Decode)?;
    let policy = channel
        .compile(&policy)
        .map_err(InstantiationPolicyError::Compile)?;
    policy
        .evaluate(std::slice::from_ref(requester))
        .map_err(InstantiationPolicyError::Violated)
}
