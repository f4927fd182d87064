//! Blocks, conflicts, time and forks.

use crate::contracts::{careless, ledgerbook};
use crate::panic_of;
use expect_test::expect;
use selvedge_testkit::{Client, Deployed, Network};

fn book() -> (Network, Deployed, Client) {
    let network = Network::new();
    let book = network.deploy("book", ledgerbook::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    for name in ["ann", "bob", "cy"] {
        book.submit(&ann, "Open", (name, 10));
    }
    (network, book, ann)
}

#[test]
fn a_conflict_names_key_versions_and_winner() {
    let (network, book, ann) = book();
    let one = book.call(&ann, "MoveMoney", ("ann", "bob", 1));
    let other = book.call(&ann, "MoveMoney", ("ann", "cy", 1));
    let verdicts = network.commit([&one, &other]);
    assert!(verdicts[0].is_valid());
    assert_eq!(verdicts[1].name(), "MVCC_READ_CONFLICT");
    assert_eq!(verdicts[1].conflict_at().unwrap(), "book/account:ann");
    expect!["MVCC_READ_CONFLICT: book/account:ann was read at 1.0 and is at 4.0 now, written by transaction 0 of this block"]
        .assert_eq(&verdicts[1].to_string());
}

#[test]
fn the_order_in_a_block_decides() {
    let (network, book, ann) = book();
    let one = book.call(&ann, "MoveMoney", ("ann", "bob", 1));
    let other = book.call(&ann, "MoveMoney", ("ann", "cy", 1));
    let fork = network.fork();
    let (here, there) = (
        one.request().on(&fork).simulate(),
        other.request().on(&fork).simulate(),
    );
    assert_eq!(here.tx_id(), one.tx_id());
    assert!(fork.commit([&there, &here])[0].is_valid());
    assert!(network.commit([&one, &other])[0].is_valid());
    assert_eq!(book.evaluate::<u64>(&ann, "Balance", ("bob",)).unwrap(), 11);
    let forked = book.request(&ann, "Balance", ("bob",)).on(&fork).simulate();
    assert_eq!(forked.result::<u64>(), 10);
}

#[test]
fn a_phantom_names_the_row() {
    let (network, book, ann) = book();
    let total = book.call(&ann, "TotalInto", ("sum",));
    let opened = book.call(&ann, "Open", ("dan", 5));
    let verdicts = network.commit([&opened, &total]);
    expect!["PHANTOM_READ_CONFLICT: book/account:..account:… at account:dan was absent and is at 4.0 now, written by transaction 0 of this block"]
        .assert_eq(&verdicts[1].to_string());
}

#[test]
fn a_transaction_is_committed_once_and_where_it_was_simulated() {
    let (network, book, ann) = book();
    let opened = book.submit(&ann, "Open", ("dan", 5));
    let verdicts = network.commit([&opened]);
    assert_eq!(verdicts[0].name(), "DUPLICATE_TXID");
    let text = panic_of(|| network.fork().commit([&opened]));
    assert!(
        text.starts_with("the transaction was simulated on another network"),
        "{text}"
    );
}

#[test]
fn a_fork_at_a_height_shows_the_past() {
    let (network, book, ann) = book();
    book.submit(&ann, "MoveMoney", ("ann", "bob", 4));
    let past = network.fork_at(network.height() - 1);
    let then = book.request(&ann, "Balance", ("ann",)).on(&past).simulate();
    assert_eq!(then.result::<u64>(), 10);
    assert_eq!(book.evaluate::<u64>(&ann, "Balance", ("ann",)).unwrap(), 6);
    let text = panic_of(|| network.fork_at(99));
    assert_eq!(text, "there is no height 99: the network has 5 blocks");
}

#[test]
fn the_clients_clock_is_the_tests() {
    let (network, book, ann) = book();
    network.set_time(1_800_000_000);
    let now = || book.call(&ann, "Now", ()).text();
    assert_eq!(now(), "2027-01-15T08:00:00Z");
    network.advance(60);
    assert_eq!(now(), "2027-01-15T08:01:00Z");
    let then = book.request(&ann, "Now", ()).at(0).simulate();
    assert_eq!(then.text(), "1970-01-01T00:00:00Z");
}

#[test]
fn init_comes_first_where_it_is_required() {
    let network = Network::new();
    let careless = network
        .deploy("careless", careless::CHAINCODE)
        .init_required("1.0");
    let ann = network.client("Org1MSP", "ann");
    let early = careless.call(&ann, "put", ("k", "v"));
    assert_eq!(
        early.refusal(),
        Some((
            500,
            "invalid invocation: chaincode 'careless' has not been initialized for this version, must call as init first"
        ))
    );
    careless.request(&ann, "put", ("k", "v")).init().submit();
    careless.submit(&ann, "put", ("k", "w"));
    let twice = careless.request(&ann, "put", ("k", "v")).init().simulate();
    assert_eq!(
        twice.refusal(),
        Some((
            500,
            "invalid invocation: chaincode 'careless' is already initialized but called as init"
        ))
    );
}

#[test]
fn one_chaincode_calls_another_in_one_transaction() {
    let (network, _, ann) = book();
    let careless = network.deploy("careless", careless::CHAINCODE);
    let called = careless.submit(&ann, "call", ("careless", "rows"));
    assert_eq!(called.cost().writes, 150);
    let calls: Vec<String> = called
        .calls()
        .iter()
        .take(2)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        calls,
        ["PUT_STATE careless/row000", "PUT_STATE careless/row001"]
    );
}
