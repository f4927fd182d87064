//! The collection every organisation has in every chaincode, without anybody defining it.

use selvedge_identity::member_of;
use selvedge_protos::protos;

const PREFIX: &str = "_implicit_org_";

/// The implicit collection of an organisation.
pub fn collection_of(msp_id: &str) -> String {
    format!("{PREFIX}{msp_id}")
}

/// The organisation an implicit collection belongs to; `None` for every other name.
pub fn organisation_of(collection: &str) -> Option<&str> {
    collection.strip_prefix(PREFIX)
}

/// The configuration Fabric makes up for it: any member of the organisation, no block to live, nobody else barred.
///
/// The peer counts say to how many peers of the organisation an endorser sends the data; they are the peer's own
/// settings and not part of what endorsers sign.
pub fn configuration(
    msp_id: &str,
    required_peers: i32,
    maximum_peers: i32,
) -> protos::StaticCollectionConfig {
    protos::StaticCollectionConfig {
        name: collection_of(msp_id),
        member_orgs_policy: Some(protos::CollectionPolicyConfig {
            payload: Some(protos::collection_policy_config::Payload::SignaturePolicy(
                member_of(msp_id),
            )),
        }),
        required_peer_count: required_peers,
        maximum_peer_count: maximum_peers,
        ..Default::default()
    }
}
