use super::node::Node;
use crate::harness::{CHANNEL, Net, block_on, script};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Fresh, signed_envelope};
use selvedge_protos::common::{Envelope, HeaderType};
use selvedge_protos::gateway::gateway_client::GatewayClient;
use selvedge_protos::gateway::{ChaincodeEventsRequest, SignedChaincodeEventsRequest};
use selvedge_protos::orderer::{SeekInfo, SeekPosition, SeekSpecified, seek_position::Type};
use selvedge_protos::protos::deliver_client::DeliverClient;
use serde_json::json;

/// Blocks of a quarter of a megabyte come meanwhile.
const BLOCKS: u64 = 16;

fn from(number: u64) -> Option<SeekPosition> {
    let r#type = Some(Type::Specified(SeekSpecified { number }));
    Some(SeekPosition { r#type })
}

/// As many blocks with an event as large, and the peer has them.
fn commit(net: &Net, node: &Node) {
    let large = "x".repeat(256 << 10);
    for number in 0..BLOCKS {
        let call = script(&json!([
            ["put", "k", number.to_string()],
            ["event", "large", large]
        ]));
        assert!(net.submit(&call).is_valid());
    }
    node.has_all(net);
}

/// Readers of every kind of Deliver who ask for everything, on ten connections.
pub(super) fn blocks(net: &Net, node: &Node) {
    let seek = SeekInfo {
        start: from(0),
        stop: from(u64::MAX),
        ..SeekInfo::default()
    };
    let unread: Vec<_> = (0..10)
        .flat_map(|_| {
            let connection = node.connection();
            (0..50).map(move |reader| (reader, connection.clone()))
        })
        .map(|(reader, connection)| {
            let fresh = Fresh::from_system().unwrap();
            let (kind, signer) = (HeaderType::DeliverSeekInfo, net.admin(0));
            let asked = signed_envelope(kind, CHANNEL, &seek, Bytes::new(), signer, &fresh);
            // The request stays open, as those of applications do.
            let (sender, requests) = tokio::sync::mpsc::channel::<Envelope>(1);
            sender.try_send(asked.unwrap()).unwrap();
            let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
            let mut deliver = DeliverClient::new(connection);
            let stream = block_on(async {
                match reader % 3 {
                    0 => deliver.deliver(requests).await,
                    1 => deliver.deliver_filtered(requests).await,
                    _ => deliver.deliver_with_private_data(requests).await,
                }
            });
            (sender, stream.unwrap())
        })
        .collect();
    commit(net, node);
    node.answers(net);
    drop(unread);
}

/// Listeners for a chaincode's events, from the first block on.
pub(super) fn events(net: &Net, node: &Node) {
    let request = ChaincodeEventsRequest {
        channel_id: CHANNEL.to_owned(),
        chaincode_id: "script".to_owned(),
        identity: net.user(0).serialized().clone(),
        start_position: from(0),
        ..ChaincodeEventsRequest::default()
    };
    let request = Bytes::from(request.encode_to_vec());
    let signed = SignedChaincodeEventsRequest {
        signature: net.user(0).sign(&request).into(),
        request,
    };
    let unread: Vec<_> = (0..10)
        .flat_map(|_| {
            let connection = node.connection();
            (0..40).map(move |_| connection.clone())
        })
        .map(|connection| {
            let mut gateway = GatewayClient::new(connection);
            block_on(gateway.chaincode_events(signed.clone())).unwrap()
        })
        .collect();
    commit(net, node);
    node.answers(net);
    drop(unread);
}
