//! A server that asks its clients for a certificate.

use super::harness::{CHANNEL, PATIENCE, batch, network};
use super::scripted::{describe, enroll, genesis, options};
use crate::client::{Endpoint, Fresh, Tls, connect, signed_envelope};
use crate::node::services::DeliverService;
use crate::node::{Close, PullOptions, ServerTls, Serving, start};
use bytes::Bytes;
use futures::StreamExt as _;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole, TlsPair};
use selvedge_identity::{Certificate, SigningIdentity};
use selvedge_protos::common::HeaderType;
use selvedge_protos::orderer::{
    SeekInfo, SeekOldest, SeekPosition, seek_position::Type as Position,
};
use selvedge_protos::protos::{
    deliver_client::DeliverClient, deliver_response::Type, deliver_server::DeliverServer,
};
use selvedge_wire::Services;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The status at the end of a request for the first block; nothing when there is no connection.
async fn ask(address: &str, tls: Tls, hash: Bytes, signer: &SigningIdentity) -> Option<i32> {
    let endpoint = Endpoint {
        address: address.to_owned(),
        tls: Some(tls),
        timeout: PATIENCE,
    };
    let mut client = DeliverClient::new(connect(&endpoint).await.ok()?);
    let first = || {
        Some(SeekPosition {
            r#type: Some(Position::Oldest(SeekOldest {})),
        })
    };
    let seek = SeekInfo {
        start: first(),
        stop: first(),
        ..Default::default()
    };
    let fresh = Fresh::from_system().unwrap();
    let request = signed_envelope(
        HeaderType::DeliverSeekInfo,
        CHANNEL,
        &seek,
        hash,
        signer,
        &fresh,
    )
    .unwrap();
    let answers = client
        .deliver(tokio_stream::once(request))
        .await
        .ok()?
        .into_inner();
    let answers: Vec<_> = answers
        .filter_map(|answer| async { answer.ok()?.r#type })
        .collect()
        .await;
    match answers.last() {
        Some(Type::Status(status)) => Some(*status),
        _ => None,
    }
}

fn shown(pair: &TlsPair) -> (Vec<u8>, Vec<u8>) {
    (
        pair.certificate.clone().into_bytes(),
        pair.key.clone().into_bytes(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_show_a_certificate_and_their_requests_name_it() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let now = Fresh::from_system().unwrap().now.seconds;
    let authority = CryptoOrganisation::generate("tls.example.com", "TlsMSP", now).unwrap();
    let server = authority.tls("peer", &["127.0.0.1".to_owned()]).unwrap();
    let client = authority.tls("client", &[]).unwrap();
    let tls = ServerTls {
        certificate: server.certificate.clone().into_bytes(),
        key: server.key.clone().into_bytes(),
        client_roots: Some(authority.tls_ca_certificate().into_bytes()),
    };
    let (close, closing) = Close::new();
    let peer = Arc::clone(network.members[0].running.peer());
    let service = DeliverService::new(peer, 0, PATIENCE, true, closing.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let serving = Serving::start(
        Services::of(DeliverServer::new(service)),
        listener,
        Some(&tls),
        closing,
    )
    .unwrap();
    let address = serving.address().to_string();
    let signer = &network.members[0].admin;
    let with = |identity| Tls {
        roots: server.ca.clone().into_bytes(),
        server_name: None,
        identity,
    };

    let certificate = Certificate::from_pem(client.certificate.as_bytes()).unwrap();
    let hash = Bytes::copy_from_slice(&Sha256::digest(certificate.der()));
    assert_eq!(
        ask(&address, with(Some(shown(&client))), hash.clone(), signer).await,
        Some(200)
    );
    assert_eq!(
        ask(&address, with(Some(shown(&client))), Bytes::new(), signer).await,
        Some(400)
    );
    assert_eq!(ask(&address, with(None), hash.clone(), signer).await, None);
    let stranger = CryptoOrganisation::generate("tls.example.com", "TlsMSP", now).unwrap();
    let stranger = stranger.tls("client", &[]).unwrap();
    assert_eq!(
        ask(&address, with(Some(shown(&stranger))), hash, signer).await,
        None
    );

    close.now();
    serving.ended().await;
    network.stop().await;
}

/// Fabric: core/peer/peer.go, the roots of a channel's organisations count beside the configured ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_a_channel_are_believed_from_the_moment_it_is_joined() {
    let dir = tempfile::tempdir().unwrap();
    let now = Fresh::from_system().unwrap().now.seconds;
    let organisation = |domain: &str, id: &str| CryptoOrganisation::generate(domain, id, now);
    let ordering = organisation("example.com", "OrdererMSP").unwrap();
    let peers = organisation("org1.example.com", "Org1MSP").unwrap();
    let operator = organisation("operator.example.com", "OperatorMSP").unwrap();
    let server = operator.tls("peer", &["127.0.0.1".to_owned()]).unwrap();
    let mut options = options(dir.path(), &peers, PullOptions::default());
    options.serve.tls = Some(ServerTls {
        certificate: server.certificate.clone().into_bytes(),
        key: server.key.clone().into_bytes(),
        client_roots: Some(operator.tls_ca_certificate().into_bytes()),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(options, listener).unwrap();
    let address = running.address().to_string();
    let signer = enroll(&peers, "Admin", NodeRole::Admin);
    let asked = async |client: &TlsPair| {
        let tls = Tls {
            roots: server.ca.clone().into_bytes(),
            server_name: None,
            identity: Some(shown(client)),
        };
        let certificate = Certificate::from_pem(client.certificate.as_bytes()).unwrap();
        let hash = Bytes::copy_from_slice(&Sha256::digest(certificate.der()));
        ask(&address, tls, hash, &signer).await
    };
    let of_operator = operator.tls("client", &[]).unwrap();
    let of_member = peers.tls("client", &[]).unwrap();
    // 404: the client got as far as the channel it asks for, which never is there.
    assert_eq!(asked(&of_operator).await, Some(404));
    assert_eq!(asked(&of_member).await, None);
    let endpoints = vec!["127.0.0.1:1".to_owned()];
    let description = describe(&ordering, &peers, &[], "etcdraft", endpoints);
    running.peer().join(genesis(&description)).unwrap();
    assert_eq!(asked(&of_operator).await, Some(404));
    assert_eq!(asked(&of_member).await, Some(404));
    running.stop().await;
}
