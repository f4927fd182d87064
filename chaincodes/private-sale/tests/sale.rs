//! A sale between two organisations, with a third one that looks on.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use private_sale::{Asset, Properties, Receipt, Terms};
use selvedge_testkit::{Client, Deployed, Network, Request, Simulated};

fn properties() -> String {
    r#"{"color":"blue","size":35,"salt":"a94a8fe5ccb19ba6"}"#.to_owned()
}

fn terms(price: u64) -> String {
    format!(r#"{{"assetId":"a1","tradeId":"109f4b3c50d7b0df","price":{price}}}"#)
}

/// Endorsed by the client's own organisation alone: nobody else sees what is transient.
fn own(sale: &Deployed, client: &Client, function: &str, secret: (&str, String)) -> Request {
    sale.request(client, function, ("a1",))
        .transient(secret.0, secret.1)
        .endorsed_by([client.msp_id()])
}

/// Ann of Org1 has an asset that she and Bob of Org2 know all about.
fn known(network: &Network, sale: &Deployed) -> (Client, Client) {
    let (ann, bob) = (
        network.client("Org1MSP", "ann"),
        network.client("Org2MSP", "bob"),
    );
    own(
        sale,
        &ann,
        "DepositProperties",
        ("properties", properties()),
    )
    .submit();
    sale.submit(&ann, "CreateAsset", ("a1", "a thing"));
    own(
        sale,
        &bob,
        "DepositProperties",
        ("properties", properties()),
    )
    .submit();
    (ann, bob)
}

fn agreed(sale: &Deployed, ann: &Client, bob: &Client, ask: u64, bid: u64) {
    own(sale, ann, "AgreeToSell", ("terms", terms(ask))).submit();
    own(sale, bob, "AgreeToBuy", ("terms", terms(bid))).submit();
}

fn transfer(sale: &Deployed, seller: &Client, price: u64, by: &[&str]) -> Simulated {
    sale.request(seller, "TransferAsset", ("a1", "Org2MSP"))
        .transient("terms", terms(price))
        .endorsed_by(by.iter().copied())
        .simulate()
}

const BOTH: [&str; 2] = ["Org1MSP", "Org2MSP"];

#[selvedge_testkit::test(private_sale::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn an_asset_is_sold_and_only_two_know_for_how_much(network: &Network, sale: &Deployed) {
    let (ann, bob) = known(network, sale);
    agreed(sale, &ann, &bob, 73500, 73500);
    let sold = transfer(sale, &ann, 73500, &BOTH);
    network.commit([&sold])[0].expect_valid();

    let asset: Asset = sale.evaluate(&bob, "ReadAsset", ("a1",)).unwrap();
    assert_eq!(asset.owner_org, "Org2MSP");
    let held = |msp_id: &str| {
        let collection = format!("_implicit_org_{msp_id}");
        network.private_state(msp_id, "private-sale", &collection, "\0properties\0a1\0")
    };
    assert_eq!((held("Org1MSP"), held("Org2MSP").is_some()), (None, true));
    let read = sale
        .request(&bob, "ReadProperties", ("a1",))
        .endorsed_by(["Org2MSP"]);
    assert_eq!(read.simulate().result::<Properties>().size, 35);
    for (client, msp_id) in [(&ann, "Org1MSP"), (&bob, "Org2MSP")] {
        let receipts = sale
            .request(client, "ReadReceipts", ())
            .endorsed_by([msp_id]);
        let receipts: Vec<Receipt> = receipts.simulate().result();
        assert_eq!(receipts[0].terms.price, 73500);
    }
    // Neither the state that all share nor what was endorsed shows a price or a property: there are hashes only.
    let public = network.dump() + &sold.rwset();
    for secret in [":73500", ":35", "blue", "tradeId", "color"] {
        assert!(!public.contains(secret), "{secret} in {public}");
    }
}

