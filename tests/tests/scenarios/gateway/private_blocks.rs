//! `DeliverWithPrivateData`: a peer gives of a block's private data what it holds and the client may see.

use super::{acquainted, plan};
use crate::harness::{CHANNEL, Definition, Net, Runtime, script, wait};
use bytes::Bytes;
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{Fresh, signed_envelope};
use selvedge_protos::common::HeaderType;
use selvedge_protos::orderer::{SeekInfo, SeekNewest, SeekPosition, seek_position};
use selvedge_protos::protos::{deliver_client::DeliverClient, deliver_response::Type};
use serde_json::json;

/// The collections of the newest block's first transaction that this peer gives to this client.
fn given(net: &Net, peer: usize, signer: &SigningIdentity) -> Vec<String> {
    let newest = Some(SeekPosition {
        r#type: Some(seek_position::Type::Newest(SeekNewest {})),
    });
    let seek = SeekInfo {
        start: newest,
        stop: newest,
        ..SeekInfo::default()
    };
    let (kind, fresh) = (HeaderType::DeliverSeekInfo, Fresh::from_system().unwrap());
    let request = signed_envelope(kind, CHANNEL, &seek, Bytes::new(), signer, &fresh).unwrap();
    let mut deliver = DeliverClient::new(net.connection(peer));
    let answer = wait(async {
        let asked = deliver.deliver_with_private_data(tokio_stream::once(request));
        asked.await.unwrap().into_inner().message().await
    });
    let Some(Type::BlockAndPrivateData(block)) = answer.unwrap().unwrap().r#type else {
        panic!("no block");
    };
    let namespaces = block
        .private_data_map
        .into_values()
        .flat_map(|set| set.ns_pvt_rwset);
    let collections = namespaces.flat_map(|namespace| namespace.collection_pvt_rwset);
    collections
        .map(|collection| collection.collection_name)
        .collect()
}

#[test]
fn what_is_for_members_only_is_given_to_members() {
    let net = Net::start(&plan(2, 1));
    acquainted(&net);
    let definition = Definition::new("script")
        .with_collection("open", 1)
        .with_collection_as("closed", 1, |collection| collection.member_only_read = true);
    net.deploy(&definition, &Runtime::Wasm.script_package("script_1"));
    let own = "_implicit_org_Org1MSP";
    let put = script(&json!([
        ["putpvt", own, "k", "v"],
        ["putpvt", "open", "k", "v"],
        ["putpvt", "closed", "k", "v"],
    ]));
    let transaction = net.endorse_by(&[0, 1], &put, net.user(0));
    assert!(net.order(&[&transaction])[0].is_valid());
    // The first organisation's peer has it all; an implicit collection is not for members only.
    let mut everything = given(&net, 0, net.user(0));
    everything.sort();
    assert_eq!(everything, [own, "closed", "open"]);
    let mut others = given(&net, 0, net.user(1));
    others.sort();
    assert_eq!(others, [own, "open"]);
    // The second one's has nothing to give.
    assert_eq!(given(&net, 1, net.user(0)), [""; 0]);
}
