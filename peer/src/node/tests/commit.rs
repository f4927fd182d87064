//! Transactions from client to ledger over real TLS, without any chaincode but the lifecycle.

use super::harness::{CHANNEL, Client, PATIENCE, approval, batch, network};
use crate::client::{Call, ClientError, Fresh, Proposal};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::protos::TxValidationCode as Code;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_reaches_every_peer_and_survives_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut network = network(dir.path(), 2, batch(10)).await;
    assert_eq!(
        Client::new(&network, 0)
            .await
            .submit(&approval("first"))
            .await,
        Code::Valid
    );
    network.restart(0).await.unwrap();
    let client = Client::new(&network, 0).await;
    assert_eq!(client.submit(&approval("second")).await, Code::Valid);
    for member in &network.members {
        let channel = member.running.peer().channel(CHANNEL).unwrap();
        let height = channel
            .commits()
            .height()
            .wait_for(|height| *height == 3)
            .await
            .map(|height| *height);
        assert_eq!(height.unwrap(), 3);
    }
    let hash = |index: usize| {
        let channel = network.members[index]
            .running
            .peer()
            .channel(CHANNEL)
            .unwrap();
        channel.ledger().commit_hash()
    };
    assert_eq!(hash(0), hash(1));
    drop(client);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_conflicting_transactions_in_one_block_the_first_wins() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(3)).await;
    let client = Client::new(&network, 0).await;
    let (first, one) = client.endorse(&approval("same")).await;
    let (second, two) = client.endorse(&approval("same")).await;
    let mut wait = client.wait().await;
    let mut broadcaster = client.broadcaster().await;
    // The third is the first again: it fills the block and is a duplicate in it.
    for envelope in [one.clone(), two, one] {
        broadcaster.send(envelope).await.unwrap();
    }
    let outcome = wait.outcome(&first, PATIENCE).await.unwrap();
    assert_eq!(outcome.code, Code::Valid);
    let channel = network.members[0].running.peer().channel(CHANNEL).unwrap();
    let status = channel.ledger().tx_status(&second).unwrap().unwrap();
    assert_eq!(
        (status.block, status.code),
        (outcome.block, Code::MvccReadConflict as i32 as u8)
    );
    let block = channel
        .ledger()
        .block_by_number(outcome.block)
        .unwrap()
        .unwrap();
    let parsed = selvedge_ledger::ParsedBlock::parse(&block).unwrap();
    assert_eq!(parsed.metadata[2].as_ref(), [0, 11, 9]);
    drop(client);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_orderer_answers_in_fabrics_words() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let (_, envelope) = client.endorse(&approval("cc")).await;
    let refusal = |envelope| async {
        match client.broadcaster().await.send(envelope).await {
            Err(ClientError::Broadcast { status, info }) => format!("{status} {info}"),
            other => panic!("{other:?}"),
        }
    };
    let mut forged = envelope.clone();
    forged.signature = Bytes::from_static(b"forged");
    let forged = refusal(forged).await;
    assert!(
        forged.starts_with(
            "FORBIDDEN implicit policy evaluation failed - 0 sub-policies were satisfied"
        ),
        "{forged}"
    );
    assert!(forged.ends_with(": permission denied"), "{forged}");
    let empty = refusal(Default::default()).await;
    assert_eq!(
        empty,
        "BAD_REQUEST could not determine channel ID: header not set"
    );
    let elsewhere = Call {
        channel: "nowhere".to_owned(),
        ..approval("cc")
    };
    let proposal =
        Proposal::new(&elsewhere, client.signer, &Fresh::from_system().unwrap()).unwrap();
    let header = selvedge_protos::protos::Proposal::decode(proposal.signed.proposal_bytes.clone())
        .unwrap()
        .header;
    let payload = selvedge_protos::common::Payload {
        header: Some(selvedge_protos::common::Header::decode(header).unwrap()),
        data: Bytes::new(),
    };
    let unknown = selvedge_protos::common::Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    };
    assert_eq!(refusal(unknown).await, "BAD_REQUEST channel does not exist");
    drop(client);
    network.stop().await;
}

/// How long it takes is for the reader of the output to judge; that it gets ready is tested.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_organisations_get_ready() {
    let dir = tempfile::tempdir().unwrap();
    let started = std::time::Instant::now();
    let network = network(dir.path(), 2, batch(10)).await;
    println!(
        "network of two organisations ready in {:?}",
        started.elapsed()
    );
    assert_eq!(network.members.len(), 2);
    network.stop().await;
}