#[selvedge_testkit::test(private_sale::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn the_owners_organisation_must_endorse(network: &Network, sale: &Deployed) {
    let (ann, bob) = known(network, sale);
    let describe = |client: &Client, by: &[&str]| {
        sale.request(client, "ChangePublicDescription", ("a1", "a thing"))
            .endorsed_by(by.iter().copied())
            .simulate()
    };
    // Two of three organisations satisfy the chaincode's policy; the asset's own asks for the third.
    let without = network.commit([&describe(&ann, &["Org2MSP", "Org3MSP"])]);
    assert_eq!(
        without[0].to_string(),
        "ENDORSEMENT_POLICY_FAILURE: private-sale/asset:a1 asks for OR('Org1MSP.peer'); endorsed by Org2MSP, Org3MSP"
    );
    network.commit([&describe(&ann, &["Org1MSP"])])[0].expect_valid();
    describe(&bob, &["Org1MSP"]).expect_refused(403, "Org1MSP owns the asset, not Org2MSP");

    agreed(sale, &ann, &bob, 73500, 73500);
    network.commit([&transfer(sale, &ann, 73500, &BOTH)])[0].expect_valid();
    describe(&ann, &["Org1MSP"]).expect_refused(403, "Org2MSP owns the asset, not Org1MSP");
    let old_owner = network.commit([&describe(&bob, &["Org1MSP"])]);
    assert_eq!(old_owner[0].name(), "ENDORSEMENT_POLICY_FAILURE");
    network.commit([&describe(&bob, &["Org2MSP"])])[0].expect_valid();
}

#[selvedge_testkit::test(private_sale::CHAINCODE, organisations = ["Org1MSP", "Org2MSP", "Org3MSP"])]
fn a_sale_needs_both_sides_to_agree(network: &Network, sale: &Deployed) {
    let (ann, bob) = known(network, sale);
    let attempt = |price| transfer(sale, &ann, price, &BOTH);
    attempt(73500).expect_refused(409, "Org1MSP has not agreed to these terms");
    agreed(sale, &ann, &bob, 73500, 73000);
    attempt(73500).expect_refused(409, "Org2MSP has not agreed to these terms");
    attempt(73000).expect_refused(409, "Org1MSP has not agreed to these terms");
    // The buyer's agreement goes with the sale, so a peer of the buyer must endorse it.
    agreed(sale, &ann, &bob, 73500, 73500);
    let alone = network.commit([&transfer(sale, &ann, 73500, &["Org1MSP"])]);
    assert!(
        alone[0]
            .to_string()
            .contains("_implicit_org_Org2MSP asks for"),
        "{}",
        alone[0]
    );
    let other = r#"{"assetId":"a2","tradeId":"1","price":1}"#.to_owned();
    let misplaced = own(sale, &ann, "AgreeToSell", ("terms", other)).simulate();
    misplaced.expect_refused(400, "the terms are for the asset a2");
}

#[selvedge_testkit::test(private_sale::CHAINCODE, organisations = ["Org1MSP", "Org2MSP"])]
fn properties_are_what_they_were(network: &Network, sale: &Deployed) {
    let (ann, bob) = known(network, sale);
    let other = properties().replace("blue", "grey");
    let verify =
        |text: String| own(sale, &bob, "VerifyProperties", ("properties", text)).simulate();
    assert!(verify(properties()).result::<bool>());
    assert!(!verify(other.clone()).result::<bool>());
    for client in [&ann, &bob] {
        let changed = own(
            sale,
            client,
            "DepositProperties",
            ("properties", other.clone()),
        );
        changed
            .simulate()
            .expect_refused(409, "these are not the properties");
    }
    let cy = network.client("Org2MSP", "cy");
    let unknown = sale.call(&cy, "CreateAsset", ("a2", "a thing nobody knows"));
    unknown.expect_refused(409, "Org2MSP has not deposited the properties");
    let again = sale.call(&ann, "CreateAsset", ("a1", "the same again"));
    again.expect_refused(409, "the asset a1 already exists");
    let missing = sale.call(&ann, "AgreeToSell", ("a1",));
    missing.expect_refused(400, "terms is missing in the transient data");
}

#[test]
fn the_order_of_members_in_the_clients_json_does_not_matter() {
    let one: Terms = read(r#"{"assetId":"a1","price":1,"tradeId":"x"}"#);
    let other: Terms = read(r#"{"tradeId":"x","price":1,"assetId":"a1"}"#);
    assert_eq!(
        selvedge_sdk::to_json(&one).unwrap(),
        selvedge_sdk::to_json(&other).unwrap()
    );
}

fn read(text: &str) -> Terms {
    selvedge_sdk::from_json(text.as_bytes()).unwrap()
}
