//! Who is there, and what they have.

use crate::town::{CHANNEL, PATIENCE, Start, Town};
use prost::Message as _;
use selvedge_gossip::{Membership, PkiId};
use selvedge_protos::gossip::{GossipMessage, gossip_message::Content};

#[tokio::test(flavor = "multi_thread")]
async fn peers_of_one_organisation_find_each_other_through_one_that_both_know() {
    let town = Town::new(1, 1);
    let first = town.peer("Org1MSP", "peer0", Start::default()).await;
    let known = || Start {
        bootstrap: first.bootstrap(),
        ..Start::default()
    };
    let second = town.peer("Org1MSP", "peer1", known()).await;
    let third = town.peer("Org1MSP", "peer2", known()).await;
    first.sees_peers(&[&second, &third]).await;
    second.sees_peers(&[&first, &third]).await;
    third.sees_peers(&[&first, &second]).await;
    let seen = second.node.members();
    assert!(seen[0].is_self && seen.len() == 3);
    let member = seen
        .iter()
        .find(|member| member.pki_id == *third.node.pki_id())
        .unwrap();
    assert_eq!(member.internal_endpoint, third.address.to_string());
    assert_eq!(
        member.external_endpoint, "",
        "nobody told them an address for outside"
    );
    assert_eq!(PkiId::of(&member.identity).unwrap(), member.pki_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_meet_at_anchor_peers_and_tell_no_internal_addresses() {
    let town = Town::new(2, 2);
    let outside = |anchors| Start {
        outside: true,
        anchors,
        ..Start::default()
    };
    let one = town.peer("Org1MSP", "peer0", outside(Vec::new())).await;
    let hidden = Start {
        bootstrap: one.bootstrap(),
        ..Start::default()
    };
    let hidden = town.peer("Org1MSP", "peer1", hidden).await;
    one.sees_peers(&[&hidden]).await;
    let two = town
        .peer("Org2MSP", "peer0", outside(vec![one.anchor()]))
        .await;
    two.sees_peers(&[&one]).await;
    one.sees_peers(&[&hidden, &two]).await;
    let known = two.node.members();
    assert!(
        known
            .iter()
            .all(|member| member.pki_id != *hidden.node.pki_id())
    );
    let known = known.iter().find(|member| !member.is_self).unwrap();
    assert_eq!(known.external_endpoint, one.address.to_string());
    assert_eq!(
        (
            known.internal_endpoint.as_str(),
            known.alive.secret_envelope.is_none()
        ),
        ("", true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_learns_what_others_have_of_the_channel() {
    let town = Town::new(2, 2);
    let start = |anchors| Start {
        outside: true,
        anchors,
        ..Start::default()
    };
    let one = town.peer("Org1MSP", "peer0", start(Vec::new())).await;
    let two = town
        .peer("Org2MSP", "peer0", start(vec![one.anchor()]))
        .await;
    two.sees_peers(&[&one]).await;
    one.says(7, &[("asset", "2"), ("_lifecycle", "1")]);
    let seen = two
        .sees(|seen| {
            seen.iter()
                .any(|peer| peer.height == 7 && peer.chaincode("asset") == Some("2"))
        })
        .await;
    let of_one = seen.iter().find(|peer| peer.height == 7).unwrap();
    assert!(
        town.trust_verifies(&of_one.signed_data()),
        "its statement carries its signature"
    );
    let statement = GossipMessage::decode(of_one.state_info.payload.clone()).unwrap();
    assert!(matches!(statement.content, Some(Content::StateInfo(_))));
    one.node.leave(CHANNEL);
    two.sees(|seen| seen.len() == 1).await;
    assert!(one.node.channel_peers(CHANNEL).is_empty());
    assert_eq!(
        two.node.members().len(),
        2,
        "who leaves a channel still lives"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_killed_is_missed_and_found_again() {
    let town = Town::new(1, 1);
    let first = town.peer("Org1MSP", "peer0", Start::default()).await;
    let start = || Start {
        bootstrap: first.bootstrap(),
        ..Start::default()
    };
    let second = town.peer("Org1MSP", "peer1", start()).await;
    first.sees_peers(&[&second]).await;
    second.kill();
    first.sees_peers(&[]).await;
    let again = Start {
        at: Some(second.address),
        again: Some((second.signer.clone(), second.tls.clone())),
        ..Start::default()
    };
    // It knows nobody: the one that is left looks for it.
    let again = town.peer_when_free("Org1MSP", "peer1", again).await;
    first.sees_peers(&[&again]).await;
    again.sees_peers(&[&first]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_identity_is_forgotten_and_not_believed_again() {
    let town = Town::new(1, 1);
    let first = town.peer("Org1MSP", "peer0", Start::default()).await;
    let start = Start {
        bootstrap: first.bootstrap(),
        ..Start::default()
    };
    let second = town.peer("Org1MSP", "peer1", start).await;
    first.sees_peers(&[&second]).await;
    town.trust.revoke(second.signer.serialized());
    first.node.recheck_identities();
    first.sees_peers(&[]).await;
    // It goes on calling. A peer that is believed gets through meanwhile.
    let start = Start {
        bootstrap: first.bootstrap(),
        ..Start::default()
    };
    let third = town.peer("Org1MSP", "peer2", start).await;
    first.sees_peers(&[&third]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_outside_the_channel_learns_nothing_of_it() {
    let town = Town::new(2, 1);
    let outside = |anchors| Start {
        outside: true,
        anchors,
        ..Start::default()
    };
    let one = town.peer("Org1MSP", "peer0", outside(Vec::new())).await;
    // Its configuration lies: it takes itself for a member.
    let two = town
        .peer("Org2MSP", "peer0", outside(vec![one.anchor()]))
        .await;
    let mut changes = two.node.changes();
    tokio::time::timeout(PATIENCE, async {
        while two.node.members().len() < 2 {
            changes.changed().await.unwrap();
        }
    })
    .await
    .unwrap();
    one.says(9, &[]);
    let other = town
        .peer(
            "Org1MSP",
            "peer1",
            Start {
                bootstrap: one.bootstrap(),
                ..Start::default()
            },
        )
        .await;
    other
        .sees(|seen| seen.iter().any(|peer| peer.height == 9))
        .await;
    assert_eq!(two.node.channel_peers(CHANNEL).len(), 1, "only itself");
    assert!(
        one.node
            .channel_peers(CHANNEL)
            .iter()
            .all(|peer| peer.member.msp_id == "Org1MSP")
    );
}
