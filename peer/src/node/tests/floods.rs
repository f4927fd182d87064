//! Clients that mean no good: each class of attack that Fabric's or gRPC's servers have met, against the peer's listener.
//! The peer answers with an error or closes the connection, and serves others meanwhile.

use super::harness::{CHANNEL, Client, PATIENCE, approval, batch, network};
use crate::client::{Endpoint, Fresh, Proposal, connect, process};
use crate::node::{Close, Network, Serving};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::{ChannelHeader, Envelope, Header, HeaderType, Payload};
use selvedge_protos::orderer::SeekInfo;
use selvedge_protos::protos::deliver_client::DeliverClient;
use selvedge_protos::protos::deliver_response::Type;
use selvedge_protos::protos::deliver_server::DeliverServer;
use selvedge_protos::protos::endorser_client::EndorserClient;
use selvedge_protos::protos::{Proposal as RawProposal, SignedProposal};
use selvedge_wire::Services;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::{Code, Status};

/// A good proposal is still endorsed.
async fn serves(client: &Client<'_>) {
    let fresh = Fresh::from_system().unwrap();
    let proposal = Proposal::new(&approval("alive"), client.signer, &fresh).unwrap();
    let answered = process(&client.peer, "peer", &proposal.signed).await;
    answered.unwrap();
}

/// CVE-2021-43669, CVE-2021-43667, CVE-2022-36023: messages whose parts are missing, at every level.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposals_and_requests_without_their_parts() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let mut endorser = EndorserClient::new(client.peer.clone());
    let proposal = |proposal: RawProposal| SignedProposal {
        proposal_bytes: proposal.encode_to_vec().into(),
        signature: Bytes::new(),
    };
    let header = |header: Header| RawProposal {
        header: header.encode_to_vec().into(),
        ..RawProposal::default()
    };
    let channel_header = Bytes::from(ChannelHeader::default().encode_to_vec());
    let malformed = [
        SignedProposal::default(),
        proposal(RawProposal::default()),
        proposal(header(Header::default())),
        proposal(header(Header {
            channel_header: channel_header.clone(),
            signature_header: Bytes::from_static(&[0xff]),
        })),
        proposal(header(Header {
            channel_header: Bytes::from_static(&[0xff]),
            ..Header::default()
        })),
        SignedProposal {
            proposal_bytes: Bytes::from_static(&[0xff; 64]),
            signature: Bytes::from_static(&[0; 64]),
        },
    ];
    for signed in malformed {
        let refused = endorser.process_proposal(signed.clone()).await;
        let refused = refused.expect_err("malformed and endorsed");
        assert_eq!(refused.code(), Code::Unknown, "{signed:?}: {refused}");
    }

    let payload = |header: Option<Header>| Envelope {
        payload: Payload {
            header,
            data: Bytes::from_static(&[0xff]),
        }
        .encode_to_vec()
        .into(),
        signature: Bytes::new(),
    };
    let envelopes = [
        Envelope::default(),
        payload(None),
        payload(Some(Header::default())),
        payload(Some(Header {
            channel_header,
            ..Header::default()
        })),
        Envelope {
            payload: Bytes::from_static(&[0xff; 16]),
            ..Envelope::default()
        },
    ];
    for envelope in envelopes {
        let mut deliver = DeliverClient::new(client.peer.clone());
        let asked = deliver.deliver(tokio_stream::once(envelope)).await.unwrap();
        let answer = asked.into_inner().message().await.unwrap().unwrap();
        assert_eq!(answer.r#type, Some(Type::Status(400)));
    }
    serves(&client).await;
    network.stop().await;
}

fn deliver_routes(network: &Network, closing: crate::node::Closing) -> Services {
    let peer = Arc::clone(network.members[0].running.peer());
    let service = crate::node::services::DeliverService::new(peer, 0, PATIENCE, false, closing);
    Services::of(DeliverServer::new(service))
}

