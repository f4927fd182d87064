//! Collections: who has what, who may ask, how long it lasts.

use crate::contracts::careless;
use selvedge_testkit::{Client, Collection, Deployed, Network};

const ORGANISATIONS: [&str; 3] = ["Org1MSP", "Org2MSP", "Org3MSP"];

fn three(collection: Collection) -> (Network, Deployed, Client) {
    let network = Network::with_organisations(ORGANISATIONS);
    let careless = network.deploy("careless", careless::CHAINCODE);
    network.define_collection("careless", collection.members(["Org1MSP", "Org2MSP"]));
    let ann = network.client("Org1MSP", "ann");
    (network, careless, ann)
}

fn hide(careless: &Deployed, client: &Client, key: &str) {
    careless
        .request(client, "hide", (key,))
        .transient("secret", "73500")
        .submit();
}

#[test]
fn members_have_the_value_and_others_its_hash() {
    let (network, careless, ann) = three(Collection::new("secrets"));
    hide(&careless, &ann, "k");
    let value = |msp_id: &str| network.private_state(msp_id, "careless", "secrets", "k");
    assert_eq!(value("Org1MSP").unwrap(), "73500");
    assert_eq!(value("Org2MSP").unwrap(), "73500");
    assert_eq!(value("Org3MSP"), None);
    assert_eq!(
        network
            .private_hash("careless", "secrets", "k")
            .unwrap()
            .len(),
        32
    );
}

#[test]
fn only_members_endorse_what_reads_in_clear() {
    let (network, careless, ann) = three(Collection::new("secrets"));
    hide(&careless, &ann, "k");
    network.lenient();
    let read = careless.call(&ann, "publish private", ("k",));
    assert_eq!(read.endorsers(), ["Org1MSP", "Org2MSP"]);
    assert_eq!(read.mismatch(), None);
    let by_all = careless
        .request(&ann, "publish private", ("k",))
        .endorsed_by(ORGANISATIONS)
        .simulate();
    let mismatch = by_all.mismatch().unwrap();
    assert!(
        mismatch.contains("private data matching public hash version is not available"),
        "{mismatch}"
    );
}

#[test]
fn member_only_collections_refuse_other_clients() {
    let collection = Collection::new("secrets")
        .member_only_read()
        .member_only_write();
    let (network, careless, ann) = three(collection);
    hide(&careless, &ann, "k");
    let eve = network.client("Org3MSP", "eve");
    let read = careless
        .request(&eve, "publish private", ("k",))
        .endorsed_by(["Org1MSP"])
        .simulate();
    let (_, message) = read.refusal().unwrap();
    assert!(
        message.ends_with("tx creator does not have read access permission on privatedata in chaincodeName:careless collectionName: secrets"),
        "{message}"
    );
    let write = careless
        .request(&eve, "hide", ("k",))
        .transient("secret", "1")
        .simulate();
    let (_, message) = write.refusal().unwrap();
    assert!(
        message.contains("does not have write access permission"),
        "{message}"
    );
}

#[test]
fn private_data_expires() {
    let (network, careless, ann) = three(Collection::new("secrets").block_to_live(2));
    hide(&careless, &ann, "k");
    let value = || network.private_state("Org2MSP", "careless", "secrets", "k");
    network.advance_blocks(2);
    assert!(value().is_some());
    network.advance_blocks(1);
    assert!(value().is_none());
}

#[test]
fn what_did_not_arrive_is_reconciled() {
    let (network, careless, ann) = three(Collection::new("secrets"));
    network.withhold_private_data("Org2MSP");
    hide(&careless, &ann, "k");
    let value = || network.private_state("Org2MSP", "careless", "secrets", "k");
    assert_eq!(value(), None);
    network.lenient();
    let read = careless.call(&ann, "publish private", ("k",));
    assert!(read.mismatch().is_some());
    network.reconcile("Org2MSP");
    assert_eq!(value().unwrap(), "73500");
    let read = careless.call(&ann, "publish private", ("k",));
    assert_eq!(read.mismatch(), None);
}

#[test]
fn a_collection_may_have_a_policy_of_its_own() {
    let collection = Collection::new("secrets").endorsement_policy("OR('Org2MSP.peer')");
    let (network, careless, ann) = three(collection);
    let request = careless
        .request(&ann, "hide", ("k",))
        .transient("secret", "73500");
    let by_one = request.clone().endorsed_by(["Org1MSP"]).simulate();
    assert_eq!(
        network.commit([&by_one])[0].to_string(),
        "ENDORSEMENT_POLICY_FAILURE: careless/secrets asks for OR('Org2MSP.peer'); endorsed by Org1MSP"
    );
    let by_two = request.endorsed_by(["Org2MSP"]).simulate();
    assert!(network.commit([&by_two])[0].is_valid());
}
