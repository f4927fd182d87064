//! What real peers said of the definitions at the end of the recorded channel, each organisation's for itself.

use crate::network::{CHANNEL, Network, lifecycle};
use crate::recording::golden;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost::Message;
use selvedge_protos::common::{SignaturePolicy, SignaturePolicyEnvelope, signature_policy};
use selvedge_protos::lifecycle as messages;
use selvedge_protos::protos::{
    ApplicationPolicy, CollectionConfigPackage, Response, StaticCollectionConfig,
    application_policy, collection_config, collection_policy_config,
};
use serde_json::{Map, Value, json};

/// An object without members that have Protobuf's default, as Go's encoder leaves them out.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let is_set = |value: &Value| match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(value) => value.as_i64() != Some(0),
        Value::String(value) => !value.is_empty() && value != "0",
        _ => true,
    };
    let members = members.into_iter().filter(|(_, value)| is_set(value));
    let members: Map<_, _> = members
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Value::Object(members)
}

fn rule(policy: &SignaturePolicy) -> Value {
    match policy.r#type.as_ref().unwrap() {
        signature_policy::Type::SignedBy(index) => json!({ "signedBy": index }),
        signature_policy::Type::NOutOf(group) => {
            let rules: Vec<_> = group.rules.iter().map(rule).collect();
            json!({ "nOutOf": { "n": group.n, "rules": rules } })
        }
    }
}

fn signature_policy(policy: &SignaturePolicyEnvelope) -> Value {
    let identities: Vec<_> = policy
        .identities
        .iter()
        .map(|identity| json!({ "principal": STANDARD.encode(&identity.principal) }))
        .collect();
    json!({ "identities": identities, "rule": rule(policy.rule.as_ref().unwrap()) })
}

fn application_policy(policy: &ApplicationPolicy) -> Value {
    match policy.r#type.as_ref().unwrap() {
        application_policy::Type::SignaturePolicy(policy) => {
            json!({ "signaturePolicy": signature_policy(policy) })
        }
        application_policy::Type::ChannelConfigPolicyReference(reference) => {
            json!({ "channelConfigPolicyReference": reference })
        }
    }
}

fn collection(collection: &StaticCollectionConfig) -> Value {
    let members = collection.member_orgs_policy.as_ref().unwrap();
    let Some(collection_policy_config::Payload::SignaturePolicy(members)) = &members.payload else {
        panic!("{members:?}")
    };
    let endorsement = collection.endorsement_policy.as_ref();
    object([
        ("name", json!(collection.name)),
        (
            "memberOrgsPolicy",
            json!({ "signaturePolicy": signature_policy(members) }),
        ),
        ("requiredPeerCount", json!(collection.required_peer_count)),
        ("maximumPeerCount", json!(collection.maximum_peer_count)),
        ("blockToLive", json!(collection.block_to_live.to_string())),
        ("memberOnlyRead", json!(collection.member_only_read)),
        ("memberOnlyWrite", json!(collection.member_only_write)),
        (
            "endorsementPolicy",
            endorsement.map_or(Value::Null, application_policy),
        ),
    ])
}

fn collections(package: &Option<CollectionConfigPackage>) -> Value {
    let Some(package) = package else {
        return Value::Null;
    };
    let config: Vec<_> = package
        .config
        .iter()
        .map(|config| {
            let Some(collection_config::Payload::StaticCollectionConfig(found)) = &config.payload
            else {
                panic!("{config:?}")
            };
            json!({ "staticCollectionConfig": collection(found) })
        })
        .collect();
    match config.is_empty() {
        true => json!({}),
        false => json!({ "config": config }),
    }
}

fn source(source: &Option<messages::ChaincodeSource>) -> Value {
    use messages::chaincode_source::Type;
    match source.as_ref().and_then(|source| source.r#type.as_ref()) {
        None => Value::Null,
        Some(Type::Unavailable(_)) => json!({ "unavailable": {} }),
        Some(Type::LocalPackage(local)) => {
            json!({ "localPackage": { "packageId": local.package_id } })
        }
    }
}

