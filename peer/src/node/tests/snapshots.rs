//! Snapshots asked for over gRPC, and channels joined by one.

use super::golden::{golden, peer};
use super::harness::{CHANNEL, Client, approval, batch, network};
use crate::client::Fresh;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::SignatureHeader;
use selvedge_protos::protos::TxValidationCode as Code;
use selvedge_protos::protos::{
    SignedSnapshotRequest, SnapshotQuery, SnapshotRequest, snapshot_client::SnapshotClient,
};
use std::sync::Arc;

fn header(signer: &SigningIdentity) -> Option<SignatureHeader> {
    Some(SignatureHeader {
        creator: signer.serialized().clone(),
        nonce: Bytes::copy_from_slice(&Fresh::from_system().unwrap().nonce),
    })
}

fn sign(signer: &SigningIdentity, request: Vec<u8>) -> SignedSnapshotRequest {
    SignedSnapshotRequest {
        signature: signer.sign(&request).into(),
        request: request.into(),
    }
}

fn at(signer: &SigningIdentity, channel: &str, block_number: u64) -> SignedSnapshotRequest {
    let request = SnapshotRequest {
        signature_header: header(signer),
        channel_id: channel.to_owned(),
        block_number,
    };
    sign(signer, request.encode_to_vec())
}

fn pending(signer: &SigningIdentity) -> SignedSnapshotRequest {
    let query = SnapshotQuery {
        signature_header: header(signer),
        channel_id: CHANNEL.to_owned(),
    };
    sign(signer, query.encode_to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_asks_for_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 2, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let other = Client::new(&network, 1).await;
    assert_eq!(client.submit(&approval("first")).await, Code::Valid);
    let mut peer = SnapshotClient::new(client.peer.clone());
    let admin = client.signer;
    peer.generate(at(admin, CHANNEL, 9)).await.unwrap();
    peer.generate(at(admin, CHANNEL, 7)).await.unwrap();
    let numbers = peer.query_pendings(pending(admin)).await.unwrap();
    assert_eq!(numbers.into_inner().block_numbers, [7, 9]);
    peer.cancel(at(admin, CHANNEL, 7)).await.unwrap();
    // Of the last block at once.
    peer.generate(at(admin, CHANNEL, 0)).await.unwrap();
    let channel = network.members[0].running.peer().channel(CHANNEL).unwrap();
    channel.ledger().wait_for_snapshot();
    let numbers = peer.query_pendings(pending(admin)).await.unwrap();
    assert_eq!(numbers.into_inner().block_numbers, [9]);

    let mut unsigned = at(admin, CHANNEL, 9);
    unsigned.signature = Bytes::from_static(b"forged");
    let headless = SnapshotRequest {
        channel_id: CHANNEL.to_owned(),
        ..SnapshotRequest::default()
    };
    let refusals = [
        (
            at(admin, CHANNEL, 9),
            "duplicate snapshot request for block number 9",
        ),
        (at(admin, "", 9), "missing channel ID"),
        (
            at(admin, "nowhere", 9),
            "cannot find ledger for channel nowhere",
        ),
        (
            sign(admin, headless.encode_to_vec()),
            "missing signature header",
        ),
        (
            sign(admin, b"garbage".to_vec()),
            "failed to unmarshal snapshot request: ",
        ),
        (
            at(other.signer, CHANNEL, 11),
            "failed deserializing signed data identity during channelless check policy with policy [Admins]: [",
        ),
    ];
    for (request, text) in refusals {
        let status = peer.generate(request).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unknown);
        assert!(status.message().starts_with(text), "{}", status.message());
    }
    assert!(peer.generate(unsigned).await.is_err());
    let status = peer.cancel(at(admin, CHANNEL, 8)).await.unwrap_err();
    assert_eq!(
        status.message(),
        "no snapshot request exists for block number 8"
    );
    drop((client, other));
    network.stop().await;
}

#[test]
fn a_channel_is_joined_by_its_snapshot() {
    let home = tempfile::tempdir().unwrap();
    let peer = Arc::new(peer(home.path()));
    let refused = |dir: &std::path::Path| {
        let error = peer.join_by_snapshot(dir.to_owned()).unwrap_err();
        error.to_string()
    };
    let nothing = home.path().join("nothing");
    assert!(refused(&nothing).starts_with("error opening dir ["));
    std::fs::create_dir(&nothing).unwrap();
    let empty = format!("snapshot dir {} is empty", nothing.display());
    assert_eq!(refused(&nothing), empty);
    let mut joined = peer.joined();
    joined.mark_unchanged();
    peer.join_by_snapshot(golden().join("snapshot")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(joined.changed()).unwrap();
    let channel = peer.channel("golden").unwrap();
    assert_eq!(channel.ledger().height(), 54);
    assert!(channel.config().has_application());
    drop(channel);
    // Whoever starts the peer again finds it.
    while peer.joining_snapshot().is_some() {
        std::thread::yield_now();
    }
    drop(peer);
    let peer = super::golden::peer(home.path());
    assert_eq!(peer.channel_ids(), ["golden"]);
}
