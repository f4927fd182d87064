//! The Deliver services as their clients meet them.

use super::harness::{Ahead, CHANNEL, Client, approval, batch, network};
use crate::client::{Fresh, signed_envelope};
use bytes::Bytes;
use futures::StreamExt as _;
use selvedge_identity::SigningIdentity;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
use selvedge_protos::common::{Envelope, HeaderType, Status};
use selvedge_protos::orderer::{
    SeekInfo, SeekNewest, SeekOldest, SeekPosition, SeekSpecified,
    seek_info::{SeekBehavior, SeekContentType},
    seek_position::Type as Position,
};
use selvedge_protos::protos::{
    DeliverResponse, deliver_client::DeliverClient, deliver_response::Type,
    filtered_transaction::Data,
};

fn at(position: Position) -> Option<SeekPosition> {
    Some(SeekPosition {
        r#type: Some(position),
    })
}

fn oldest() -> Option<SeekPosition> {
    at(Position::Oldest(SeekOldest {}))
}

fn newest() -> Option<SeekPosition> {
    at(Position::Newest(SeekNewest {}))
}

fn number(number: u64) -> Option<SeekPosition> {
    at(Position::Specified(SeekSpecified { number }))
}

fn request(channel: &str, seek: &SeekInfo, signer: &SigningIdentity) -> Envelope {
    let fresh = Fresh::from_system().unwrap();
    signed_envelope(
        HeaderType::DeliverSeekInfo,
        channel,
        seek,
        Bytes::new(),
        signer,
        &fresh,
    )
    .unwrap()
}

fn span(start: Option<SeekPosition>, stop: Option<SeekPosition>) -> SeekInfo {
    SeekInfo {
        start,
        stop,
        behavior: SeekBehavior::FailIfNotReady as i32,
        ..Default::default()
    }
}

/// Everything the peer answers to these requests on one stream, in short.
async fn ask(client: &Client<'_>, requests: Vec<Envelope>) -> Vec<String> {
    let mut deliver = DeliverClient::new(client.peer.clone());
    let stream = deliver
        .deliver(futures::stream::iter(requests))
        .await
        .unwrap()
        .into_inner();
    stream.map(|answer| short(answer.unwrap())).collect().await
}

