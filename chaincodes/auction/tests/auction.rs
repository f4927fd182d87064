//! Auctions among three organisations: what is sealed stays sealed, and what is revealed is checked.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use auction::{Auction, Bid, Status};
use selvedge_testkit::{Client, Deployed, Network, Simulated, TrapKind, assert_conflict_free};

const ALL: [&str; 3] = ["Org1MSP", "Org2MSP", "Org3MSP"];

/// Sue of Org1 sells a painting.
fn opened(network: &Network, auction: &Deployed) -> Client {
    let sue = network.client("Org1MSP", "sue");
    let invited = ALL.map(str::to_owned).to_vec();
    auction.submit(&sue, "CreateAuction", ("p1", "a painting", invited));
    sue
}

/// Only a peer of the bidder's organisation sees the price.
fn bid(auction: &Deployed, bidder: &Client, price: u64) -> String {
    let secret = format!(r#"{{"price":{price},"salt":"{}"}}"#, salt(bidder));
    let bid = auction
        .request(bidder, "Bid", ("p1",))
        .transient("bid", secret)
        .endorsed_by([bidder.msp_id()]);
    bid.submit().result()
}

fn salt(bidder: &Client) -> String {
    format!("salt of {}", bidder.name())
}

fn submitted(auction: &Deployed, bidder: &Client, price: u64) -> String {
    let id = bid(auction, bidder, price);
    auction.submit(bidder, "SubmitBid", ("p1", &id));
    id
}

fn reveal(auction: &Deployed, bidder: &Client, id: &str, price: u64) {
    auction.submit(bidder, "RevealBid", ("p1", id, price, salt(bidder)));
}

fn bidders(network: &Network) -> [Client; 2] {
    [
        network.client("Org2MSP", "bob"),
        network.client("Org3MSP", "cy"),
    ]
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn the_highest_bid_wins(network: &Network, auction: &Deployed) {
    let sue = opened(network, auction);
    let [bob, cy] = bidders(network);
    let (of_bob, of_cy) = (
        submitted(auction, &bob, 70100),
        submitted(auction, &cy, 90200),
    );
    let public = network.dump();
    assert!(
        !public.contains(":70100") && !public.contains(":90200"),
        "{public}"
    );
    let own = auction
        .request(&bob, "ReadBid", ("p1", &of_bob))
        .endorsed_by(["Org2MSP"]);
    assert_eq!(own.simulate().result::<Bid>().price, 70100);

    auction.submit(&sue, "CloseAuction", ("p1",));
    reveal(auction, &bob, &of_bob, 70100);
    reveal(auction, &cy, &of_cy, 90200);
    auction.submit(&sue, "EndAuction", ("p1",));
    let ended: Auction = auction.evaluate(&bob, "ReadAuction", ("p1",)).unwrap();
    let bid = auction
        .request(&cy, "ReadBid", ("p1", &of_cy))
        .endorsed_by(["Org3MSP"]);
    let bid: Bid = bid.simulate().result();
    assert_eq!((ended.status, ended.price), (Status::Ended, 90200));
    assert_eq!(ended.winner, Some(bid.bidder));
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn only_what_was_bid_is_revealed(network: &Network, auction: &Deployed) {
    let sue = opened(network, auction);
    let [bob, cy] = bidders(network);
    let id = submitted(auction, &bob, 70100);
    let reveal = |client: &Client, id: &str, price: u64, salt: String| {
        auction.call(client, "RevealBid", ("p1", id, price, salt))
    };
    reveal(&bob, &id, 70100, salt(&bob)).expect_refused(409, "the auction is Open");
    auction.submit(&sue, "CloseAuction", ("p1",));
    let refused = "the caller did not bid this";
    reveal(&bob, &id, 70200, salt(&bob)).expect_refused(409, refused);
    reveal(&bob, &id, 70100, "pepper".to_owned()).expect_refused(409, refused);
    reveal(&cy, &id, 70100, salt(&bob)).expect_refused(409, refused);
    reveal(&bob, "b9", 70100, salt(&bob)).expect_refused(404, "there is no bid b9");
    let late = auction
        .request(&cy, "Bid", ("p1",))
        .transient("bid", r#"{"price":1,"salt":"x"}"#);
    late.simulate().expect_refused(409, "the auction is Closed");
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn a_peer_that_knows_of_a_higher_bid_does_not_endorse_the_end(
    network: &Network,
    auction: &Deployed,
) {
    network.allow(
        TrapKind::SwallowedError,
        "each organisation looks into its own collection, and others cannot",
    );
    let sue = opened(network, auction);
    let [bob, cy] = bidders(network);
    let (of_bob, of_cy) = (
        submitted(auction, &bob, 70100),
        submitted(auction, &cy, 90200),
    );
    auction.submit(&sue, "CloseAuction", ("p1",));
    reveal(auction, &bob, &of_bob, 70100);
    let end = |by: &[&str]| {
        auction
            .request(&sue, "EndAuction", ("p1",))
            .endorsed_by(by.iter().copied())
            .simulate()
    };
    end(&["Org3MSP"]).expect_refused(409, "a higher bid has not been revealed yet");
    assert!(
        end(&ALL).mismatch().is_some(),
        "Org3 disagrees with the others"
    );
    // The others know nothing, but they are not enough: everybody invited must endorse.
    let without = network.commit([&end(&["Org1MSP", "Org2MSP"])]);
    assert_eq!(without[0].name(), "ENDORSEMENT_POLICY_FAILURE");
    reveal(auction, &cy, &of_cy, 90200);
    network.commit([&end(&ALL)])[0].expect_valid();
}

/// Only Bob's lower bid is still sealed; the seller ends the auction.
fn all_but_one_revealed(network: &Network, auction: &Deployed) -> (Simulated, String) {
    network.allow(TrapKind::SwallowedError, "as above");
    let sue = opened(network, auction);
    let [bob, cy] = bidders(network);
    let (of_bob, of_cy) = (
        submitted(auction, &bob, 70100),
        submitted(auction, &cy, 90200),
    );
    auction.submit(&sue, "CloseAuction", ("p1",));
    reveal(auction, &cy, &of_cy, 90200);
    let end = auction.request(&sue, "EndAuction", ("p1",));
    (end.endorsed_by(ALL).simulate(), of_bob)
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn a_lower_bid_may_stay_sealed(network: &Network, auction: &Deployed) {
    let (ended, _) = all_but_one_revealed(network, auction);
    assert_eq!(ended.mismatch(), None, "all endorsers read the same");
    network.commit([&ended])[0].expect_valid();
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn bidders_do_not_conflict_with_each_other(network: &Network, auction: &Deployed) {
    opened(network, auction);
    let [bob, cy] = bidders(network);
    let ids = [(&bob, 70100), (&cy, 90200)].map(|(bidder, price)| bid(auction, bidder, price));
    assert_conflict_free!(
        network,
        auction.request(&bob, "SubmitBid", ("p1", &ids[0])),
        auction.request(&cy, "SubmitBid", ("p1", &ids[1])),
    );
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn a_reveal_in_the_same_block_undoes_the_end(network: &Network, auction: &Deployed) {
    let (ended, of_bob) = all_but_one_revealed(network, auction);
    let [bob, _] = bidders(network);
    let revealed = auction.call(&bob, "RevealBid", ("p1", &of_bob, 70100, salt(&bob)));
    let verdicts = network.commit([&revealed, &ended]);
    verdicts[0].expect_valid();
    assert_eq!(verdicts[1].name(), "PHANTOM_READ_CONFLICT");
}

#[selvedge_testkit::test(auction::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn only_the_seller_runs_the_auction(network: &Network, auction: &Deployed) {
    opened(network, auction);
    let [bob, _] = bidders(network);
    let closed = auction.call(&bob, "CloseAuction", ("p1",));
    closed.expect_refused(403, "only the seller may do this");
    let again = auction.call(
        &bob,
        "CreateAuction",
        ("p1", "a vase", vec!["Org2MSP".to_owned()]),
    );
    again.expect_refused(409, "the auction p1 already exists");
    auction
        .call(&bob, "ReadAuction", ("p2",))
        .expect_refused(404, "the auction p2 does not exist");
    auction.submit(
        &bob,
        "CreateAuction",
        ("p2", "a vase", Vec::<String>::new()),
    );
    let uninvited = auction
        .request(&network.client("Org3MSP", "cy"), "Bid", ("p2",))
        .transient("bid", r#"{"price":1,"salt":"x"}"#);
    uninvited
        .simulate()
        .expect_refused(403, "Org3MSP is not invited");
}
