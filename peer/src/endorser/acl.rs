//! Who may ask for what.
//!
//! Every resource has a policy: of this peer's own organisation, which a channel cannot change, or of the channel,
//! which its configuration may map to another.
//!
//! Fabric: core/aclmgmt, core/policy/policy.go.

use crate::node::{Channel, Peer};
use selvedge_identity::SignedData;
use selvedge_protos::common::msp_role::MspRoleType;

const WRITERS: &str = "/Channel/Application/Writers";
const READERS: &str = "/Channel/Application/Readers";

/// `Display` is the complete text, as the caller sees it wherever it asked.
#[derive(Debug, thiserror::Error)]
pub enum AclError {
    #[error("Unmapped policy for {0}")]
    Unmapped(String),
    #[error("Failed to get policy manager for channel [{0}]")]
    NoChannel(String),
    #[error("failed evaluating policy on signed data during check policy [{policy}]: [{cause}]")]
    Override { policy: String, cause: String },
    #[error(
        "Failed evaluating policy on signed data during check policy on channel [{channel}] with policy [{policy}]: [{cause}]"
    )]
    Channel {
        channel: String,
        policy: &'static str,
        cause: String,
    },
    #[error(
        "Failed deserializing proposal creator during channelless check policy with policy [{policy}]: [{cause}]"
    )]
    Creator { policy: &'static str, cause: String },
    #[error(
        "Failed getting local MSP principal during channelless check policy with policy [{0}]: [MSP Principal role [{0}] not recognized]"
    )]
    NoPrincipal(&'static str),
    #[error(
        "Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with policy [{policy}]: [{cause}]"
    )]
    Principal { policy: &'static str, cause: String },
    #[error("{0}")]
    Signature(String),
    #[error("Unmapped channelless policy for {0}")]
    UnmappedLocal(String),
    #[error(
        "failed deserializing signed data identity during channelless check policy with policy [{policy}]: [{cause}]"
    )]
    SignedIdentity { policy: &'static str, cause: String },
    #[error(
        "failed verifying that the signed data identity satisfies local MSP principal during channelless check policy with policy [{policy}]: [{cause}]"
    )]
    SignedPrincipal { policy: &'static str, cause: String },
}

