//! Who may ask the system chaincodes for what, on a channel that maps some resources to other policies. The texts are
//! those of a Go peer (v3.1.5) on a channel of the same kind.

use super::scripted::{CHANNEL, describe, enroll, genesis, options};
use crate::client::{Call, Fresh, Proposal};
use crate::endorser::{Endorser, EndorserOptions};
use crate::node::{Clock, PullOptions, Running, start};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
use selvedge_protos::protos::Response;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

struct World {
    running: Running,
    endorser: Endorser,
    admin: SigningIdentity,
    client: SigningIdentity,
    stranger: SigningIdentity,
}

const MAPPED: [(&str, &str); 5] = [
    ("qscc/GetBlockByHash", "Admins"),
    ("qscc/GetBlockByTxID", "/Channel/Nope"),
    ("qscc/Unknown", "Readers"),
    ("cscc/GetChannels", "/Channel/Nope"),
    ("_lifecycle/QueryInstalledChaincodes", "/Channel/Nope"),
];

impl World {
    async fn new(dir: &Path) -> Self {
        let now = i64::try_from(Clock::system().since_epoch().as_secs()).unwrap();
        let organisation =
            |domain: &str, id: &str| CryptoOrganisation::generate(domain, id, now).unwrap();
        let ordering = organisation("example.com", "OrdererMSP");
        let peers = organisation("org1.example.com", "Org1MSP");
        let endpoints = vec!["127.0.0.1:1".to_owned()];
        let mut description = describe(&ordering, &peers, &[], "etcdraft", endpoints);
        description.acls = MAPPED
            .map(|(resource, policy)| (resource.to_owned(), policy.to_owned()))
            .into();
        let options = options(dir, &peers, PullOptions::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = start(options, listener).unwrap();
        running.peer().join(genesis(&description)).unwrap();
        let endorser =
            Endorser::new(Arc::clone(running.peer()), EndorserOptions::default()).unwrap();
        Self {
            running,
            endorser,
            admin: enroll(&peers, "Admin", NodeRole::Admin),
            client: enroll(&peers, "User1", NodeRole::Client),
            stranger: enroll(&ordering, "Admin", NodeRole::Admin),
        }
    }

    fn ask(&self, who: &SigningIdentity, channel: &str, name: &str, args: &[&[u8]]) -> Response {
        let call = Call {
            channel: channel.to_owned(),
            chaincode: name.to_owned(),
            args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
            ..Call::default()
        };
        let proposal = Proposal::new(&call, who, &Fresh::from_system().unwrap()).unwrap();
        let signed = proposal.signed.encode_to_vec().into();
        let answer = self.endorser.process_proposal(signed).unwrap();
        answer.response.unwrap()
    }

    fn genesis_hash(&self) -> Vec<u8> {
        let channel = self.running.peer().channel(CHANNEL).unwrap();
        channel
            .ledger()
            .chain_info()
            .unwrap()
            .current_block_hash
            .to_vec()
    }
}

fn assert_starts(response: &Response, text: &str) {
    assert_eq!(response.status, 500, "{response:?}");
    assert!(response.message.starts_with(text), "{}", response.message);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_maps_its_resources() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path()).await;
    let name = CHANNEL.as_bytes();
    let by_hash = [b"GetBlockByHash".as_slice(), name, &world.genesis_hash()];
    // Readers are enough without the mapping, administrators are asked for with it.
    assert_eq!(
        world.ask(&world.admin, CHANNEL, "qscc", &by_hash).status,
        200
    );
    assert_starts(
        &world.ask(&world.client, CHANNEL, "qscc", &by_hash),
        "access denied for [GetBlockByHash][scripted]: [failed evaluating policy on signed data during check policy [/Channel/Application/Admins]: [",
    );
    let by_tx = [b"GetBlockByTxID".as_slice(), name, b"x"];
    let missing = "access denied for [GetBlockByTxID][scripted]: [failed evaluating policy on signed data during check policy [/Channel/Nope]: [policy /Channel/Nope not found]]";
    assert_starts(&world.ask(&world.admin, CHANNEL, "qscc", &by_tx), missing);
    // A mapping gives a policy to what has none.
    let unknown = [b"Unknown".as_slice(), name, b"x"];
    assert_starts(
        &world.ask(&world.client, CHANNEL, "qscc", &unknown),
        "Requested function Unknown not found.",
    );
    let other = [b"Other".as_slice(), name, b"x"];
    assert_starts(
        &world.ask(&world.client, CHANNEL, "qscc", &other),
        "access denied for [Other][scripted]: [Unmapped policy for qscc/Other]",
    );
    // Not mapped: everybody who may read.
    let info = [b"GetChainInfo".as_slice(), name];
    assert_eq!(world.ask(&world.client, CHANNEL, "qscc", &info).status, 200);
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_the_peer_alone_no_channel_can_map() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(dir.path()).await;
    let channels = [b"GetChannels".as_slice()];
    for channel in ["", CHANNEL] {
        assert_eq!(
            world.ask(&world.client, channel, "cscc", &channels).status,
            200
        );
    }
    let installed = [b"QueryInstalledChaincodes".as_slice(), b""];
    assert_eq!(
        world
            .ask(&world.admin, CHANNEL, "_lifecycle", &installed)
            .status,
        200
    );
    assert_starts(
        &world.ask(&world.client, CHANNEL, "_lifecycle", &installed),
        "Failed to authorize invocation due to failed ACL check: Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with policy [Admins]: [The identity is not an admin under this MSP [Org1MSP]",
    );
    // An administrator of another organisation is none here.
    let join = [b"JoinChain".as_slice(), b""];
    let foreign = world.ask(&world.stranger, CHANNEL, "cscc", &channels);
    assert_starts(
        &foreign,
        "access denied for [GetChannels]: Failed deserializing proposal creator during channelless check policy with policy [Members]: [expected MSP ID Org1MSP, received OrdererMSP]",
    );
    assert_eq!(
        world.ask(&world.stranger, CHANNEL, "cscc", &join).status,
        500
    );
    world.running.stop().await;
}
