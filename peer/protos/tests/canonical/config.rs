//! The channel configuration tree, with the value of every leaf.

use bytes::Bytes;
use selvedge_protos::common::policy::PolicyType;
use selvedge_protos::common::{
    BlockDataHashingStructure, Capabilities, ConfigEnvelope, ConfigGroup, ConfigUpdate,
    ConfigUpdateEnvelope, Consortium, HashingAlgorithm, ImplicitMetaPolicy, OrdererAddresses,
    Policy, SignaturePolicyEnvelope,
};
use selvedge_protos::etcdraft::ConfigMetadata;
use selvedge_protos::orderer::{BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType};
use selvedge_protos::protos::{AcLs, AnchorPeers};

use crate::blocks::signature_header;
use crate::golden;
use crate::maps;
use crate::policies;
use crate::tally::Tally;
use crate::transaction;

pub(crate) fn envelope(tally: &mut Tally, envelope: &ConfigEnvelope) {
    let config = envelope.config.as_ref().unwrap();
    group(tally, config.channel_group.as_ref().unwrap());
    if let Some(update) = &envelope.last_update {
        transaction::payload(tally, &update.payload);
    }
}

pub(crate) fn update(tally: &mut Tally, envelope: &ConfigUpdateEnvelope) {
    for signature in &envelope.signatures {
        signature_header(tally, &signature.signature_header);
    }
    if let Some(update) =
        tally.with_maps::<ConfigUpdate>(&envelope.config_update, &maps::CONFIG_UPDATE)
    {
        for set in [update.read_set, update.write_set].into_iter().flatten() {
            group(tally, &set);
        }
    }
}

fn group(tally: &mut Tally, content: &ConfigGroup) {
    for (key, value) in &content.values {
        self::value(tally, key, &value.value);
    }
    for policy in content.policies.values() {
        if let Some(policy) = &policy.policy {
            self::policy(tally, policy);
        }
    }
    for child in content.groups.values() {
        group(tally, child);
    }
}

fn policy(tally: &mut Tally, policy: &Policy) {
    match PolicyType::try_from(policy.r#type) {
        Ok(PolicyType::Signature) => {
            if let Some(rule) = tally.exact::<SignaturePolicyEnvelope>(&policy.value) {
                policies::principals(tally, &rule);
            }
        }
        Ok(PolicyType::ImplicitMeta) => {
            tally.exact::<ImplicitMetaPolicy>(&policy.value);
        }
        _ => tally.except(&format!("policy of type {}", policy.r#type)),
    }
}

fn value(tally: &mut Tally, key: &str, bytes: &Bytes) {
    match key {
        "MSP" => policies::msp(tally, bytes),
        "ConsensusType" => {
            if let Some(value) = tally.exact::<ConsensusType>(bytes) {
                tally.exact::<ConfigMetadata>(&value.metadata);
            }
        }
        _ if leaf(tally, key, bytes) => {}
        _ => tally.except(&format!("value {key}")),
    }
}

/// Values without bytes of another message inside; says whether the key is one of them.
fn leaf(tally: &mut Tally, key: &str, bytes: &Bytes) -> bool {
    match key {
        "ACLs" => drop(tally.with_maps::<AcLs>(bytes, &maps::FIRST)),
        "AnchorPeers" => drop(tally.exact::<AnchorPeers>(bytes)),
        "BatchSize" => drop(tally.exact::<BatchSize>(bytes)),
        "BatchTimeout" => drop(tally.exact::<BatchTimeout>(bytes)),
        "BlockDataHashingStructure" => drop(tally.exact::<BlockDataHashingStructure>(bytes)),
        "Capabilities" => drop(tally.with_maps::<Capabilities>(bytes, &maps::FIRST)),
        "ChannelRestrictions" => drop(tally.exact::<ChannelRestrictions>(bytes)),
        "Consortium" => drop(tally.exact::<Consortium>(bytes)),
        "Endpoints" | "OrdererAddresses" => drop(tally.exact::<OrdererAddresses>(bytes)),
        "HashingAlgorithm" => drop(tally.exact::<HashingAlgorithm>(bytes)),
        _ => return false,
    }
    true
}

#[test]
fn configuration_updates_come_back() {
    let mut tally = Tally::default();
    for file in golden::files("config_updates", "envelope") {
        tally.at(&file);
        transaction::envelope(&mut tally, &golden::read(&file));
    }
    tally.assert_exceptions(&[]);
    tally.assert_at_least(&[("common::ConfigUpdate", 4)]);
}
