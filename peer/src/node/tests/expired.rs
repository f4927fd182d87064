//! Clients whose certificates have ended, at every service that looks at it. Policies do not: a transaction that was endorsed
//! in time stays good.

use super::harness::{Ahead, CHANNEL, Client, PATIENCE, approval};
use crate::client::{Call, Proposal};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::common::SignatureHeader;
use selvedge_protos::gateway::{EvaluateRequest, gateway_client::GatewayClient};
use selvedge_protos::protos::endorser_client::EndorserClient;
use selvedge_protos::protos::snapshot_client::SnapshotClient;
use selvedge_protos::protos::{SignedProposal, SignedSnapshotRequest, SnapshotQuery};
use tonic::{Code, Status};

/// The proposals of a client are as old as the clock says.
fn propose(ahead: &Ahead, client: &Client<'_>, call: &Call) -> SignedProposal {
    let proposal = Proposal::new(call, client.signer, &ahead.fresh());
    proposal.unwrap().signed
}

async fn endorse(ahead: &Ahead, client: &Client<'_>) -> Result<i32, Status> {
    let signed = propose(ahead, client, &approval("a"));
    let mut endorser = EndorserClient::new(client.peer.clone());
    let answer = endorser.process_proposal(signed).await?.into_inner();
    Ok(answer.response.unwrap().status)
}

async fn evaluate(ahead: &Ahead, client: &Client<'_>) -> Result<(), Status> {
    let call = Call {
        channel: CHANNEL.to_owned(),
        chaincode: "qscc".to_owned(),
        args: vec!["GetChainInfo".into(), CHANNEL.into()],
        ..Call::default()
    };
    let mut gateway = GatewayClient::new(client.peer.clone());
    let request = EvaluateRequest {
        proposed_transaction: Some(propose(ahead, client, &call)),
        ..EvaluateRequest::default()
    };
    gateway.evaluate(request).await.map(drop)
}

async fn snapshots(client: &Client<'_>) -> Result<(), Status> {
    let query = SnapshotQuery {
        signature_header: Some(SignatureHeader {
            creator: client.signer.serialized().clone(),
            nonce: Bytes::new(),
        }),
        channel_id: CHANNEL.to_owned(),
    };
    let request = Bytes::from(query.encode_to_vec());
    let signature = client.signer.sign(&request).into();
    let mut snapshots = SnapshotClient::new(client.peer.clone());
    let signed = SignedSnapshotRequest { request, signature };
    snapshots.query_pendings(signed).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_served_whose_certificate_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let ahead = Ahead::start(dir.path()).await;
    let client = Client::new(&ahead.network, 0).await;
    assert_eq!(endorse(&ahead, &client).await.unwrap(), 200);
    evaluate(&ahead, &client).await.unwrap();
    snapshots(&client).await.unwrap();
    let (tx_id, envelope) = client.endorse(&approval("in-time")).await;
    let (_, late) = client.endorse(&approval("late")).await;
    let mut wait = client.wait().await;
    client.broadcaster().await.send(envelope).await.unwrap();
    let outcome = wait.outcome(&tx_id, PATIENCE).await.unwrap();
    assert_eq!(outcome.code as i32, 0);

    ahead.by_eleven_years();
    let told = |status: Status| (status.code(), status.message().to_owned());
    let refused = (Code::Unknown, "proposal client identity expired".to_owned());
    assert_eq!(told(endorse(&ahead, &client).await.unwrap_err()), refused);
    // To Fabric's gateway a filter of its own peer is a peer that cannot be reached.
    let (code, words) = told(evaluate(&ahead, &client).await.unwrap_err());
    let failed = "failed to evaluate transaction, see attached details for more info";
    assert_eq!((code, words.as_str()), (Code::Unavailable, failed));
    let refused = (Code::Unknown, "client identity expired".to_owned());
    assert_eq!(told(snapshots(&client).await.unwrap_err()), refused);
    let refused = client.broadcaster().await.send(late).await.unwrap_err();
    let expired = "got unexpected status: BAD_REQUEST -- broadcast client identity expired";
    assert_eq!(refused.to_string(), expired);
    ahead.network.stop().await;
}
