//! Transactions in every order, and the assertions on what becomes of them.

use crate::contracts::careless;
use crate::contracts::ledgerbook::{self, Moved};
use crate::panic_of;
use expect_test::expect;
use selvedge_testkit::{
    Client, Deployed, Network, assert_conflict, assert_conflict_free, assert_event,
};

fn book() -> (Network, Deployed, Client) {
    let network = Network::new();
    let book = network.deploy("book", ledgerbook::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    for name in ["ann", "bob", "cy", "dan"] {
        book.submit(&ann, "Open", (name, 10));
    }
    (network, book, ann)
}

#[test]
fn a_race_tells_every_order() {
    let (network, book, ann) = book();
    let before = network.dump();
    let race = network.race(&[
        book.request(&ann, "MoveMoney", ("ann", "bob", 1)),
        book.request(&ann, "MoveMoney", ("ann", "cy", 1)),
        book.request(&ann, "Open", ("eve", 1)),
    ]);
    assert_eq!(race.outcomes().len(), 6);
    assert_eq!(
        race.conflicts().count(),
        6,
        "in each order the later move loses"
    );
    assert_eq!(network.dump(), before);
    let text = panic_of(|| race.expect_conflict_free());
    let lines: Vec<&str> = text.lines().take(5).collect();
    expect![[r#"
        the transactions conflict:
        1: ann: MoveMoney(ann, bob, 1)
        2: ann: MoveMoney(ann, cy, 1)
        3: ann: Open(eve, 1)
        1 2 3; 2 MVCC_READ_CONFLICT: book/account:ann was read at 1.0 and is at 5.0 now, written by transaction 0 of this block"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn a_matrix_tells_every_pair_and_where_it_conflicts() {
    let (network, book, ann) = book();
    let before = network.dump();
    let matrix = network.conflict_matrix(&[
        book.request(&ann, "Open", ("eve", 1)),
        book.request(&ann, "TotalInto", ("sum",)),
        book.request(&ann, "MoveMoney", ("ann", "bob", 1)),
    ]);
    expect![[r#"
        1  ann: Open(eve, 1)
        2  ann: TotalInto(sum)
        3  ann: MoveMoney(ann, bob, 1)

        first  then 1   then 2   then 3
            1  ok       phantom  ok
            2  ok       ok       ok
            3  ok       phantom  MVCC

        1 then 2: phantom on book/account:..account:… at account:eve
        3 then 2: phantom on book/account:..account:… at account:ann
        3 then 3: MVCC on book/account:ann
    "#]]
    .assert_eq(&matrix.to_string());
    assert_eq!(matrix.verdict(2, 2).name(), "MVCC_READ_CONFLICT");
    assert_eq!(network.dump(), before);
}

#[test]
fn a_matrix_names_private_keys() {
    let network = Network::new();
    network.lenient();
    let careless = network.deploy("careless", careless::CHAINCODE);
    network.add_collection("careless", "secrets");
    let ann = network.client("Org1MSP", "ann");
    let hide = careless
        .request(&ann, "hide", ("k",))
        .transient("secret", "1");
    hide.submit();
    let publish = careless.request(&ann, "publish private", ("k",));
    let matrix = network.conflict_matrix(&[hide, publish]);
    assert_eq!(matrix.place(0, 1), Some("careless/secrets/k"));
}

#[test]
fn what_touches_different_keys_is_conflict_free() {
    let (network, book, ann) = book();
    assert_conflict_free!(
        network,
        book.request(&ann, "MoveMoney", ("ann", "bob", 1)),
        book.request(&ann, "MoveMoney", ("cy", "dan", 1)),
    );
}

#[test]
fn events_conflicts_and_refusals_are_asserted() {
    let (network, book, ann) = book();
    let moved = book.call(&ann, "MoveMoney", ("ann", "bob", 3));
    assert_event!(moved, Moved { amount: 3, from, .. } if from == "ann");
    let text = panic_of(|| assert_event!(moved, Moved { amount: 4, .. }));
    assert!(
        text.contains(r#"which is no Moved { amount: 4, .. }"#),
        "{text}"
    );
    moved.expect_rwset(&expect![[r#"
        book
          read account:ann at 1.0
          read account:bob at 2.0
          write account:ann = 7
          write account:bob = 13
          write latest:bob = {"from":"ann","amount":3}
    "#]]);
    let other = book.call(&ann, "MoveMoney", ("ann", "cy", 3));
    let verdicts = network.commit([&moved, &other]);
    verdicts[0].expect_valid();
    assert_conflict!(verdicts[1], "book/account:ann");
    assert!(panic_of(|| verdicts[1].expect_valid()).starts_with("MVCC_READ_CONFLICT"));
    assert!(
        panic_of(|| assert_conflict!(verdicts[0], "book/account:ann"))
            .contains("the verdict is VALID")
    );
    let poor = book.call(&ann, "MoveMoney", ("ann", "cy", 30));
    poor.expect_refused(409, "ann has not 30");
    assert!(
        panic_of(|| poor.expect_refused(404, "ann"))
            .starts_with("refused with 409: ann has not 30")
    );
    assert!(panic_of(|| moved.expect_refused(409, "")).contains("expected a refusal with 409"));
}
