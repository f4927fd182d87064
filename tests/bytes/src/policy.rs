//! Policies as people write them.

use crate::{Target, golden};
use prost::Message as _;
use selvedge_identity::{
    ChannelConfig, implicit_meta_from_string, implicit_meta_to_string, policy_from_string,
    policy_to_string,
};
use selvedge_protos::common::SignaturePolicyEnvelope;
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "policy",
    run,
    seeds,
};

static CHANNEL: LazyLock<ChannelConfig> = LazyLock::new(golden::config);

fn run(data: &[u8]) {
    if let Ok(policy) = SignaturePolicyEnvelope::decode(data) {
        let _ = CHANNEL.compile(&policy);
        let _ = CHANNEL.compile_endorsement(&policy);
        let _ = policy_to_string(&policy);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(policy) = implicit_meta_from_string(text) {
        let written = implicit_meta_to_string(&policy);
        assert_eq!(implicit_meta_from_string(&written).unwrap(), policy);
    }
    if let Ok(policy) = policy_from_string(text) {
        let _ = CHANNEL.compile(&policy);
        let _ = policy_to_string(&policy);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "AND('Org1MSP.peer', 'Org2MSP.member')",
        "OutOf(2, 'Org1MSP.admin', OR('Org2MSP.client','Org3MSP.orderer'), \"Org1MSP.peer\")",
        "MAJORITY Endorsement",
        "ANY Readers",
    ];
    let policy = policy_from_string(texts[1]).unwrap().encode_to_vec();
    let mut seeds: Vec<_> = texts.map(|text| text.as_bytes().to_vec()).into();
    seeds.push(policy);
    seeds
}
