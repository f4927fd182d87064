//! Private data between the peers of a network: it reaches the members of its collection, sooner or later, and nobody
//! else. What runs the chaincode has no part in this: peers give each other what was endorsed; what chaincode sees of it
//! is in `surface`.

use crate::harness::{Definition, Endorsed, Net, Plan, Runtime, script, sign};
use bytes::Bytes;
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::Call;
use selvedge_peer::node::{Channel, NodeOptions};
use selvedge_protos::protos::StaticCollectionConfig;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const COLLECTION: &str = "secrets";
const MEMBERS: [&str; 2] = ["Org1MSP", "Org3MSP"];
const EVERYBODY: [&str; 3] = ["Org1MSP", "Org2MSP", "Org3MSP"];

/// Three organisations, of which the first and the third share a collection. Two endorsements are a majority.
fn network(required: i32, maximum: i32) -> Net {
    network_of(|_| {}, &collection_of(required, maximum))
}

fn collection_of(required: i32, maximum: i32) -> Definition {
    Definition::new("script").with_collection_of(COLLECTION, &MEMBERS, required, maximum)
}

fn network_of(tune: fn(&mut NodeOptions), definition: &Definition) -> Net {
    let runtime = Runtime::Wasm;
    let plan = Plan {
        runtime,
        organisations: 3,
        batch: 1,
    };
    let net = Net::start_tuned(&plan, StateDatabase::default(), |_| {}, Arc::new(tune));
    for peer in 0..3 {
        net.until("the peers know each other", |net| {
            net.known_to(peer) == EVERYBODY
        });
    }
    net.deploy(definition, &runtime.script_package("script_1"));
    net
}

/// A block that waits for private data stays away for longer than a test does.
fn patient(options: &mut NodeOptions) {
    options.serve.gossip.private_data.pull_retry_threshold = Duration::from_secs(3600);
}

fn put(key: &str, value: &str) -> Call {
    script(&json!([["putpvt", COLLECTION, key, value]]))
}

/// Endorsed by the first two organisations.
fn endorsed(net: &Net, call: &Call) -> Endorsed {
    net.endorse_by(&[0, 1], call, net.user(0))
}

fn held(net: &Net, peer: usize, key: &str) -> Option<Bytes> {
    let channel = net.channel(peer);
    let found = channel
        .ledger()
        .snapshot()
        .private("script", COLLECTION, key);
    found.unwrap().map(|found| found.value)
}

/// Write sets that a peer knows it lacks.
fn lacking(channel: &Channel) -> usize {
    let ledger = channel.ledger();
    let missing = ledger.missing_of_recent_blocks(100).unwrap().len();
    missing + ledger.put_off_of_recent_blocks(100).unwrap().len()
}

fn waiting(net: &Net, peer: usize, tx_id: &str) -> usize {
    net.channel(peer).transient().get(tx_id).unwrap().len()
}

#[test]
fn an_endorser_gives_its_data_to_other_members_before_it_answers() {
    let net = network(1, 1);
    let proposal = sign(&put("k", "v"), net.user(0));
    let answer = net.ask(0, &proposal.signed).unwrap();
    assert_eq!(answer.response.as_ref().unwrap().status, 200, "{answer:?}");
    // The only other member has it, although it endorsed nothing.
    assert_eq!(waiting(&net, 2, &proposal.tx_id), 1);
    assert_eq!(waiting(&net, 1, &proposal.tx_id), 0);
    let other = net.ask(1, &proposal.signed).unwrap();
    let both = Endorsed::new(&proposal, &[answer, other], net.user(0));
    assert!(net.order(&[&both])[0].is_valid());
    let value = Some(Bytes::from_static(b"v"));
    assert_eq!(
        [0, 1, 2].map(|peer| held(&net, peer, "k")),
        [value.clone(), None, value]
    );
    // It is in the ledger now, and nowhere else.
    for peer in [0, 1, 2] {
        net.until("the store is empty", |net| {
            waiting(net, peer, &both.tx_id) == 0
        });
    }
}

#[test]
fn there_is_no_endorsement_without_the_copies_that_the_collection_requires() {
    let mut net = network(1, 1);
    let halted = net.halt(2);
    // By both, or the second would choose the one that is down.
    net.until("the member is missed", |net| {
        [0, 1].map(|peer| net.known_to(peer)) == [["Org1MSP", "Org2MSP"]; 2]
    });
    let (status, message) = net.refusal_of(0, &put("k", "v"));
    assert_eq!(status, 500);
    assert_eq!(
        message,
        "error in simulation: failed to distribute private collection, txID TX, channel scenarios: could not build private data dissemination plan for chaincode script and collection secrets: required to disseminate to at least 1 peers, but know of only 0 eligible peers"
    );
    // The second organisation's peer can still give it to the first's.
    let proposal = sign(&put("k", "v"), net.user(0));
    let answer = net.ask(1, &proposal.signed).unwrap();
    assert_eq!(answer.response.unwrap().status, 200);
    net.resume(2, halted);
    net.until("the member is back", |net| net.known_to(0) == EVERYBODY);
    assert!(net.order(&[&endorsed(&net, &put("k", "w"))])[0].is_valid());
    assert_eq!(held(&net, 2, "k"), Some(Bytes::from_static(b"w")));
}