fn short(response: DeliverResponse) -> String {
    match response.r#type.unwrap() {
        Type::Status(status) => Status::try_from(status).unwrap().as_str_name().to_owned(),
        Type::Block(block) => {
            let data = if block.data.is_some() { "" } else { " header" };
            format!("{}{data}", block.header.unwrap().number)
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_statuses_and_access() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    client.submit(&approval("one")).await;
    client.submit(&approval("two")).await;
    let ours = |seek: SeekInfo| request(CHANNEL, &seek, client.signer);

    // Requests of one stream are answered one after the other, until one fails.
    let requests = vec![
        ours(span(oldest(), newest())),
        ours(span(newest(), newest())),
        ours(span(number(2), number(7))),
        ours(span(oldest(), oldest())),
    ];
    let answers = ask(&client, requests).await;
    assert_eq!(
        answers,
        ["0", "1", "2", "SUCCESS", "2", "SUCCESS", "2", "NOT_FOUND"]
    );

    let headers = SeekInfo {
        content_type: SeekContentType::HeaderWithSig as i32,
        ..span(oldest(), number(1))
    };
    assert_eq!(
        ask(&client, vec![ours(headers)]).await,
        ["0", "1 header", "SUCCESS"]
    );

    assert_eq!(
        ask(&client, vec![ours(span(None, newest()))]).await,
        ["BAD_REQUEST"]
    );
    assert_eq!(
        ask(&client, vec![ours(span(number(2), number(1)))]).await,
        ["BAD_REQUEST"]
    );
    assert_eq!(
        ask(&client, vec![ours(span(number(9), newest()))]).await,
        ["NOT_FOUND"]
    );
    assert_eq!(
        ask(&client, vec![Envelope::default()]).await,
        ["BAD_REQUEST"]
    );
    let elsewhere = request("elsewhere", &span(oldest(), newest()), client.signer);
    assert_eq!(ask(&client, vec![elsewhere]).await, ["NOT_FOUND"]);
    drop(client);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_and_latecomers_are_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let now = Fresh::from_system().unwrap().now.seconds;
    // Of an organisation by the same name, with another authority.
    let impostor = CryptoOrganisation::generate("org1.example.com", "Org1MSP", now).unwrap();
    let impostor = impostor
        .enroll(
            "Admin@org1.example.com",
            NodeRole::Admin,
            &Default::default(),
        )
        .unwrap();
    let impostor = impostor.signing_identity().unwrap();
    let all = span(oldest(), newest());
    assert_eq!(
        ask(&client, vec![request(CHANNEL, &all, &impostor)]).await,
        ["FORBIDDEN"]
    );
    let mut forged = request(CHANNEL, &all, client.signer);
    forged.signature = Bytes::from_static(b"x");
    assert_eq!(ask(&client, vec![forged]).await, ["FORBIDDEN"]);
    let mut fresh = Fresh::from_system().unwrap();
    fresh.now.seconds -= 16 * 60;
    let late = signed_envelope(
        HeaderType::DeliverSeekInfo,
        CHANNEL,
        &all,
        Bytes::new(),
        client.signer,
        &fresh,
    );
    assert_eq!(ask(&client, vec![late.unwrap()]).await, ["BAD_REQUEST"]);
    drop(client);
    network.stop().await;
}

/// Fabric: common/deliver/acl.go, the session access control's expiry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_whose_certificate_has_ended_is_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let ahead = Ahead::start(dir.path()).await;
    let client = Client::new(&ahead.network, 0).await;
    let first = span(oldest(), oldest());
    let asked = async || {
        let kind = HeaderType::DeliverSeekInfo;
        let (signer, fresh) = (client.signer, ahead.fresh());
        let request = signed_envelope(kind, CHANNEL, &first, Bytes::new(), signer, &fresh);
        ask(&client, vec![request.unwrap()]).await
    };
    assert_eq!(asked().await, ["0", "SUCCESS"]);
    ahead.by_eleven_years();
    assert_eq!(asked().await, ["FORBIDDEN"]);
    ahead.network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filtered_blocks_and_blocks_with_private_data() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    client.submit(&approval("one")).await;
    let seek = request(CHANNEL, &span(oldest(), newest()), client.signer);
    let mut deliver = DeliverClient::new(client.peer.clone());
    let filtered = deliver
        .deliver_filtered(tokio_stream::once(seek.clone()))
        .await
        .unwrap()
        .into_inner();
    let filtered: Vec<_> = filtered
        .map(|answer| answer.unwrap().r#type.unwrap())
        .collect()
        .await;
    let [
        Type::FilteredBlock(genesis),
        Type::FilteredBlock(first),
        Type::Status(200),
    ] = filtered.as_slice()
    else {
        panic!("{filtered:?}");
    };
    assert_eq!((genesis.channel_id.as_str(), genesis.number), (CHANNEL, 0));
    assert_eq!(
        genesis.filtered_transactions[0].r#type,
        HeaderType::Config as i32
    );
    let transaction = &first.filtered_transactions[0];
    assert_eq!(
        (transaction.tx_validation_code, transaction.txid.len()),
        (0, 64)
    );
    assert!(matches!(
        &transaction.data,
        Some(Data::TransactionActions(_))
    ));

    let private = deliver
        .deliver_with_private_data(tokio_stream::once(seek))
        .await
        .unwrap()
        .into_inner();
    let private: Vec<_> = private
        .map(|answer| answer.unwrap().r#type.unwrap())
        .collect()
        .await;
    let [_, Type::BlockAndPrivateData(first), _] = private.as_slice() else {
        panic!("{private:?}")
    };
    let sets = &first.private_data_map[&0].ns_pvt_rwset;
    assert_eq!(sets[0].namespace, "_lifecycle");
    assert_eq!(
        sets[0].collection_pvt_rwset[0].collection_name,
        "_implicit_org_Org1MSP"
    );
    drop(client);
    network.stop().await;
}

/// A block just committed is filtered once for all who ask. Without its transactions it cannot be, and is not kept so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_headers_take_nothing_from_other_readers_of_filtered_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    client.submit(&approval("one")).await;
    let all = span(number(1), number(1));
    let headers = SeekInfo {
        content_type: SeekContentType::HeaderWithSig as i32,
        ..all
    };
    let ask = async |seek: &SeekInfo| {
        let requests = tokio_stream::once(request(CHANNEL, seek, client.signer));
        let mut deliver = DeliverClient::new(client.peer.clone());
        let mut stream = deliver.deliver_filtered(requests).await?.into_inner();
        let first = stream.message().await?.and_then(|answer| answer.r#type);
        let Some(Type::FilteredBlock(block)) = first else {
            panic!("{first:?}");
        };
        Ok::<_, tonic::Status>(block.filtered_transactions.len())
    };
    for _ in 0..2 {
        assert!(ask(&headers).await.is_err());
        assert_eq!(ask(&all).await.unwrap(), 1);
    }
    drop(client);
    network.stop().await;
}

/// A reader that waits for the next block does not keep the peer from stopping.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_stops_under_its_readers() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(10)).await;
    let client = Client::new(&network, 0).await;
    let seek = SeekInfo {
        start: newest(),
        stop: number(u64::MAX),
        ..Default::default()
    };
    let requests = futures::stream::iter([request(CHANNEL, &seek, client.signer)])
        .chain(futures::stream::pending());
    let mut deliver = DeliverClient::new(client.peer.clone());
    let mut stream = deliver.deliver(requests).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().is_some());
    drop(client);
    network.stop().await;
    assert!(!matches!(stream.message().await, Ok(Some(_))));
}
