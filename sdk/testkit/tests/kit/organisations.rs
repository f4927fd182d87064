//! Several organisations: who endorses, what they compare, and what goes wrong between them.

use crate::contracts::{careless, ledgerbook};
use crate::panic_of;
use expect_test::expect;
use prost::Message;
use selvedge_identity::policy_from_string;
use selvedge_testkit::{Client, Deployed, Network};

fn two() -> (Network, Deployed, Client) {
    let network = Network::with_organisations(["Org1MSP", "Org2MSP"]);
    let book = network.deploy("book", ledgerbook::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    (network, book, ann)
}

#[test]
fn every_organisation_endorses_and_ends_in_the_same_state() {
    let (network, book, ann) = two();
    let opened = book.submit(&ann, "Open", ("ann", 10));
    assert_eq!(opened.endorsers(), ["Org1MSP", "Org2MSP"]);
    book.submit(&ann, "Open", ("bob", 0));
    let moved = book.submit(&ann, "MoveMoney", ("ann", "bob", 3));
    let event: ledgerbook::Moved = moved.event_as();
    assert_eq!(event.amount, 3);
    let bob = network.client("Org2MSP", "bob");
    let asked = book
        .request(&bob, "Balance", ("bob",))
        .endorsed_by(["Org2MSP"]);
    assert_eq!(asked.simulate().result::<u64>(), 3);
}

#[test]
fn a_policy_that_is_not_satisfied_is_named() {
    let (network, book, ann) = two();
    let book = book.endorsement_policy("AND('Org1MSP.peer', 'Org2MSP.peer')");
    let alone = book
        .request(&ann, "Open", ("ann", 10))
        .endorsed_by(["Org2MSP"]);
    let verdicts = network.commit([&alone.simulate()]);
    expect![[r#"ENDORSEMENT_POLICY_FAILURE: book asks for AND('Org1MSP.peer', 'Org2MSP.peer'); endorsed by Org2MSP"#]]
        .assert_eq(&verdicts[0].to_string());
    assert_eq!(network.dump(), "");
    let book = book.endorsement_policy("OR('Org1MSP.peer', 'Org2MSP.peer')");
    assert!(network.commit([&alone.simulate()])[0].is_valid());
    assert_eq!(book.evaluate::<u64>(&ann, "Balance", ("ann",)).unwrap(), 10);
}

#[test]
fn a_policy_that_is_none_says_so() {
    let (_network, book, _) = two();
    let text = panic_of(|| book.endorsement_policy("AND('Org1MSP.peer'"));
    assert!(
        text.starts_with("reading the endorsement policy AND('Org1MSP.peer'"),
        "{text}"
    );
}

#[test]
fn a_stranger_is_refused_as_peers_refuse() {
    let (network, book, _) = two();
    let eve = network.client("Org9MSP", "eve");
    let refused = book.call(&eve, "Open", ("eve", 10));
    let (status, message) = refused.refusal().unwrap();
    assert_eq!(status, 500);
    assert!(
        message.ends_with("creator org unknown, creator is malformed"),
        "{message}"
    );
}

#[test]
fn a_peer_that_lags_behind_disagrees_until_it_catches_up() {
    let (network, book, ann) = two();
    book.submit(&ann, "Open", ("ann", 10));
    network.hold_blocks_back("Org2MSP");
    book.submit_by(&network, &ann, "Open", ("ann", 20));
    let read = book.call(&ann, "Balance", ("ann",));
    expect![[r#"
        Org1MSP (-) and Org2MSP (+) differ:
          - payload 20
          - book
          - read account:ann at 2.0
          + payload 10
          + book
          + read account:ann at 1.0"#]]
    .assert_eq(read.mismatch().unwrap());
    let text = panic_of(|| read.expect_ok());
    assert!(
        text.starts_with("ProposalResponsePayloads do not match: Org1MSP (-)"),
        "{text}"
    );
    network.catch_up("Org2MSP");
    assert_eq!(book.evaluate::<u64>(&ann, "Balance", ("ann",)).unwrap(), 20);
}

/// Endorsed by the organisation that is not held back.
trait SubmitBy {
    fn submit_by(&self, network: &Network, client: &Client, function: &str, args: (&str, u64));
}

impl SubmitBy for Deployed {
    fn submit_by(&self, network: &Network, client: &Client, function: &str, args: (&str, u64)) {
        let other = self
            .clone()
            .endorsement_policy("OR('Org1MSP.peer', 'Org2MSP.peer')");
        let request = other
            .request(client, function, args)
            .endorsed_by(["Org1MSP"]);
        assert!(network.commit([&request.simulate()])[0].is_valid());
    }
}

#[test]
fn a_peer_that_is_down_does_not_endorse() {
    let (network, book, ann) = two();
    network.stop_peer("Org2MSP");
    let alone = book.call(&ann, "Open", ("ann", 10));
    assert_eq!(alone.endorsers(), ["Org1MSP"]);
    let verdicts = network.commit([&alone]);
    assert!(
        verdicts[0].to_string().ends_with("endorsed by Org1MSP"),
        "{}",
        verdicts[0]
    );
    network.start_peer("Org2MSP");
    let both = book.submit(&ann, "Open", ("ann", 10));
    assert_eq!(both.endorsers(), ["Org1MSP", "Org2MSP"]);
}

#[test]
fn nondeterminism_becomes_a_mismatch_that_shows_the_value() {
    let network = Network::with_organisations(["Org1MSP", "Org2MSP"]);
    let careless = network.deploy("careless", careless::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let unordered = careless.call(&ann, "unordered", ());
    let mismatch = unordered.mismatch().unwrap();
    assert!(mismatch.contains("\n  - write keys = "), "{mismatch}");
    assert!(mismatch.contains("\n  + write keys = "), "{mismatch}");
}

#[test]
fn attributes_are_in_the_certificate() {
    let network = Network::with_organisations(["Org1MSP"]);
    let clerk = network.client_with("Org1MSP", "cora", &[("role", "clerk")]);
    let pem = String::from_utf8_lossy(clerk.serialized()).into_owned();
    assert!(pem.contains("-----BEGIN CERTIFICATE-----"));
    assert_eq!((clerk.name(), clerk.msp_id()), ("cora", "Org1MSP"));
    let again = network.client_with("Org1MSP", "cora", &[("role", "clerk")]);
    assert_eq!(
        clerk.serialized(),
        again.serialized(),
        "one person, one certificate"
    );
    let other = network.client_with("Org1MSP", "cora", &[]);
    assert_ne!(clerk.serialized(), other.serialized());
}

#[test]
fn a_key_may_have_a_policy_of_its_own() {
    let network = Network::with_organisations(["Org1MSP", "Org2MSP"]);
    let careless = network
        .deploy("careless", careless::CHAINCODE)
        .endorsement_policy("OR('Org1MSP.peer', 'Org2MSP.peer')");
    let ann = network.client("Org1MSP", "ann");
    careless.submit(&ann, "put", ("k", "v"));
    let policy = policy_from_string("OR('Org2MSP.peer')").unwrap();
    let guard = careless
        .request(&ann, "guard", ("k",))
        .transient("policy", policy.encode_to_vec());
    guard.submit();
    let put = careless.request(&ann, "put", ("k", "w"));
    let by_one = put.clone().endorsed_by(["Org1MSP"]).simulate();
    assert_eq!(
        network.commit([&by_one])[0].to_string(),
        "ENDORSEMENT_POLICY_FAILURE: careless/k asks for OR('Org2MSP.peer'); endorsed by Org1MSP"
    );
    let by_two = || put.clone().endorsed_by(["Org2MSP"]).simulate();
    assert!(network.commit([&by_two()])[0].is_valid());
    // Keys are judged by the policy before the block, which is about to change.
    let verdicts = network.commit([&guard.simulate(), &by_two()]);
    assert!(verdicts[0].is_valid());
    assert_eq!(
        verdicts[1].to_string(),
        "ENDORSEMENT_POLICY_FAILURE: careless/k has a policy that an earlier transaction of this block changes"
    );
}
