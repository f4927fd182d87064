//! Pulling blocks from orderers that fail, lie, keep blocks back or move.

use super::scripted::{
    Ask, CHANNEL, Ordering, Step, block, enroll, honest, meaningless, reach, status,
};
use crate::node::{OrdererOverride, PullOptions};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::cryptogen::NodeRole;
use selvedge_identity::{SigningIdentity, compute_config_update, config_signature_bytes};
use selvedge_ledger::BlockHeader;
use selvedge_protos::common::{
    Block, ChannelHeader, Config, ConfigSignature, ConfigUpdateEnvelope, Envelope, Header,
    HeaderType, OrdererAddresses, Payload, SignatureHeader, Status,
};
use std::time::Duration;

const RAFT: &str = "etcdraft";
const BFT: &str = "BFT";

fn unchanged(_: &mut PullOptions) {}

/// Suspicious soon, so that a test need not wait.
fn suspicious(options: &mut PullOptions) {
    options.censorship_timeout = Duration::from_millis(100);
}

/// An orderer that misbehaves differently at every connection, and behaves at last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_misbehave_leads_to_another_connection_and_not_to_a_wrong_block() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(3, RAFT, honest).await;
    ordering.grow(3);
    let good = ordering.next_block(vec![meaningless()]);
    ordering.append(good.clone());
    ordering.grow(2);
    let wrong = misbehaviours(&ordering, &good);
    let count = wrong.len();
    ordering.set_script(move |ask| match ask.earlier {
        // Blocks 1, 2 and 3, and then nothing.
        0 => vec![Step::Serve(4)],
        n => wrong.get(n - 1).cloned().unwrap_or_else(|| honest(ask)),
    });
    let peer = ordering.peer(dir.path(), unchanged).await;
    reach(&peer, 7).await;
    let from: Vec<u64> = ordering.asked().iter().map(|ask| ask.from).collect();
    let expected: Vec<u64> = std::iter::once(1)
        .chain(std::iter::repeat_n(4, count + 1))
        .collect();
    assert_eq!(from, expected, "each asks for what is missing, no more");
    let ledger = peer.peer().channel(CHANNEL).unwrap();
    let stored = ledger.ledger().block_by_number(4).unwrap().unwrap();
    assert_eq!(Block::decode(stored).unwrap().header, good.header);
    peer.stop().await;
    ordering.stop();
}