/// The messages have the same fields under the same names, some of them more.
macro_rules! definition {
    ($found:expr $(, $name:literal: $value:expr)*) => {{
        let found = &$found;
        object([
            ("sequence", json!(found.sequence.to_string())),
            ("version", json!(found.version)),
            ("endorsementPlugin", json!(found.endorsement_plugin)),
            ("validationPlugin", json!(found.validation_plugin)),
            ("validationParameter", json!(STANDARD.encode(&found.validation_parameter))),
            ("collections", collections(&found.collections)),
            ("initRequired", json!(found.init_required)),
            $(($name, $value),)*
        ])
    }};
}

fn decode<T: Message + Default>(response: &Response) -> T {
    T::decode(response.payload.clone()).unwrap()
}

/// Lists have no order in Go.
fn sorted(mut list: Vec<Value>) -> Value {
    list.sort_by_key(|value| (value["name"].to_string(), value["sequence"].to_string()));
    Value::Array(list)
}

/// Asks what a name of the recording stands for: `queryapproved/cc2#1` or `querycommitted_all`.
fn ask(network: &mut Network, org: &str, question: &str) -> Value {
    let (kind, subject) = question.split_once('/').unwrap_or((question, ""));
    let (name, sequence) = subject.split_once('#').unwrap_or((subject, "0"));
    let (name, sequence) = (name.to_owned(), sequence.parse().unwrap());
    let call = match kind {
        "queryapproved" => lifecycle(
            CHANNEL,
            "QueryApprovedChaincodeDefinition",
            &messages::QueryApprovedChaincodeDefinitionArgs { name, sequence },
        ),
        "queryapproved_all" => lifecycle(
            CHANNEL,
            "QueryApprovedChaincodeDefinitions",
            &messages::QueryApprovedChaincodeDefinitionsArgs {},
        ),
        "querycommitted" => lifecycle(
            CHANNEL,
            "QueryChaincodeDefinition",
            &messages::QueryChaincodeDefinitionArgs { name },
        ),
        "querycommitted_all" => lifecycle(
            CHANNEL,
            "QueryChaincodeDefinitions",
            &messages::QueryChaincodeDefinitionsArgs {},
        ),
        other => panic!("{other}"),
    };
    let response = network.query(org, &call).response.unwrap();
    match response.status {
        200 => said(kind, &response),
        status => json!(format!("status:{status} message:{:?}", response.message)),
    }
}

fn said(kind: &str, response: &Response) -> Value {
    match kind {
        "queryapproved" => {
            let found: messages::QueryApprovedChaincodeDefinitionResult = decode(response);
            definition!(found, "source": source(&found.source))
        }
        "queryapproved_all" => {
            let found: messages::QueryApprovedChaincodeDefinitionsResult = decode(response);
            let list = found.approved_chaincode_definitions.iter();
            let list = list.map(
                |found| definition!(found, "name": json!(found.name), "source": source(&found.source)),
            );
            json!({ "approvedChaincodeDefinitions": sorted(list.collect()) })
        }
        "querycommitted" => {
            let found: messages::QueryChaincodeDefinitionResult = decode(response);
            definition!(found, "approvals": json!(found.approvals))
        }
        _ => {
            let found: messages::QueryChaincodeDefinitionsResult = decode(response);
            let list = found.chaincode_definitions.iter();
            let list = list.map(|found| definition!(found, "name": json!(found.name)));
            json!({ "chaincodeDefinitions": sorted(list.collect()) })
        }
    }
}

#[test]
fn every_recorded_query_gets_the_recorded_result() {
    let recorded = std::fs::read(golden().join("lifecycle_queries.json")).unwrap();
    let recorded: Map<String, Value> = serde_json::from_slice(&recorded).unwrap();
    assert_eq!(recorded.len(), 36);
    let mut network = Network::new(&["Org1", "Org2", "Org3"]);
    for (name, mut expected) in recorded {
        let (question, org) = name.rsplit_once('/').unwrap();
        for list in ["approvedChaincodeDefinitions", "chaincodeDefinitions"] {
            if let Some(Value::Array(found)) = expected.get_mut(list) {
                expected[list] = sorted(std::mem::take(found));
            }
        }
        let found = ask(&mut network, org, question);
        assert_eq!(found, expected, "{name}");
    }
}
