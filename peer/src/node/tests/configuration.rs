//! Configuration updates from client to every peer, and what becomes of a chain that is opened again.

use super::harness::{CHANNEL, Client, approval, batch, network};
use crate::client::{ClientError, Fresh, signed_envelope};
use crate::node::{Clock, Network};
use crate::orderer::{Orderer, OrdererParts};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{SigningIdentity, compute_config_update, config_signature_bytes};
use selvedge_ledger::ParsedBlock;
use selvedge_protos::common::{
    ConfigSignature, ConfigUpdateEnvelope, ConfigValue, Envelope, HeaderType, SignatureHeader,
};
use selvedge_protos::protos::{AnchorPeer, AnchorPeers, TxValidationCode as Code};
use std::sync::Arc;

/// A CONFIG_UPDATE that gives Org1 an anchor peer, signed by `signer`.
fn anchor_update(network: &Network, host: &str, signer: &SigningIdentity) -> Envelope {
    let channel = network.members[0].running.peer().channel(CHANNEL).unwrap();
    let original = channel.config().config().clone();
    let mut updated = original.clone();
    let application = updated
        .channel_group
        .as_mut()
        .unwrap()
        .groups
        .get_mut("Application")
        .unwrap();
    let anchors = AnchorPeers {
        anchor_peers: vec![AnchorPeer {
            host: host.to_owned(),
            port: 7051,
        }],
    };
    let value = ConfigValue {
        value: anchors.encode_to_vec().into(),
        mod_policy: "Admins".to_owned(),
        ..Default::default()
    };
    application
        .groups
        .get_mut("Org1")
        .unwrap()
        .values
        .insert("AnchorPeers".to_owned(), value);
    let update = compute_config_update(CHANNEL, &original, &updated).unwrap();
    let config_update = Bytes::from(update.encode_to_vec());
    let header = SignatureHeader {
        creator: signer.serialized().clone(),
        nonce: Bytes::from_static(&[7; 24]),
    };
    let signature_header = Bytes::from(header.encode_to_vec());
    let signature = signer
        .sign(&config_signature_bytes(&signature_header, &config_update))
        .into();
    let envelope = ConfigUpdateEnvelope {
        config_update,
        signatures: vec![ConfigSignature {
            signature_header,
            signature,
        }],
    };
    let fresh = Fresh::from_system().unwrap();
    signed_envelope(
        HeaderType::ConfigUpdate,
        CHANNEL,
        &envelope,
        Bytes::new(),
        signer,
        &fresh,
    )
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_has_a_block_of_its_own_and_every_peer_follows() {
    let dir = tempfile::tempdir().unwrap();
    let mut network = network(dir.path(), 2, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let (_, pending) = client.endorse(&approval("pending")).await;
    let update = anchor_update(&network, "anchor.example.com", &network.members[0].admin);
    let mut broadcaster = client.broadcaster().await;
    broadcaster.send(pending).await.unwrap();
    broadcaster.send(update).await.unwrap();
    for member in &network.members {
        let channel = member.running.peer().channel(CHANNEL).unwrap();
        channel
            .commits()
            .height()
            .wait_for(|height| *height == 3)
            .await
            .unwrap();
        assert_eq!(channel.config().sequence(), 1);
        let config = channel.config();
        let anchors = &config.application().unwrap().organisations["Org1"].anchor_peers;
        assert_eq!(anchors[0].host, "anchor.example.com");
        let block =
            ParsedBlock::parse(&channel.ledger().block_by_number(2).unwrap().unwrap()).unwrap();
        assert_eq!(crate::orderer::last_config(&block.metadata), Some(2));
    }
    // Blocks behind it name it, and a peer that starts again reads the configuration from its ledger.
    drop((client, broadcaster));
    network.restart(0).await.unwrap();
    let client = Client::new(&network, 0).await;
    assert_eq!(client.submit(&approval("after")).await, Code::Valid);
    let channel = network.members[0].running.peer().channel(CHANNEL).unwrap();
    assert_eq!(channel.config().sequence(), 1);
    let block = ParsedBlock::parse(&channel.ledger().block_by_number(3).unwrap().unwrap()).unwrap();
    assert_eq!(crate::orderer::last_config(&block.metadata), Some(2));
    drop(client);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_without_authority_is_refused_in_fabrics_words() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 2, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let update = anchor_update(&network, "anchor.example.com", &network.members[1].admin);
    let Err(ClientError::Broadcast { status, info }) =
        client.broadcaster().await.send(update).await
    else {
        panic!("accepted");
    };
    assert_eq!(status, "BAD_REQUEST");
    let expected = "error applying config update to existing channel 'test': error authorizing update: error validating DeltaSet: policy for [Value]  /Channel/Application/Org1/AnchorPeers not satisfied: ";
    // An element that did not exist needs no policy of its own: its group does.
    let of_group = expected.replace(
        "[Value]  /Channel/Application/Org1/AnchorPeers",
        "[Group]  /Channel/Application/Org1",
    );
    assert!(
        info.starts_with(expected) || info.starts_with(&of_group),
        "{info}"
    );
    drop(client);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderer_opened_again_continues_its_chain() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    client.submit(&approval("one")).await;
    let (_, last) = client.endorse(&approval("two")).await;
    // Admitted and not in a block yet when the orderer stops.
    network
        .orderer
        .orderer()
        .broadcast(last.clone())
        .await
        .unwrap();
    drop(client);
    let genesis = network.genesis.clone();
    let signer = Arc::clone(&network.members[0].admin);
    network.stop().await;
    let parts = OrdererParts {
        signer,
        clock: Clock::system(),
        dir: dir.path().join("orderer"),
        sync: true,
    };
    let orderer = Orderer::open(parts).unwrap();
    let chain = orderer.chain(CHANNEL).unwrap();
    assert_eq!(
        *chain.height().borrow(),
        3,
        "what was admitted is in a block"
    );
    assert!(Arc::ptr_eq(&chain, &orderer.join(&genesis).unwrap()));
    orderer.broadcast(last).await.unwrap();
    chain
        .height()
        .wait_for(|height| *height == 4)
        .await
        .unwrap();
    let parsed = |number| ParsedBlock::parse(&chain.block(number).unwrap().unwrap()).unwrap();
    let hash = selvedge_ledger::header_hash(&parsed(2).header);
    assert_eq!(parsed(3).header.previous_hash.as_ref(), hash);
    orderer.stop().await;
}
