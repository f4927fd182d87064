//! A failure at every point.

use crate::contracts::{careless, ledgerbook};
use crate::panic_of;
use expect_test::expect;
use selvedge_testkit::Network;

#[test]
fn a_careful_contract_fails_cleanly_everywhere() {
    let network = Network::new();
    let book = network.deploy("book", ledgerbook::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    book.submit(&ann, "Open", ("ann", 10));
    let before = network.dump();
    let points = book
        .request(&ann, "MoveMoney", ("ann", "bob", 1))
        .fail_everywhere();
    let operations: Vec<&str> = points.iter().map(|point| point.call.operation).collect();
    assert_eq!(
        operations,
        [
            "GET_STATE",
            "GET_STATE",
            "PUT_STATE",
            "PUT_STATE",
            "PUT_STATE"
        ]
    );
    assert_eq!(network.dump(), before);
}

#[test]
fn one_that_goes_on_is_found() {
    let network = Network::new();
    let careless = network.deploy("careless", careless::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let request = careless.request(&ann, "call", ("careless", "event"));
    network.lenient();
    expect![[r#"
        ann: call(careless, event) does not fail cleanly at 1 of 1 points:
          INVOKE_CHAINCODE careless → 200 "#]]
    .assert_eq(&panic_of(|| request.fail_everywhere()));
    assert_eq!(request.failure_points().len(), 1);
}