/// Instead of `good`, block 4.
fn misbehaviours(ordering: &Ordering, good: &Block) -> Vec<Vec<Step>> {
    let changed = |change: &dyn Fn(&mut Block)| {
        let mut changed = good.clone();
        change(&mut changed);
        vec![block(changed)]
    };
    let header = good.header.clone().unwrap();
    let resigned = |change: &dyn Fn(&mut BlockHeader)| {
        let mut header = BlockHeader {
            number: header.number,
            previous_hash: header.previous_hash.clone(),
            data_hash: header.data_hash.clone(),
        };
        change(&mut header);
        vec![block(ordering.signed(header, vec![meaningless()], 1))]
    };
    vec![
        Vec::new(),
        vec![status(Status::Success)],
        vec![status(Status::ServiceUnavailable)],
        vec![status(Status::Forbidden)],
        vec![Step::Send(Default::default())],
        vec![Step::Fail(tonic::Status::unavailable("going down"))],
        changed(&|block| block.header = None),
        changed(&|block| block.metadata = None),
        changed(&|block| block.data = None),
        changed(&|block| block.metadata.as_mut().unwrap().metadata[0] = Bytes::new()),
        changed(&|block| block.data.as_mut().unwrap().data.push(meaningless())),
        // Signed by an orderer, and still not the next block.
        resigned(&|header| header.number = 6),
        resigned(&|header| header.number = 3),
        resigned(&|header| header.previous_hash = Bytes::from_static(&[9; 32])),
        resigned(&|header| header.data_hash = Bytes::from_static(&[9; 32])),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_was_down_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(1, RAFT, honest).await;
    ordering.grow(2);
    let peer = ordering.peer(dir.path(), unchanged).await;
    reach(&peer, 3).await;
    peer.stop().await;
    ordering.grow(60);
    let peer = ordering.peer(dir.path(), unchanged).await;
    reach(&peer, 63).await;
    let from: Vec<u64> = ordering.asked().iter().map(|ask| ask.from).collect();
    assert_eq!(from, [1, 3]);
    peer.stop().await;
    ordering.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderer_is_reached_where_the_override_says() {
    let dir = tempfile::tempdir().unwrap();
    let configured = |_: &[String]| vec!["orderer.invalid:7050".to_owned()];
    let ordering = Ordering::start_under(1, RAFT, configured, honest).await;
    ordering.grow(1);
    let address = ordering.addresses[0].clone();
    let peer = ordering
        .peer(dir.path(), |options| {
            let tls_roots = Vec::new();
            let replacement = OrdererOverride { address, tls_roots };
            options
                .overrides
                .insert("orderer.invalid:7050".to_owned(), replacement);
        })
        .await;
    reach(&peer, 2).await;
    peer.stop().await;
    ordering.stop();
}

/// The type of transaction by which old networks made channels makes no configuration block: it commits, flagged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderer_transaction_is_no_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(1, RAFT, honest).await;
    let transaction = |kind| {
        let garbage = b"\xff\xff".to_vec();
        Bytes::from(transaction(&ordering.nodes[0], kind, garbage).encode_to_vec())
    };
    let old = transaction(HeaderType::OrdererTransaction);
    ordering.append(ordering.next_block(vec![old.clone()]));
    ordering.append(ordering.next_block(vec![old, meaningless()]));
    let peer = ordering.peer(dir.path(), unchanged).await;
    reach(&peer, 3).await;
    assert_eq!(ordering.asked().len(), 1);
    peer.stop().await;
    ordering.stop();
}

/// A block with the configuration update that gives the ordering organisation these addresses.
fn moving(ordering: &Ordering, current: &selvedge_identity::ChannelConfig, to: &str) -> Block {
    let original: Config = current.config().clone();
    let mut updated = original.clone();
    let groups = &mut updated.channel_group.as_mut().unwrap().groups;
    let organisations = &mut groups.get_mut("Orderer").unwrap().groups;
    let endpoints = organisations
        .get_mut("Orderer")
        .unwrap()
        .values
        .get_mut("Endpoints")
        .unwrap();
    let addresses = vec![to.to_owned()];
    endpoints.value = OrdererAddresses { addresses }.encode_to_vec().into();
    let update = compute_config_update(CHANNEL, &original, &updated).unwrap();
    let config_update = Bytes::from(update.encode_to_vec());
    let admin = enroll(&ordering.organisation, "Admin", NodeRole::Admin);
    let signature_header = signature_header(&admin);
    let signature = admin
        .sign(&config_signature_bytes(&signature_header, &config_update))
        .into();
    let signatures = vec![ConfigSignature {
        signature_header,
        signature,
    }];
    let update = ConfigUpdateEnvelope {
        config_update,
        signatures,
    };
    let update = transaction(&admin, HeaderType::ConfigUpdate, update.encode_to_vec());
    let proposed = current.propose_update(&update).unwrap();
    let config = transaction(
        &ordering.nodes[0],
        HeaderType::Config,
        proposed.encode_to_vec(),
    );
    ordering.next_block(vec![config.encode_to_vec().into()])
}

fn signature_header(signer: &SigningIdentity) -> Bytes {
    let header = SignatureHeader {
        creator: signer.serialized().clone(),
        nonce: Bytes::from_static(&[7; 24]),
    };
    header.encode_to_vec().into()
}

fn transaction(signer: &SigningIdentity, kind: HeaderType, data: Vec<u8>) -> Envelope {
    let channel_header = ChannelHeader {
        r#type: kind as i32,
        channel_id: CHANNEL.to_owned(),
        ..Default::default()
    };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header(signer),
    };
    let payload = Payload {
        header: Some(header),
        data: data.into(),
    };
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = signer.sign(&payload).into();
    Envelope { payload, signature }
}

