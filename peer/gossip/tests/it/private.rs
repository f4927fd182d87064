//! Private data and blocks from one peer to another.

use crate::town::{CHANNEL, PATIENCE, Peer, Start, Town};
use bytes::Bytes;
use selvedge_gossip::GossipError;
use selvedge_protos::gossip::{PrivatePayload, PvtDataDigest};

async fn two(town: &Town, second: &str) -> (Peer, Peer) {
    let start = |anchors| Start {
        outside: true,
        anchors,
        ..Start::default()
    };
    let one = town.peer("Org1MSP", "peer0", start(Vec::new())).await;
    let two = town.peer(second, "peer1", start(vec![one.anchor()])).await;
    (one, two)
}

fn data(tx_id: &str) -> PrivatePayload {
    PrivatePayload {
        collection_name: "secrets".to_owned(),
        namespace: "cc".to_owned(),
        tx_id: tx_id.to_owned(),
        private_rwset: Bytes::from_static(b"rwset"),
        private_sim_height: 3,
        collection_configs: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_is_acknowledged_when_it_is_kept() {
    let town = Town::new(2, 2);
    let (one, two) = two(&town, "Org2MSP").await;
    one.sees_peers(&[&two]).await;
    let to = two.node.pki_id();
    one.node
        .send_private_data(CHANNEL, to, data("tx1"), PATIENCE)
        .await
        .unwrap();
    assert_eq!(*two.desk.kept.lock(), [data("tx1")]);
    *two.desk.refuses.lock() = Some("the disk is full".to_owned());
    let refused = one
        .node
        .send_private_data(CHANNEL, to, data("tx2"), PATIENCE)
        .await;
    assert!(matches!(refused, Err(GossipError::Refused(cause)) if cause == "the disk is full"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_given_to_those_who_may_have_it() {
    let town = Town::new(2, 2);
    let (one, two) = two(&town, "Org2MSP").await;
    two.sees_peers(&[&one]).await;
    let shelf = [("mine", "Org2MSP"), ("theirs", "Org1MSP")];
    for (tx_id, msp_id) in shelf {
        let entry = (msp_id.to_owned(), Bytes::from(format!("data of {tx_id}")));
        one.desk.shelf.lock().insert(tx_id.to_owned(), entry);
    }
    let digests = ["mine", "theirs", "unknown"].map(|tx_id| PvtDataDigest {
        tx_id: tx_id.to_owned(),
        ..PvtDataDigest::default()
    });
    let asked = two
        .node
        .request_private_data(CHANNEL, one.node.pki_id(), digests.to_vec());
    let given = asked.await.unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].payload, [Bytes::from_static(b"data of mine")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_given_in_small_portions() {
    let town = Town::new(1, 1);
    let (one, two) = two(&town, "Org1MSP").await;
    two.sees_peers(&[&one]).await;
    let block = |number: u64| Bytes::from(number.to_string());
    one.desk
        .blocks
        .lock()
        .extend((0..50).map(|number| (number, block(number))));
    let ask = |first, last| {
        two.node
            .request_blocks(CHANNEL, one.node.pki_id(), first, last)
    };
    let given = ask(3, 12).await.unwrap();
    assert_eq!((given.len(), given[0].data.clone()), (10, block(3)));
    assert!(ask(0, u64::MAX).await.unwrap().is_empty());
    assert!(ask(5, 4).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_the_channel_can_put_nothing_into_it() {
    let town = Town::new(2, 1);
    let (one, two) = two(&town, "Org2MSP").await;
    let mut changes = two.node.changes();
    let known = async {
        use selvedge_gossip::Membership as _;
        while two.node.members().len() < 2 {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, known).await.unwrap();
    let soon = std::time::Duration::from_millis(300);
    let refused = two
        .node
        .send_private_data(CHANNEL, one.node.pki_id(), data("tx"), soon)
        .await;
    assert!(
        matches!(refused, Err(GossipError::Timeout(_))),
        "{refused:?}"
    );
    assert!(one.desk.kept.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_gone_gives_an_error_and_no_silence() {
    let town = Town::new(1, 1);
    let (one, two) = two(&town, "Org1MSP").await;
    one.sees_peers(&[&two]).await;
    two.kill();
    let gone = one
        .node
        .send_private_data(CHANNEL, two.node.pki_id(), data("tx"), PATIENCE)
        .await;
    assert!(gone.is_err());
}
