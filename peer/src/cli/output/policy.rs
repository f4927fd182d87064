//! Policies and collections as JSON.

use selvedge_protos::common::signature_policy::Type as Rule;
use selvedge_protos::common::{SignaturePolicy, SignaturePolicyEnvelope};
use selvedge_protos::protos::application_policy::Type as ApplicationPolicyType;
use selvedge_protos::protos::collection_config::Payload as CollectionPayload;
use selvedge_protos::protos::collection_policy_config::Payload as PolicyPayload;
use selvedge_protos::protos::{ApplicationPolicy, CollectionConfigPackage, StaticCollectionConfig};

use super::go_json::{Message, Node};

pub(super) fn collections(package: &CollectionConfigPackage) -> Message {
    let configs =
        package.config.iter().map(|config| {
            let payload = config.payload.as_ref().map(
                |CollectionPayload::StaticCollectionConfig(collection)| {
                    (
                        "StaticCollectionConfig",
                        static_collection(collection).into(),
                    )
                },
            );
            Node::from(Message::default().one_of("Payload", payload))
        });
    Message::default().list("config", configs)
}

fn static_collection(collection: &StaticCollectionConfig) -> Message {
    let members = collection.member_orgs_policy.as_ref().map(|policy| {
        let payload = policy
            .payload
            .as_ref()
            .map(|PolicyPayload::SignaturePolicy(envelope)| {
                (
                    "SignaturePolicy",
                    signature_policy_envelope(envelope).into(),
                )
            });
        Message::default().one_of("Payload", payload)
    });
    Message::default()
        .text("name", &collection.name)
        .message("member_orgs_policy", members)
        .number("required_peer_count", collection.required_peer_count)
        .number("maximum_peer_count", collection.maximum_peer_count)
        .number("block_to_live", collection.block_to_live)
        .flag("member_only_read", collection.member_only_read)
        .flag("member_only_write", collection.member_only_write)
        .message(
            "endorsement_policy",
            collection
                .endorsement_policy
                .as_ref()
                .map(application_policy),
        )
}

fn application_policy(policy: &ApplicationPolicy) -> Message {
    let policy = policy.r#type.as_ref().map(|policy| match policy {
        ApplicationPolicyType::SignaturePolicy(envelope) => (
            "SignaturePolicy",
            signature_policy_envelope(envelope).into(),
        ),
        ApplicationPolicyType::ChannelConfigPolicyReference(reference) => (
            "ChannelConfigPolicyReference",
            Node::Text(reference.clone()),
        ),
    });
    Message::default().one_of("Type", policy)
}

fn signature_policy_envelope(envelope: &SignaturePolicyEnvelope) -> Message {
    let identities = envelope.identities.iter().map(|principal| {
        Node::from(
            Message::default()
                .number(
                    "principal_classification",
                    principal.principal_classification,
                )
                .bytes("principal", &principal.principal),
        )
    });
    Message::default()
        .number("version", envelope.version)
        .message("rule", envelope.rule.as_ref().map(signature_policy))
        .list("identities", identities)
}

fn signature_policy(policy: &SignaturePolicy) -> Message {
    let rule = policy.r#type.as_ref().map(|rule| match rule {
        Rule::SignedBy(index) => ("SignedBy", Node::Number((*index).into())),
        Rule::NOutOf(n_out_of) => {
            let rules = n_out_of
                .rules
                .iter()
                .map(|rule| Node::from(signature_policy(rule)));
            (
                "NOutOf",
                Message::default()
                    .number("n", n_out_of.n)
                    .list("rules", rules)
                    .into(),
            )
        }
    });
    Message::default().one_of("Type", rule)
}