/// The first orderer serves for ever; only the configuration says that the second is to be asked from block 2 on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_addresses_in_the_configuration_move_the_peer_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let ordering =
        Ordering::start_under(2, RAFT, |addresses| addresses[..1].to_vec(), honest).await;
    ordering.grow(1);
    let peer = ordering.peer(dir.path(), unchanged).await;
    reach(&peer, 2).await;
    let config = peer.peer().channel(CHANNEL).unwrap().config();
    ordering.append(moving(&ordering, &config, &ordering.addresses[1]));
    ordering.wait_asked(|asked| asked.len() == 2).await;
    ordering.grow(2);
    reach(&peer, 5).await;
    let asked: Vec<(usize, u64)> = ordering
        .asked()
        .iter()
        .map(|ask| (ask.node, ask.from))
        .collect();
    assert_eq!(asked, [(0, 1), (1, 3)]);
    peer.stop().await;
    ordering.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bft_blocks_need_a_quorum() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(4, BFT, honest).await;
    ordering.grow(1);
    let good = ordering.next_block(vec![meaningless()]);
    let header = good.header.clone().unwrap();
    let header = BlockHeader {
        number: header.number,
        previous_hash: header.previous_hash,
        data_hash: header.data_hash,
    };
    let two = ordering.signed(header.clone(), vec![meaningless()], 2);
    ordering.append(ordering.signed(header, vec![meaningless()], 3));
    ordering.set_script(move |ask| match (ask.headers, ask.earlier) {
        (false, 0 | 1) => vec![Step::Serve(2), block(two.clone())],
        _ => honest(ask),
    });
    let peer = ordering.peer(dir.path(), unchanged).await;
    reach(&peer, 3).await;
    let asked = ordering.blocks_asked();
    let from: Vec<u64> = asked.iter().map(|ask| ask.from).collect();
    assert_eq!(from, [1, 2, 2]);
    let nodes: std::collections::BTreeSet<usize> = asked.iter().map(|ask| ask.node).collect();
    assert_eq!(nodes.len(), 3, "another orderer each time: {asked:?}");
    peer.stop().await;
    ordering.stop();
}

/// The first orderer asked for blocks stops at block 2 and keeps the stream open, the second does not even begin. Headers
/// tell that there are more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderer_that_keeps_blocks_back_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(4, BFT, |ask| match (ask.headers, ask.earlier) {
        (false, 0) => vec![Step::Serve(3), Step::Hold],
        (false, 1) => vec![Step::Hold],
        _ => honest(ask),
    })
    .await;
    ordering.grow(5);
    let peer = ordering.peer(dir.path(), suspicious).await;
    reach(&peer, 6).await;
    let from: Vec<u64> = ordering.blocks_asked().iter().map(|ask| ask.from).collect();
    assert_eq!(from, [1, 3, 3]);
    let headers = ordering.asked().into_iter().filter(|ask| ask.headers);
    let first = ordering.blocks_asked()[0].node;
    let watched: std::collections::BTreeSet<usize> = headers.take(3).map(|ask| ask.node).collect();
    assert!(!watched.contains(&first), "nobody watches itself");
    peer.stop().await;
    ordering.stop();
}

/// Headers that no quorum signed are no reason to leave an orderer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_headers_accuse_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(4, BFT, honest).await;
    ordering.grow(1);
    let forged = BlockHeader {
        number: 2,
        ..BlockHeader::default()
    };
    let forged = ordering.signed(forged, Vec::new(), 2);
    ordering.set_script(move |ask| {
        if ask.headers {
            vec![block(forged.clone())]
        } else {
            honest(ask)
        }
    });
    let peer = ordering.peer(dir.path(), suspicious).await;
    reach(&peer, 2).await;
    let headers = |asked: &[Ask]| asked.iter().filter(|ask| ask.headers).count();
    ordering.wait_asked(|asked| headers(asked) >= 30).await;
    assert_eq!(ordering.blocks_asked().len(), 1);
    peer.stop().await;
    ordering.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_policy_asks_for_no_headers() {
    let dir = tempfile::tempdir().unwrap();
    let ordering = Ordering::start(4, BFT, honest).await;
    ordering.grow(3);
    let peer = ordering
        .peer(dir.path(), |options| {
            options.bft = crate::node::BftPolicy::Simple;
            suspicious(options);
        })
        .await;
    reach(&peer, 4).await;
    assert_eq!(ordering.asked().len(), 1);
    peer.stop().await;
    ordering.stop();
}