/// CVE-2023-44487: streams that are opened and reset as fast as a client can write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_reset_as_they_are_opened() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let (close, closing) = Close::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let routes = deliver_routes(&network, closing.clone());
    let serving = Serving::start(routes, listener, None, closing).unwrap();

    let mut stream = TcpStream::connect(serving.address()).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).await.unwrap();
    // POST, http, and a path, from HPACK's static table.
    let mut headers = vec![0x83, 0x86, 0x04, 0x02];
    headers.extend_from_slice(b"/x");
    let (mut reader, mut writer) = stream.into_split();
    let flood = tokio::spawn(async move {
        for stream in (1..20_001u32).step_by(2) {
            let opened = frame(1, 4, stream, &headers);
            let reset = frame(3, 0, stream, &8u32.to_be_bytes());
            if writer.write_all(&[opened, reset].concat()).await.is_err() {
                return;
            }
        }
        // Held open, so that an end is the server's doing.
        std::future::pending::<()>().await;
    });
    let mut answers = Vec::new();
    let end = tokio::time::timeout(PATIENCE, reader.read_to_end(&mut answers)).await;
    assert!(end.is_ok(), "the server goes on with a client that floods");
    flood.abort();
    assert!(frames(&answers).contains(&7), "no GOAWAY");

    let mut deliver = plain_deliver(&serving).await;
    let answer = deliver
        .deliver(tokio_stream::once(Envelope::default()))
        .await;
    assert!(
        answer
            .unwrap()
            .into_inner()
            .message()
            .await
            .unwrap()
            .is_some()
    );
    close.now();
    serving.ended().await;
    network.stop().await;
}

async fn plain_deliver(serving: &Serving) -> DeliverClient<tonic::transport::Channel> {
    let endpoint = Endpoint {
        address: serving.address().to_string(),
        tls: None,
        timeout: PATIENCE,
    };
    DeliverClient::new(connect(&endpoint).await.unwrap())
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Kinds of the frames in a byte stream.
fn frames(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        kinds.push(*kind);
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        bytes = rest.get(length..).unwrap_or_default();
    }
    kinds
}

/// More connections that never say a word than may be at the handshake.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_keep_nobody_out() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let address = network.members[0].running.address();
    let mut silent = Vec::new();
    for _ in 0..crate::node::tls::HANDSHAKES + 8 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let client = Client::new(&network, 0).await;
    serves(&client).await;
    // The first of them made room.
    let mut nothing = [0; 1];
    let read = silent[0].read(&mut nothing);
    let ended = tokio::time::timeout(PATIENCE, read).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    network.stop().await;
}

/// Messages over the limit of `peer.maxRecvMsgSize`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_over_the_limit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let mut endorser = EndorserClient::new(client.peer.clone());
    // What the header announces counts, not what comes: nothing near that is ever held.
    let oversize = SignedProposal {
        proposal_bytes: vec![0; crate::node::MAX_MESSAGE + 1].into(),
        signature: Bytes::new(),
    };
    let refused = endorser.process_proposal(oversize).await.unwrap_err();
    assert!(
        matches!(refused.code(), Code::OutOfRange | Code::ResourceExhausted),
        "{refused}"
    );
    serves(&client).await;
    network.stop().await;
}

fn seek(signer: &SigningIdentity) -> Envelope {
    let fresh = Fresh::from_system().unwrap();
    let position = |number| {
        Some(selvedge_protos::orderer::SeekPosition {
            r#type: Some(selvedge_protos::orderer::seek_position::Type::Specified(
                selvedge_protos::orderer::SeekSpecified { number },
            )),
        })
    };
    let info = SeekInfo {
        start: position(0),
        stop: position(u64::MAX),
        ..SeekInfo::default()
    };
    let kind = HeaderType::DeliverSeekInfo;
    crate::client::signed_envelope(kind, CHANNEL, &info, Bytes::new(), signer, &fresh).unwrap()
}

/// Readers that ask for everything and read nothing: commits do not wait for them, and neither do other readers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_do_not_read_hold_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(1)).await;
    let client = Client::new(&network, 0).await;
    let mut unread: Vec<Result<_, Status>> = Vec::new();
    for _ in 0..64 {
        let mut deliver = DeliverClient::new(client.peer.clone());
        let envelope = seek(client.signer);
        let requests = futures::StreamExt::chain(
            tokio_stream::once(envelope),
            futures::stream::pending::<Envelope>(),
        );
        unread.push(deliver.deliver(requests).await);
    }
    for name in ["one", "two", "three"] {
        client.submit(&approval(name)).await;
    }
    assert!(unread.iter().all(Result::is_ok));
    serves(&client).await;
    drop(unread);
    network.stop().await;
}