#[test]
fn a_member_that_endorsed_nothing_asks_for_the_data_when_it_commits() {
    let net = network(0, 0);
    let transaction = endorsed(&net, &put("k", "v"));
    assert_eq!(waiting(&net, 2, &transaction.tx_id), 0);
    assert!(net.order(&[&transaction])[0].is_valid());
    assert_eq!(held(&net, 2, "k"), Some(Bytes::from_static(b"v")));
    assert_eq!(
        held(&net, 1, "k"),
        None,
        "an endorser that is no member drops it"
    );
    let [member, other] = [2, 1].map(|peer| net.channel(peer));
    assert!(member.ledger().missing_private_data(10).unwrap().is_empty());
    assert!(other.ledger().missing_private_data(10).unwrap().is_empty());
    let ineligible = other.ledger().ineligible_private_data(100).unwrap();
    assert!(ineligible.iter().any(|row| row.collection == COLLECTION));
}

#[test]
fn a_member_that_was_down_gets_what_it_missed() {
    let mut net = network(0, 0);
    let third = net.halt(2);
    let transactions = [("a", "1"), ("b", "2"), ("a", "3")];
    for (key, value) in transactions {
        assert!(net.order(&[&endorsed(&net, &put(key, value))])[0].is_valid());
    }
    let height = net.channel(0).ledger().height();
    // Nobody who is left has the data: the member commits without it.
    let first = net.halt(0);
    net.resume(1, third);
    net.until("the blocks are committed", |net| {
        net.channel(1).ledger().height() >= height
    });
    let channel = net.channel(1);
    assert_eq!(lacking(&channel), 3);
    assert_eq!(held(&net, 1, "b"), None);
    drop(channel);
    net.resume(0, first);
    net.until("the data came", |net| held(net, 2, "b").is_some());
    net.until("nothing is missing", |net| lacking(&net.channel(2)) == 0);
    assert_eq!(
        held(&net, 2, "a"),
        Some(Bytes::from_static(b"3")),
        "the newest value"
    );
    assert_eq!(held(&net, 1, "a"), None, "who is no member never gets it");
    // What came late can be used, and given to others.
    let read = script(&json!([["getpvt", COLLECTION, "a"]]));
    let answers = [0, 2].map(|peer| net.ask(peer, &sign(&read, net.user(0)).signed).unwrap());
    assert!(
        answers
            .iter()
            .all(|answer| answer.response.as_ref().unwrap().status == 200)
    );
    let [one, other] = [0, 2].map(|peer| net.channel(peer).ledger().commit_hash());
    assert_eq!(one, other);
}

/// The third organisation's peer misses these transactions and must come to the height of the first's.
fn catches_up(net: &mut Net, missed: &[Call]) {
    let third = net.halt(2);
    for call in missed {
        assert!(net.order(&[&endorsed(net, call)])[0].is_valid());
    }
    net.resume(2, third);
    net.until("the blocks are committed", |net| {
        net.channel(2).ledger().height() == net.channel(0).ledger().height()
    });
}

/// Fabric: gossip/privdata/pvtdataprovider.go, populateFromRemotePeers.
#[test]
fn blocks_do_not_wait_for_what_was_purged_meanwhile() {
    let mut net = network_of(patient, &collection_of(0, 0));
    let purge = script(&json!([["purge", COLLECTION, "k"]]));
    catches_up(&mut net, &[put("k", "v"), put("l", "w"), purge]);
    assert_eq!(held(&net, 2, "k"), None);
    net.until("nothing is missing", |net| lacking(&net.channel(2)) == 0);
    assert_eq!(held(&net, 2, "l"), Some(Bytes::from_static(b"w")));
    let [one, other] = [0, 2].map(|peer| net.channel(peer).ledger().commit_hash());
    assert_eq!(one, other);
}

/// Fabric: gossip/privdata/pull.go, getPurgedCollections.
#[test]
fn blocks_do_not_wait_for_what_expires() {
    // Within the margin (`btlPullMargin`) that others keep from what is about to expire.
    let short = |collection: &mut StaticCollectionConfig| collection.block_to_live = 5;
    let definition = collection_of(0, 0).changed(short);
    let mut net = network_of(patient, &definition);
    catches_up(&mut net, &[put("k", "v"), put("l", "w")]);
    assert_eq!(lacking(&net.channel(2)), 2);
}

#[test]
fn what_was_endorsed_outlives_a_restart() {
    let mut net = network(0, 0);
    let transaction = endorsed(&net, &put("k", "v"));
    for peer in [0, 1] {
        net.restart(peer);
        assert_eq!(waiting(&net, peer, &transaction.tx_id), 1);
    }
    assert!(net.order(&[&transaction])[0].is_valid());
    assert_eq!(held(&net, 0, "k"), Some(Bytes::from_static(b"v")));
    net.until("the other member asks for it", |net| {
        held(net, 2, "k").is_some()
    });
}
