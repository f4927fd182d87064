//! Payments as records of their own: the same scenes, without the conflicts.

use proptest::prelude::{Just, Strategy, prop_oneof};
use selvedge_testkit::{
    Client, Deployed, Network, Request, Schedules, assert_conflict_free, expect,
};

/// Ann of Org1 and Bob of Org2 have 50 settled each; Cy has nothing.
fn settled(network: &Network, token: &Deployed) -> [Client; 3] {
    let [ann, bob, cy] = people(network);
    token.submit(&ann, "concurrent:Mint", (100,));
    token.submit(&ann, "concurrent:Settle", ());
    token.submit(&ann, "concurrent:Transfer", (account(token, &bob), 50));
    token.submit(&bob, "concurrent:Settle", ());
    [ann, bob, cy]
}

fn people(network: &Network) -> [Client; 3] {
    [("Org1MSP", "ann"), ("Org2MSP", "bob"), ("Org2MSP", "cy")]
        .map(|(msp_id, name)| network.client(msp_id, name))
}

fn account(token: &Deployed, client: &Client) -> String {
    token.call(client, "ClientAccountID", ()).result()
}

fn balance(token: &Deployed, client: &Client) -> u64 {
    let account = account(token, client);
    token
        .call(client, "concurrent:BalanceOf", (account,))
        .result()
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn two_payments_to_one_account_commit_in_one_block(network: &Network, token: &Deployed) {
    let [ann, bob, cy] = settled(network, token);
    let to = account(token, &cy);
    let from_ann = token.call(&ann, "concurrent:Transfer", (&to, 10));
    let from_bob = token.call(&bob, "concurrent:Transfer", (&to, 10));
    for verdict in network.commit([&from_ann, &from_bob]) {
        verdict.expect_valid();
    }
    assert_eq!(balance(token, &cy), 20);
    let (payer, tx_id) = (account(token, &ann), from_ann.tx_id());
    let text = from_ann.rwset().replace(&to, "cy").replace(&payer, "ann");
    expect![[r#"
        token
          read settled:ann at 3.0
          write incoming:cy,(transaction) = 10
          write settled:ann = 40
    "#]]
    .assert_eq(&text.replace(tx_id, "(transaction)"));
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn in_every_order_payments_to_and_from_an_account_are_valid(network: &Network, token: &Deployed) {
    let [ann, bob, cy] = settled(network, token);
    assert_conflict_free!(
        network,
        token.request(&ann, "concurrent:Transfer", (account(token, &bob), 10)),
        token.request(&cy, "concurrent:TotalSupply", ()),
        token.request(&bob, "concurrent:Transfer", (account(token, &ann), 5)),
    );
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn what_came_in_is_spent_after_it_is_settled(network: &Network, token: &Deployed) {
    let [ann, bob, cy] = settled(network, token);
    for payer in [&ann, &bob] {
        token.submit(payer, "concurrent:Transfer", (account(token, &cy), 10));
    }
    let to = account(token, &ann);
    let early = token.call(&cy, "concurrent:Transfer", (&to, 15));
    early.expect_refused(409, "the account has 0 settled, not 15");
    let settled = token.submit(&cy, "concurrent:Settle", ());
    assert_eq!(settled.result::<u64>(), 20);
    assert!(!network.dump().contains("incoming:"), "{}", network.dump());
    token.submit(&cy, "concurrent:Transfer", (&to, 15));
    assert_eq!((balance(token, &ann), balance(token, &cy)), (55, 5));
}

#[selvedge_testkit::test(token::CHAINCODE)]
fn a_payment_wins_over_settling(network: &Network, token: &Deployed) {
    let [ann, bob, _] = settled(network, token);
    let paid = token.call(&ann, "concurrent:Transfer", (account(token, &bob), 10));
    let settled = token.call(&bob, "concurrent:Settle", ());
    let verdicts = network.commit([&paid, &settled]);
    verdicts[0].expect_valid();
    assert_eq!(verdicts[1].name(), "PHANTOM_READ_CONFLICT");
    let again = token.submit(&bob, "concurrent:Settle", ());
    assert_eq!(again.result::<u64>(), 60);
}

#[derive(Clone, Debug)]
enum Ask {
    Pay { from: usize, to: usize, amount: u64 },
    Settle(usize),
    Burn(u64),
}

fn asks() -> impl Strategy<Value = Ask> {
    let pay = (0..3usize, 0..3usize, 1..20u64);
    prop_oneof![
        4 => pay.prop_map(|(from, to, amount)| Ask::Pay { from, to, amount }),
        2 => (0..3usize).prop_map(Ask::Settle),
        1 => (1..5u64).prop_map(Ask::Burn),
        1 => Just(Ask::Settle(2)),
    ]
}

fn request(network: &Network, ask: &Ask) -> Request {
    let (people, token) = (people(network), network.deployed("token"));
    match ask {
        Ask::Pay { from, to, amount } => {
            let to = account(&token, &people[*to]);
            token.request(&people[*from], "concurrent:Transfer", (to, *amount))
        }
        Ask::Settle(who) => token.request(&people[*who], "concurrent:Settle", ()),
        Ask::Burn(amount) => token.request(&people[0], "concurrent:Burn", (*amount,)),
    }
}

fn nothing_is_lost(network: &Network) -> Result<(), String> {
    let (people, token) = (people(network), network.deployed("token"));
    let held: u64 = people.iter().map(|of| balance(&token, of)).sum();
    let supply: u64 = token
        .call(&people[0], "concurrent:TotalSupply", ())
        .result();
    match held == supply {
        true => Ok(()),
        false => Err(format!("{held} are held, {supply} are there")),
    }
}

#[test]
fn whatever_the_schedule_the_balances_are_the_supply() {
    let network = Network::new();
    let token = network.deploy("token", token::CHAINCODE);
    settled(&network, &token);
    Schedules::on(&network, asks(), request)
        .invariant("the balances are the supply", nothing_is_lost)
        .check();
}
