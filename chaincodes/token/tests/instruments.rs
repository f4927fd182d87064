//! Instruments of the test kit, each once and short: docs/testing.md and docs/costs.md show them.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use selvedge_testkit::{Backend, Client, CostLock, Deployed, Network, TrapKind};

fn minted(network: &Network, token: &Deployed) -> (Client, String) {
    let ann = network.client("Org1MSP", "ann");
    token.submit(&ann, "Mint", (100,));
    let bob = network.client("Org2MSP", "bob");
    let account = token.call(&bob, "ClientAccountID", ()).result();
    (ann, account)
}

fn two() -> (Network, Deployed) {
    let network = Network::with_organisations(["Org1MSP", "Org2MSP"]);
    let token = network.deploy("token", token::CHAINCODE);
    (network, token)
}

#[test]
fn organisations_endorse_as_the_policy_asks() {
    let (network, token) = two();
    let ann = network.client("Org1MSP", "ann");
    let minted = token.submit(&ann, "Mint", (100,));
    assert_eq!(minted.endorsers(), ["Org1MSP", "Org2MSP"]);

    let alone = token
        .request(&ann, "Mint", (1,))
        .endorsed_by(["Org1MSP"])
        .simulate();
    assert_eq!(
        network.commit([&alone])[0].to_string(),
        "ENDORSEMENT_POLICY_FAILURE: token asks for AND('Org1MSP.peer', 'Org2MSP.peer'); endorsed by Org1MSP"
    );
}

#[test]
fn a_peer_that_lags_behind_disagrees() {
    let (network, token) = two();
    let (ann, _) = minted(&network, &token);
    let token = token.endorsement_policy("OR('Org1MSP.peer', 'Org2MSP.peer')");
    network.hold_blocks_back("Org2MSP");
    token
        .request(&ann, "Mint", (1,))
        .endorsed_by(["Org1MSP"])
        .submit();
    let supply = token.call(&ann, "TotalSupply", ());
    assert!(supply.mismatch().unwrap().contains("payload 100"));
    network.catch_up("Org2MSP");
    assert_eq!(token.call(&ann, "TotalSupply", ()).mismatch(), None);
}

#[test]
fn a_fork_goes_its_own_way() {
    let (network, token) = two();
    let (ann, bob) = minted(&network, &token);
    let paid = token.call(&ann, "Transfer", (&bob, 40));

    let fork = network.fork();
    let there = paid.request().on(&fork).simulate();
    fork.commit([&there])[0].expect_valid();
    assert_ne!(fork.dump(), network.dump());

    let past = network.fork_at(1);
    assert_eq!(past.dump(), "", "before anything was minted");
}

#[test]
fn the_clock_is_the_tests() {
    let (network, token) = two();
    network.set_time(1_800_000_000);
    network.advance(60);
    let (ann, bob) = minted(&network, &token);
    token.request(&ann, "Transfer", (&bob, 1)).at(0).submit();
}

#[test]
fn nothing_depends_on_where_it_runs() {
    let (network, token) = two();
    let (ann, bob) = minted(&network, &token);
    token
        .request(&ann, "Transfer", (&bob, 40))
        .hunt_everywhere(3);
}

#[test]
fn whatever_fails_the_transaction_fails_cleanly() {
    let (network, token) = two();
    let (ann, bob) = minted(&network, &token);
    let points = token
        .request(&ann, "Transfer", (&bob, 40))
        .fail_everywhere();
    let failed: Vec<&str> = points.iter().map(|point| point.call.operation).collect();
    assert_eq!(failed, ["GET_STATE", "PUT_STATE", "GET_STATE", "PUT_STATE"]);
}

#[test]
fn traps_are_allowed_one_by_one_and_with_a_reason() {
    let (network, token) = two();
    network.allow(
        TrapKind::FloatInState,
        "nothing here has a fraction; this is how it would be allowed",
    );
    let (ann, _) = minted(&network, &token);
    assert!(token.call(&ann, "TotalSupply", ()).traps().is_empty());
}

#[test]
fn costs_do_not_grow_unseen() {
    let network = Network::new();
    let token = network.deploy_on(Backend::Wasm, "token", token::CHAINCODE);
    let (ann, bob) = minted(&network, &token);
    let mut costs = CostLock::beside(env!("CARGO_MANIFEST_DIR"));
    costs.measure(&token.submit(&ann, "Mint", (100,)));
    costs.measure(&token.submit(&ann, "Transfer", (&bob, 40)));
    costs.measure(&token.submit(&ann, "concurrent:Mint", (100,)));
    costs.measure(&token.submit(&ann, "concurrent:Settle", ()));
    costs.measure(&token.submit(&ann, "concurrent:Transfer", (&bob, 40)));
    costs.check();
}
