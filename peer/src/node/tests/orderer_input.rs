//! Messages that have brought Fabric's orderers down, at the embedded one: each is answered with a status, and the next
//! transaction is ordered.

use super::harness::{CHANNEL, Client, approval, batch, network};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::common::{
    ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader, Status,
};
use selvedge_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use selvedge_protos::orderer::deliver_response::Type;
use selvedge_protos::protos::TxValidationCode;
use tonic::Code;
use tonic::transport::Channel;

const GARBAGE: Bytes = Bytes::from_static(&[0xff; 16]);

fn payload(header: Option<Header>, data: Bytes) -> Envelope {
    let payload = Payload { header, data };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: GARBAGE,
    }
}

fn headers(channel: &str, kind: HeaderType, signature_header: Bytes) -> Option<Header> {
    let channel_header = ChannelHeader {
        r#type: kind.into(),
        channel_id: channel.to_owned(),
        ..ChannelHeader::default()
    };
    Some(Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header,
    })
}

/// One part missing or broken, from the outside in, with what Fabric answers.
fn malformed() -> Vec<(Envelope, Status)> {
    let nobody = Bytes::from(SignatureHeader::default().encode_to_vec());
    let kinds = [
        HeaderType::Message,
        HeaderType::Config,
        HeaderType::ConfigUpdate,
        HeaderType::EndorserTransaction,
        HeaderType::OrdererTransaction,
        HeaderType::DeliverSeekInfo,
    ];
    let broken = |header: Bytes| Header {
        channel_header: header,
        ..Header::default()
    };
    let mut found = vec![
        (Envelope::default(), Status::BadRequest),
        (
            Envelope {
                payload: GARBAGE,
                signature: Bytes::new(),
            },
            Status::BadRequest,
        ),
        (payload(None, Bytes::new()), Status::BadRequest),
        (
            payload(Some(Header::default()), GARBAGE),
            Status::BadRequest,
        ),
        (payload(Some(broken(GARBAGE)), GARBAGE), Status::BadRequest),
    ];
    for kind in kinds {
        for signature_header in [Bytes::new(), GARBAGE, nobody.clone()] {
            for data in [Bytes::new(), GARBAGE] {
                let status = match kind {
                    HeaderType::Config | HeaderType::OrdererTransaction => Status::BadRequest,
                    // Nobody's signature is none of a writer's.
                    _ if signature_header != GARBAGE => Status::Forbidden,
                    _ => Status::BadRequest,
                };
                let header = headers(CHANNEL, kind, signature_header.clone());
                found.push((payload(header, data.clone()), status));
                // A channel that nobody has heard of, which a channel's creation would name.
                let header = headers("unheard", kind, signature_header.clone());
                found.push((payload(header, data), Status::BadRequest));
            }
        }
    }
    found
}

async fn broadcast(orderer: &Channel, envelope: Envelope) -> Status {
    let mut client = AtomicBroadcastClient::new(orderer.clone());
    let answers = client
        .broadcast(tokio_stream::once(envelope))
        .await
        .unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    Status::try_from(answer.status).unwrap()
}

async fn deliver(orderer: &Channel, envelope: Envelope) -> Option<Type> {
    let mut client = AtomicBroadcastClient::new(orderer.clone());
    let answers = client.deliver(tokio_stream::once(envelope)).await.unwrap();
    answers
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap()
        .r#type
}

/// CVE-2021-43669, CVE-2021-43667 (messages without header or payload), CVE-2022-45196 (a channel created again).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_without_their_parts_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    for (envelope, status) in malformed() {
        let answer = broadcast(&client.orderer, envelope.clone()).await;
        assert_eq!(answer, status, "{envelope:?}");
        let answer = deliver(&client.orderer, envelope).await;
        let refused = matches!(answer, Some(Type::Status(status)) if status >= 400);
        assert!(refused, "{answer:?}");
    }
    let code = client.submit(&approval("alive")).await;
    assert_eq!(code, TxValidationCode::Valid);
    network.stop().await;
}

/// CVE-2022-31121: requests between orderers that lack a message. There is one orderer, and nobody to ask it for consensus.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_consensus_service() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    for path in ["/orderer.Cluster/Step", "/orderer.ClusterNodeService/Step"] {
        let mut grpc = tonic::client::Grpc::new(client.orderer.clone());
        grpc.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<Envelope, Envelope>::default();
        let request = tonic::Request::new(tokio_stream::once(Envelope::default()));
        let path = http::uri::PathAndQuery::from_static(path);
        let answer = grpc.streaming(request, path, codec).await;
        assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
    }
    network.stop().await;
}
