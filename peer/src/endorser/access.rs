//! Whether the creator of a proposal may read or write a collection.
//!
//! Fabric: core/common/privdata/store.go, RetrieveReadWritePermission.

use crate::lifecycle;
use selvedge_identity::{ChannelConfig, SignedData};
use selvedge_ledger::{Access, Simulator};
use selvedge_protos::protos::{StaticCollectionConfig, collection_policy_config};

/// The definition is looked up through the simulator, so its reads are in the endorsement. The error is the cause that
/// chaincode sees.
pub(super) fn access(
    simulator: &mut Simulator,
    channel: &ChannelConfig,
    channel_id: &str,
    chaincode: &str,
    collection: &str,
    requester: &SignedData,
) -> Result<Access, String> {
    let config = lifecycle::collection(simulator, chaincode, collection)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| {
            format!("collection {channel_id}/{chaincode}/{collection} could not be found")
        })?;
    if !config.member_only_read && !config.member_only_write {
        return Ok(Access {
            read: true,
            write: true,
        });
    }
    if is_member(&config, channel, requester)? {
        return Ok(Access {
            read: true,
            write: true,
        });
    }
    Ok(Access {
        read: !config.member_only_read,
        write: !config.member_only_write,
    })
}

fn is_member(
    collection: &StaticCollectionConfig,
    channel: &ChannelConfig,
    requester: &SignedData,
) -> Result<bool, String> {
    let policy = collection
        .member_orgs_policy
        .as_ref()
        .and_then(|policy| policy.payload.as_ref());
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = policy else {
        return Err("Collection config access policy is nil".to_owned());
    };
    let policy = channel.compile(policy).map_err(|error| {
        format!("failed constructing policy object out of collection policy config: {error}")
    })?;
    Ok(policy.evaluate(std::slice::from_ref(requester)).is_ok())
}
