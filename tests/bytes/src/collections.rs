//! Definitions of collections: the file of the command line, and the message that is approved and committed.

use crate::{Target, golden};
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_peer::cli::collections_from_json;
use selvedge_peer::lifecycle::check_collections;
use selvedge_protos::protos::CollectionConfigPackage;
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "collections",
    run,
    seeds,
};

static CHANNEL: LazyLock<ChannelConfig> = LazyLock::new(golden::config);

fn run(data: &[u8]) {
    if let Ok(package) = CollectionConfigPackage::decode(data) {
        let _ = check_collections(&package, &CHANNEL);
    }
    if let Ok(package) = collections_from_json(data) {
        let _ = check_collections(&package, &CHANNEL);
        let bytes = package.encode_to_vec();
        assert_eq!(
            CollectionConfigPackage::decode(&bytes[..]).unwrap(),
            package
        );
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let text = r#"[{"name":"collA","policy":"OR('Org1MSP.member','Org2MSP.member')","requiredPeerCount":0,"maxPeerCount":3,
        "blockToLive":3,"memberOnlyRead":true,"memberOnlyWrite":true,
        "endorsementPolicy":{"signaturePolicy":"OR('Org1MSP.peer')"}},
        {"name":"collB","policy":"OutOf(1, 'Org3MSP.peer')","endorsementPolicy":{"channelConfigPolicy":"Readers"}}]"#;
    let package = collections_from_json(text.as_bytes()).unwrap();
    vec![text.into(), package.encode_to_vec()]
}
