//! One balance per account: who may do what, and what conflicts.

use selvedge_testkit::{Client, Deployed, Network, assert_event, expect};
use token::{Approval, Transfer};

/// Ann of Org1 has minted 100.
fn minted(network: &Network, token: &Deployed) -> (Client, Client) {
    let ann = network.client("Org1MSP", "ann");
    let bob = network.client("Org2MSP", "bob");
    token.submit(&ann, "Mint", (100,));
    (ann, bob)
}

fn account(token: &Deployed, client: &Client) -> String {
    token.call(client, "ClientAccountID", ()).result()
}

fn balance(token: &Deployed, client: &Client) -> u64 {
    token.call(client, "ClientAccountBalance", ()).result()
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn tokens_are_minted_and_burnt_by_one_organisation(network: &Network, token: &Deployed) {
    let (ann, bob) = minted(network, token);
    let burnt = token.submit(&ann, "Burn", (30,));
    let id = account(token, &ann);
    assert_event!(burnt, Transfer { from, to, value: 30 } if from == id && to == "0x0");
    assert_eq!(token.call(&ann, "TotalSupply", ()).text(), "70");
    assert_eq!(balance(token, &ann), 70);
    for refused in ["Mint", "Burn"] {
        let call = token.call(&bob, refused, (1,));
        call.expect_refused(403, "it is for members of Org1MSP, not of Org2MSP");
    }
    let too_much = token.call(&ann, "Burn", (71,));
    too_much.expect_refused(409, "the account holds 70, not 71");
    let overflow = token.call(&ann, "Mint", (u64::MAX,));
    overflow.expect_refused(409, "the supply would exceed 18446744073709551615");
    let nothing = token.call(&ann, "Mint", (0,));
    nothing.expect_refused(400, "an amount is more than 0");
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn a_payment_moves_tokens_and_tells(network: &Network, token: &Deployed) {
    let (ann, bob) = minted(network, token);
    let (from, to) = (account(token, &ann), account(token, &bob));
    let paid = token.submit(&ann, "Transfer", (&to, 40));
    let text = paid.rwset().replace(&from, "ann").replace(&to, "bob");
    expect![[r#"
        token
          read balance:ann at 1.0
          read balance:bob absent
          write balance:ann = 60
          write balance:bob = 40
    "#]]
    .assert_eq(&text);
    let event: Transfer = paid.event_as();
    assert_eq!((&event.from, &event.to, event.value), (&from, &to, 40));
    assert_eq!(token.call(&bob, "BalanceOf", (&from,)).text(), "60");
    // To oneself: the overlay keeps the second write from undoing the first.
    token.submit(&ann, "Transfer", (&from, 60));
    assert_eq!(balance(token, &ann), 60);
    let poor = token.call(&bob, "Transfer", (&from, 41));
    poor.expect_refused(409, "the account holds 40, not 41");
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn a_spender_takes_what_the_owner_allows(network: &Network, token: &Deployed) {
    let (ann, bob) = minted(network, token);
    let (owner, spender) = (account(token, &ann), account(token, &bob));
    let approved = token.submit(&ann, "Approve", (&spender, 50));
    assert_event!(approved, Approval { value: 50, .. });
    token.submit(&bob, "TransferFrom", (&owner, &spender, 20));
    let left = token.call(&ann, "Allowance", (&owner, &spender));
    assert_eq!(left.text(), "30");
    assert_eq!((balance(token, &ann), balance(token, &bob)), (80, 20));
    let greedy = token.call(&bob, "TransferFrom", (&owner, &spender, 31));
    greedy.expect_refused(403, "the allowance is 30, not 31");
    let stranger = token.call(&ann, "TransferFrom", (&spender, &owner, 1));
    stranger.expect_refused(403, "the allowance is 0, not 1");
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn two_payments_to_one_account_conflict(network: &Network, token: &Deployed) {
    let (ann, bob) = minted(network, token);
    let [to_bob, to_cy] = [&bob, &network.client("Org2MSP", "cy")].map(|of| account(token, of));
    token.submit(&ann, "Transfer", (&to_bob, 50));
    let from_ann = token.call(&ann, "Transfer", (&to_cy, 10));
    let from_bob = token.call(&bob, "Transfer", (&to_cy, 10));
    let verdicts = network.commit([&from_ann, &from_bob]);
    verdicts[0].expect_valid();
    verdicts[1].expect_conflict(&format!("token/balance:{to_cy}"));
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn every_payment_fails_cleanly(network: &Network, token: &Deployed) {
    let (ann, bob) = minted(network, token);
    let points = token
        .request(&ann, "Transfer", (account(token, &bob), 40))
        .fail_everywhere();
    assert_eq!(points.len(), 4, "two reads and two writes");
}