/// What a resource asks for by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Default {
    /// A role in this peer's organisation. No channel can map it to anything else.
    Local(&'static str, MspRoleType),
    /// A policy of the channel.
    Channel(&'static str),
}

const ADMINS: Default = Default::Local("Admins", MspRoleType::Admin);
const MEMBERS: Default = Default::Local("Members", MspRoleType::Member);

/// Fabric: core/aclmgmt/defaultaclprovider.go. `lscc/Deploy` and `lscc/Upgrade` have an empty policy there, which is
/// none.
fn default(resource: &str) -> Option<Default> {
    Some(match resource {
        "_lifecycle/InstallChaincode"
        | "_lifecycle/QueryInstalledChaincode"
        | "_lifecycle/GetInstalledChaincodePackage"
        | "_lifecycle/QueryInstalledChaincodes"
        | "_lifecycle/ApproveChaincodeDefinitionForMyOrg"
        | "_lifecycle/QueryApprovedChaincodeDefinition"
        | "_lifecycle/QueryApprovedChaincodeDefinitions"
        | "snapshot/submitrequest"
        | "snapshot/cancelrequest"
        | "snapshot/listpending"
        | "lscc/Install"
        | "lscc/GetInstalledChaincodes"
        | "cscc/JoinChain"
        | "cscc/JoinChainBySnapshot"
        | "cscc/JoinBySnapshotStatus" => ADMINS,
        "cscc/GetChannels" => MEMBERS,
        "_lifecycle/CommitChaincodeDefinition"
        | "_lifecycle/QueryChaincodeDefinition"
        | "_lifecycle/QueryChaincodeDefinitions"
        | "_lifecycle/CheckCommitReadiness"
        | "peer/Propose"
        | "peer/ChaincodeToChaincode" => Default::Channel(WRITERS),
        "lscc/ChaincodeExists"
        | "lscc/GetDeploymentSpec"
        | "lscc/GetChaincodeData"
        | "lscc/GetInstantiatedChaincodes"
        | "lscc/GetCollectionsConfig"
        | "qscc/GetChainInfo"
        | "qscc/GetBlockByNumber"
        | "qscc/GetBlockByHash"
        | "qscc/GetTransactionByID"
        | "qscc/GetBlockByTxID"
        | "cscc/GetConfigBlock"
        | "cscc/GetChannelConfig"
        | "event/Block"
        | "event/FilteredBlock"
        | "gateway/CommitStatus"
        | "gateway/ChaincodeEvents" => Default::Channel(READERS),
        _ => return None,
    })
}

/// Whether whoever signed `requester` may use `resource` on `channel_id` (empty: none).
pub fn check(
    peer: &Peer,
    resource: &str,
    channel_id: &str,
    requester: &SignedData,
) -> Result<(), AclError> {
    let default = default(resource);
    if let Some(Default::Local(policy, role)) = default {
        return check_local(peer, policy, role, requester);
    }
    let channel = peer.channel(channel_id);
    if let Some(channel) = &channel
        && let Some(policy) = channel.config().acl(resource)
    {
        return check_override(channel, &policy, requester);
    }
    let Some(Default::Channel(policy)) = default else {
        tracing::error!(resource, "unmapped policy");
        return Err(AclError::Unmapped(resource.to_owned()));
    };
    match channel {
        _ if channel_id.is_empty() => check_channelless(peer, policy, requester),
        None => Err(AclError::NoChannel(channel_id.to_owned())),
        Some(channel) => {
            let found = channel.config().policy_or_reject(policy);
            found
                .evaluate(std::slice::from_ref(requester))
                .map_err(|error| AclError::Channel {
                    channel: channel_id.to_owned(),
                    policy,
                    cause: error.to_string(),
                })
        }
    }
}

/// The same for a request that is no proposal and names no channel.
///
/// Fabric: core/policy/policy.go, CheckPolicyNoChannelBySignedData.
pub fn check_signed(peer: &Peer, resource: &str, requester: &SignedData) -> Result<(), AclError> {
    let Some(Default::Local(policy, role)) = default(resource) else {
        return Err(AclError::UnmappedLocal(resource.to_owned()));
    };
    check_local(peer, policy, role, requester).map_err(|error| match error {
        AclError::Creator { policy, cause } => AclError::SignedIdentity { policy, cause },
        AclError::Principal { policy, cause } => AclError::SignedPrincipal { policy, cause },
        other => other,
    })
}

fn check_override(channel: &Channel, policy: &str, requester: &SignedData) -> Result<(), AclError> {
    evaluate(channel, policy, requester).map_err(|cause| {
        tracing::warn!(channel = channel.id(), policy, %cause, "policy check failed");
        AclError::Override {
            policy: policy.to_owned(),
            cause,
        }
    })
}

fn evaluate(channel: &Channel, policy: &str, requester: &SignedData) -> Result<(), String> {
    let config = channel.config();
    let found = config
        .policy(policy)
        .ok_or_else(|| format!("policy {policy} not found"))?;
    found
        .evaluate(std::slice::from_ref(requester))
        .map_err(|error| error.to_string())
}

/// A channel's policy asked for without a channel: Fabric looks for a role of that name and finds none, after it has
/// looked at the creator.
fn check_channelless(
    peer: &Peer,
    policy: &'static str,
    requester: &SignedData,
) -> Result<(), AclError> {
    match peer.local_msp().deserialize(&requester.identity) {
        Err(error) => Err(AclError::Creator {
            policy,
            cause: error.to_string(),
        }),
        Ok(_) => Err(AclError::NoPrincipal(policy)),
    }
}

fn check_local(
    peer: &Peer,
    policy: &'static str,
    role: MspRoleType,
    requester: &SignedData,
) -> Result<(), AclError> {
    let msp = peer.local_msp();
    let identity = msp
        .deserialize(&requester.identity)
        .map_err(|error| AclError::Creator {
            policy,
            cause: error.to_string(),
        })?;
    msp.satisfies_role(&identity, role)
        .map_err(|error| AclError::Principal {
            policy,
            cause: error.to_string(),
        })?;
    identity
        .verify(&requester.data, &requester.signature)
        .map_err(|error| AclError::Signature(error.to_string()))
}
