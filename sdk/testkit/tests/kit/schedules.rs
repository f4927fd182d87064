//! Random schedules: what they find, and that they pass what is right.

use crate::contracts::{careless, ledgerbook};
use crate::panic_of;
use proptest::prelude::{Strategy, prop_oneof};
use selvedge_testkit::{Network, Request, Schedules, TrapKind};

#[derive(Clone, Debug)]
enum Ask {
    Move(String, String, u64),
    Total,
    Count(u8),
}

fn moves() -> impl Strategy<Value = Ask> {
    ("[a-c]", "[a-c]", 1..8u64).prop_map(|(from, to, amount)| Ask::Move(from, to, amount))
}

fn network() -> Network {
    let network = Network::new();
    let book = network.deploy("book", ledgerbook::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    for name in ["a", "b", "c"] {
        book.submit(&ann, "Open", (name, 10));
    }
    network
}

fn request(network: &Network, ask: &Ask) -> Request {
    let book = network.deployed("book");
    let ann = network.client("Org1MSP", "ann");
    match ask {
        Ask::Move(from, to, amount) => book.request(&ann, "MoveMoney", (from, to, *amount)),
        Ask::Total => book.request(&ann, "TotalInto", ("total",)),
        Ask::Count(n) => book.request(&ann, "CountLargeInto", (n.to_string(),)),
    }
}

fn balances(network: &Network) -> u64 {
    let dump = network.dump();
    let accounts = dump
        .lines()
        .filter(|line| line.starts_with("book/account:"));
    accounts
        .map(|line| line.rsplit(" = ").next().unwrap().parse::<u64>().unwrap())
        .sum()
}

fn money_stays(network: &Network) -> Result<(), String> {
    match balances(network) {
        30 => Ok(()),
        other => Err(format!("there are {other}")),
    }
}

#[test]
fn a_contract_that_reads_what_it_decides_by_is_serial() {
    let asks = prop_oneof![4 => moves(), 1 => proptest::prelude::Just(Ask::Total)];
    Schedules::on(&network(), asks, request)
        .invariant("no money appears or vanishes", money_stays)
        .cases(24)
        .check();
}

#[test]
fn an_invariant_that_does_not_hold_is_shown_in_its_smallest_schedule() {
    let check = |seed| {
        panic_of(|| {
            Schedules::on(&network(), moves(), request)
                .invariant("a keeps its money", |network| {
                    match network.state("book", "\0account\0a\0").unwrap().as_ref() {
                        b"10" => Ok(()),
                        other => Err(String::from_utf8_lossy(other).into_owned()),
                    }
                })
                .cases(50)
                .seed(seed)
                .check();
        })
    };
    let text = check(7);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("after block 4 it does not hold that a keeps its money: "),
        "{text}"
    );
    assert_eq!(lines[1], "in this schedule (SELVEDGE_SEED=7):");
    assert_eq!(lines.len(), 4, "one proposal and the last cut: {text}");
    assert_eq!(lines[3], "  cut the rest");
    assert_eq!(text, check(7), "the same seed finds the same");
}

#[test]
fn a_rich_query_is_not_serial() {
    let network = network();
    network.allow(TrapKind::RichQueryInUpdate, "it is what is under test");
    let asks = prop_oneof![
        1 => proptest::prelude::Just(Ask::Move("a".to_owned(), "b".to_owned(), 1)),
        1 => (0..3u8).prop_map(Ask::Count),
        2 => proptest::prelude::Just(Ask::Total),
    ];
    let text = panic_of(|| Schedules::on(&network, asks, request).cases(200).check());
    assert!(text.starts_with("the schedule is not serial: "), "{text}");
    assert!(text.contains("propose ann: CountLargeInto("), "{text}");
}

#[test]
fn traps_are_found_on_the_way() {
    let network = Network::new();
    network.deploy("careless", careless::CHAINCODE);
    let asks = prop_oneof![
        "float".prop_map(String::from),
        "rows".prop_map(String::from)
    ];
    let check = Schedules::on(&network, asks, |network, function| {
        let ann = network.client("Org1MSP", "ann");
        network.deployed("careless").request(&ann, function, ())
    });
    let text = panic_of(|| check.cases(20).check());
    assert!(
        text.starts_with("ann: float() steps into a trap: float in the state"),
        "{text}"
    );
}
