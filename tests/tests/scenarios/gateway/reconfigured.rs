//! Readers who lose their access while they read.

use super::network;
use crate::harness::{CHANNEL, Net, PATIENCE, block_on, script, told};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{Fresh, signed_envelope};
use selvedge_protos::common::{ConfigValue, Envelope, HeaderType, Status};
use selvedge_protos::gateway::ChaincodeEventsRequest;
use selvedge_protos::orderer::{
    SeekInfo, SeekNextCommit, SeekPosition, SeekSpecified, seek_position::Type as Position,
};
use selvedge_protos::protos::deliver_client::DeliverClient;
use selvedge_protos::protos::{AcLs, ApiResource, DeliverResponse, deliver_response::Type};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

/// One stream of blocks. The request stays open as long as it is read.
struct Reader {
    stream: Streaming<DeliverResponse>,
    _request: Sender<Envelope>,
}

/// Everything that comes, by the services that show blocks.
fn readers(net: &Net, signer: &SigningIdentity) -> Vec<Reader> {
    let at = |r#type| {
        Some(SeekPosition {
            r#type: Some(r#type),
        })
    };
    let seek = SeekInfo {
        start: at(Position::NextCommit(SeekNextCommit {})),
        stop: at(Position::Specified(SeekSpecified { number: u64::MAX })),
        ..SeekInfo::default()
    };
    let open = |form: usize| {
        let (kind, fresh) = (HeaderType::DeliverSeekInfo, Fresh::from_system().unwrap());
        let envelope = signed_envelope(kind, CHANNEL, &seek, Bytes::new(), signer, &fresh);
        let (request, requests) = channel(1);
        request.try_send(envelope.unwrap()).unwrap();
        let requests = ReceiverStream::new(requests);
        let mut deliver = DeliverClient::new(net.connection(0));
        let stream = block_on(async {
            match form {
                0 => deliver.deliver(requests).await,
                1 => deliver.deliver_filtered(requests).await,
                _ => deliver.deliver_with_private_data(requests).await,
            }
        });
        Reader {
            stream: stream.unwrap().into_inner(),
            _request: request,
        }
    };
    (0..3).map(open).collect()
}

/// The next block's number, a status, or the end.
fn next(reader: &mut Reader) -> Option<Result<u64, Status>> {
    let message = async { tokio::time::timeout(PATIENCE, reader.stream.message()).await };
    let message = block_on(message).expect("an answer in time").unwrap()?;
    Some(match message.r#type.unwrap() {
        Type::Status(status) => Err(Status::try_from(status).unwrap()),
        Type::Block(block) => Ok(block.header.unwrap().number),
        Type::FilteredBlock(block) => Ok(block.number),
        Type::BlockAndPrivateData(shown) => Ok(shown.block.unwrap().header.unwrap().number),
    })
}

/// From now on these are for administrators.
fn restrict(net: &Net, resources: &[&str]) {
    let policy = ApiResource {
        policy_ref: "/Channel/Application/Admins".to_owned(),
    };
    let acls = resources
        .iter()
        .map(|name| ((*name).to_owned(), policy.clone()));
    let acls = AcLs {
        acls: BTreeMap::from_iter(acls),
    };
    net.reconfigure(|config| {
        let groups = &mut config.channel_group.as_mut().unwrap().groups;
        let value = ConfigValue {
            value: acls.encode_to_vec().into(),
            mod_policy: "Admins".to_owned(),
            ..ConfigValue::default()
        };
        let values = &mut groups.get_mut("Application").unwrap().values;
        values.insert("ACLs".to_owned(), value);
    });
}

/// Fabric: common/deliver/acl.go. Its gateway looks at access once, when a client begins to listen: chaincodeevents.go.
#[test]
fn blocks_end_with_access_and_events_go_on() {
    let net = network(1, 1);
    let app = net.app(0);
    let of_script = || ChaincodeEventsRequest {
        chaincode_id: "script".to_owned(),
        ..ChaincodeEventsRequest::default()
    };
    let mut users = readers(&net, net.user(0));
    let mut admins = readers(&net, net.admin(0));
    let mut events = app.events(of_script()).unwrap();
    let emit =
        |name: &str| app.transact(&script(&json!([["put", name, "v"], ["event", name, ""]])));
    let (_, block) = emit("before");
    for reader in users.iter_mut().chain(&mut admins) {
        assert_eq!(next(reader), Some(Ok(block)));
    }
    restrict(
        &net,
        &[
            "event/Block",
            "event/FilteredBlock",
            "gateway/ChaincodeEvents",
        ],
    );
    for reader in &mut users {
        assert_eq!(next(reader), Some(Err(Status::Forbidden)));
        assert_eq!(next(reader), None);
    }
    let (_, after) = emit("after");
    assert_eq!(after, block + 2);
    for reader in &mut admins {
        assert_eq!(next(reader), Some(Ok(block + 1)), "the configuration");
        assert_eq!(next(reader), Some(Ok(after)));
    }
    assert_eq!(
        [events.names(), events.names()].concat(),
        ["before", "after"]
    );
    let refused = app.events(of_script()).err().unwrap();
    assert_eq!(told(&refused).0, Code::PermissionDenied, "{refused}");
}
