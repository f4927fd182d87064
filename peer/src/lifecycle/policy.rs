//! Who must endorse a change to the lifecycle's own data.
//!
//! Both policies are derived from the channel's configuration whenever they are asked for; neither is stored.

use selvedge_identity::{ChannelConfig, member_of, members};
use selvedge_protos::{
    common::{self, msp_role::MspRoleType},
    protos::{self, application_policy},
};

/// The policy a definition gets that names none.
pub(super) const DEFAULT_ENDORSEMENT: &str = "/Channel/Application/Endorsement";
/// The policy for writes to namespace `_lifecycle`, where the channel has it.
pub(super) const LIFECYCLE_ENDORSEMENT: &str = "/Channel/Application/LifecycleEndorsement";

/// The endorsement policy of namespace `_lifecycle` itself: the channel's `LifecycleEndorsement`, or a majority of the
/// organisations' members where the channel has none.
///
/// Fabric: core/chaincode/lifecycle/lifecycle.go, LifecycleEndorsementPolicyAsBytes.
pub fn for_namespace(channel: &ChannelConfig) -> protos::ApplicationPolicy {
    if channel.has_policy(LIFECYCLE_ENDORSEMENT) {
        return reference(LIFECYCLE_ENDORSEMENT);
    }
    let organisations: Vec<&str> = channel
        .organisations()
        .map(|org| org.msp_id.as_str())
        .collect();
    let majority = i32::try_from(organisations.len() / 2 + 1).unwrap_or(i32::MAX);
    signed_by(members(majority, MspRoleType::Member, &organisations))
}

/// The endorsement policy of an organisation's implicit collection; `None` when the channel has no such organisation.
///
/// Fabric: deployedcc_infoprovider.go, ImplicitCollectionEndorsementPolicyAsBytes.
pub fn for_implicit_collection(
    channel: &ChannelConfig,
    msp_id: &str,
) -> Option<protos::ApplicationPolicy> {
    let organisation = channel.organisation_of(msp_id)?;
    let path = format!("/Channel/Application/{}/Endorsement", organisation.name);
    Some(if channel.has_policy(&path) {
        reference(&path)
    } else {
        signed_by(member_of(msp_id))
    })
}

/// A reference to a policy of the channel's configuration.
pub(super) fn reference(path: &str) -> protos::ApplicationPolicy {
    let reference = application_policy::Type::ChannelConfigPolicyReference(path.to_owned());
    protos::ApplicationPolicy {
        r#type: Some(reference),
    }
}

fn signed_by(policy: common::SignaturePolicyEnvelope) -> protos::ApplicationPolicy {
    protos::ApplicationPolicy {
        r#type: Some(application_policy::Type::SignaturePolicy(policy)),
    }
}
