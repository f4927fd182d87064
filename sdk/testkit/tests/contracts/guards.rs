//! `allow(…)`: who may call, in the code and in the metadata.

use expect_test::expect_file;
use selvedge_sdk::prelude::*;
use selvedge_testkit::Network;
use serde_json::{Value, json};

#[derive(Default)]
pub struct Vault;

#[contract(allow(msp("Org1MSP", "Org2MSP")))]
impl Vault {
    #[transaction]
    fn anybody(&self, _: &View) {}

    #[transaction(allow(attr("role" = "appraiser"), msp("Org1MSP")))]
    fn appraise(&self, _: &Tx, value: u32) -> u32 {
        value
    }

    #[transaction(allow(attr("role" = ["appraiser", "auditor"], "badge")))]
    fn audit(&self, _: &Query) {}

    #[transaction(allow(unit("client")))]
    fn as_client(&self, _: &View) {}

    #[transaction(allow(unit("admin", "orderer")))]
    fn as_admin(&self, _: &View) {}
}

selvedge_sdk::chaincode!(Vault);

#[test]
fn only_those_who_are_allowed_get_in() {
    let network = Network::new();
    let vault = network.deploy("vault", CHAINCODE);
    let ann = network.client_with("Org1MSP", "ann", &[("role", "appraiser")]);
    let bob = network.client_with("Org2MSP", "bob", &[("role", "appraiser")]);
    let cy = network.client_with("Org1MSP", "cy", &[("role", "trader")]);
    let dan = network.client_with("Org1MSP", "dan", &[("role", "auditor"), ("badge", "7")]);
    let eve = network.client("Org3MSP", "eve");
    let refused = |text: &str| Some((403, text.to_owned()));
    let cases = [
        (&ann, "Anybody", None),
        (
            &eve,
            "Anybody",
            refused(
                "the caller may not use this contract: it is for members of Org1MSP or Org2MSP, not of Org3MSP",
            ),
        ),
        (
            &eve,
            "Nonsense",
            refused(
                "the caller may not use this contract: it is for members of Org1MSP or Org2MSP, not of Org3MSP",
            ),
        ),
        (
            &bob,
            "Appraise",
            refused(
                "the caller may not use Appraise: it is for members of Org1MSP, not of Org2MSP",
            ),
        ),
        (
            &cy,
            "appraise",
            refused(
                "the caller may not use Appraise: attribute 'role' equals 'trader', not 'appraiser'",
            ),
        ),
        (
            &cy,
            "Audit",
            refused(
                "the caller may not use Audit: attribute 'role' equals 'trader', not 'appraiser' or 'auditor'",
            ),
        ),
        (
            &ann,
            "Audit",
            refused("the caller may not use Audit: attribute 'badge' was not found"),
        ),
        (&dan, "Audit", None),
        (&ann, "AsClient", None),
        (
            &ann,
            "AsAdmin",
            refused(
                "the caller may not use AsAdmin: its certificate is not of the organizational unit admin or orderer",
            ),
        ),
    ];
    for (client, function, expected) in cases {
        let call = vault.call(client, function, ());
        let refusal = call
            .refusal()
            .map(|(status, text)| (status, text.to_owned()));
        assert_eq!(refusal, expected, "{function}");
    }
    assert_eq!(vault.call(&ann, "Appraise", (5,)).text(), "5");
}

#[test]
fn a_guard_comes_before_the_arguments() {
    let network = Network::new();
    let vault = network.deploy("vault", CHAINCODE);
    let cy = network.client("Org1MSP", "cy");
    let call = vault.call(&cy, "Appraise", ("no number", "and too many"));
    assert_eq!(call.refusal().unwrap().0, 403);
}

#[test]
fn clients_can_read_who_is_allowed() {
    let network = Network::new();
    let vault = network.deploy("vault", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let metadata = vault.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let metadata: Value = serde_json::from_slice(&metadata.response().payload).unwrap();
    expect_file!["vault.metadata.json"].assert_eq(&crate::pretty(&metadata));
    let contract = &metadata["contracts"]["Vault"];
    assert_eq!(
        contract["x-allow"],
        json!([{"msp": ["Org1MSP", "Org2MSP"]}])
    );
    let of = |name: &str| {
        let transactions = contract["transactions"].as_array().unwrap();
        let found = transactions.iter().find(|found| found["name"] == name);
        found.unwrap()["x-allow"].clone()
    };
    assert_eq!(of("Anybody"), Value::Null);
    assert_eq!(
        of("Audit"),
        json!([{"attribute": "role", "values": ["appraiser", "auditor"]}, {"attribute": "badge"}])
    );
    assert_eq!(of("AsClient"), json!([{"unit": ["client"]}]));
}
