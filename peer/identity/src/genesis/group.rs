//! From a description to the configuration tree.

use prost::Message;
use selvedge_protos::{
    common::{
        BlockDataHashingStructure, Capability, ConfigGroup, ConfigValue, HashingAlgorithm,
        OrdererAddresses, Orderers,
    },
    orderer::{BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType},
    protos::{AcLs, AnchorPeer, AnchorPeers, ApiResource},
};

use super::{ChannelDescription, OrganisationDescription, Policies, policies::ADMINS};
use crate::BatchParameters;

/// The channel group of a description.
pub fn channel_group(description: &ChannelDescription) -> ConfigGroup {
    let mut channel = group(&description.policies);
    set(
        &mut channel,
        "HashingAlgorithm",
        &HashingAlgorithm {
            name: "SHA256".into(),
        },
    );
    let structure = BlockDataHashingStructure { width: u32::MAX };
    set(&mut channel, "BlockDataHashingStructure", &structure);
    set_capabilities(&mut channel, &description.capabilities);
    channel
        .groups
        .insert("Application".into(), application(description));
    channel
        .groups
        .insert("Orderer".into(), orderer(description));
    channel
}

fn application(description: &ChannelDescription) -> ConfigGroup {
    let mut out = group(&description.application_policies);
    set_capabilities(&mut out, &description.application_capabilities);
    if !description.acls.is_empty() {
        let resource = |reference: &String| ApiResource {
            policy_ref: reference.clone(),
        };
        let acls = description
            .acls
            .iter()
            .map(|(name, policy)| (name.clone(), resource(policy)));
        set(
            &mut out,
            "ACLs",
            &AcLs {
                acls: acls.collect(),
            },
        );
    }
    for organisation in &description.organisations {
        out.groups
            .insert(organisation.name.clone(), peer_organisation(organisation));
    }
    out
}

fn orderer(description: &ChannelDescription) -> ConfigGroup {
    let mut out = group(&description.orderer_policies);
    set_capabilities(&mut out, &description.orderer_capabilities);
    set_batch(&mut out, description.batch);
    set(
        &mut out,
        "ChannelRestrictions",
        &ChannelRestrictions::default(),
    );
    let consensus = &description.consensus;
    let kind = ConsensusType {
        r#type: consensus.kind.clone(),
        metadata: consensus.metadata.clone(),
        ..ConsensusType::default()
    };
    set(&mut out, "ConsensusType", &kind);
    if !consensus.consenters.is_empty() {
        let orderers = Orderers {
            consenter_mapping: consensus.consenters.clone(),
        };
        set(&mut out, "Orderers", &orderers);
    }
    for organisation in &description.orderer_organisations {
        let mut entry = group(&organisation.policies);
        set(&mut entry, "MSP", &organisation.msp);
        let endpoints = OrdererAddresses {
            addresses: organisation.endpoints.clone(),
        };
        set(&mut entry, "Endpoints", &endpoints);
        out.groups.insert(organisation.name.clone(), entry);
    }
    out
}

fn set_batch(group: &mut ConfigGroup, batch: BatchParameters) {
    let size = BatchSize {
        max_message_count: batch.max_message_count,
        absolute_max_bytes: batch.absolute_max_bytes,
        preferred_max_bytes: batch.preferred_max_bytes,
    };
    set(group, "BatchSize", &size);
    let timeout = match batch.timeout.subsec_nanos() {
        0 => format!("{}s", batch.timeout.as_secs()),
        nanos if nanos % 1_000_000 == 0 => format!("{}ms", batch.timeout.as_millis()),
        _ => format!("{}ns", batch.timeout.as_nanos()),
    };
    set(group, "BatchTimeout", &BatchTimeout { timeout });
}

fn peer_organisation(organisation: &OrganisationDescription) -> ConfigGroup {
    let mut out = group(&organisation.policies);
    set(&mut out, "MSP", &organisation.msp);
    if !organisation.anchor_peers.is_empty() {
        let anchors = organisation.anchor_peers.iter();
        let anchor_peers = anchors
            .map(|(host, port)| AnchorPeer {
                host: host.clone(),
                port: i32::from(*port),
            })
            .collect();
        set(&mut out, "AnchorPeers", &AnchorPeers { anchor_peers });
    }
    out
}

fn group(policies: &Policies) -> ConfigGroup {
    ConfigGroup {
        mod_policy: ADMINS.into(),
        policies: policies.encode(),
        ..ConfigGroup::default()
    }
}

fn set(group: &mut ConfigGroup, key: &str, message: &impl Message) {
    let value = ConfigValue {
        version: 0,
        value: message.encode_to_vec().into(),
        mod_policy: ADMINS.into(),
    };
    group.values.insert(key.to_owned(), value);
}

fn set_capabilities(group: &mut ConfigGroup, names: &[String]) {
    if names.is_empty() {
        return;
    }
    // Written by hand because Go writes the empty message of an entry and prost leaves it out.
    let mut encoded = Vec::new();
    for name in names {
        let mut entry = Vec::new();
        prost::encoding::string::encode(1, name, &mut entry);
        prost::encoding::message::encode(2, &Capability {}, &mut entry);
        prost::encoding::bytes::encode(1, &entry, &mut encoded);
    }
    let value = ConfigValue {
        version: 0,
        value: encoded.into(),
        mod_policy: ADMINS.into(),
    };
    group.values.insert("Capabilities".into(), value);
}
