//! `selvedge dev` with an endorsement policy and collections of the contract's own.

use super::{Network, ORDERER, dev};
use serde_json::Value;

const COLLECTIONS: &str =
    r#"[{"name":"appraisals","policy":"OR('Org1MSP.member','Org2MSP.member')","blockToLive":3}]"#;

#[test]
fn a_policy_and_collections_are_part_of_the_definition() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("collections.json");
    std::fs::write(&file, COLLECTIONS).unwrap();
    let network = Network::start_with(&[
        "--signature-policy",
        "OR('Org1MSP.peer')",
        "--collections-config",
        file.to_str().unwrap(),
    ]);
    let (ok, out, said) = network.shell(
        "Org1-user",
        "selvedge lifecycle chaincode querycommitted -C dev -n asset-transfer -O json",
    );
    assert!(ok, "{said}");
    let definition: Value = serde_json::from_str(&out).unwrap();
    let collection = &definition["collections"]["config"][0]["Payload"]["StaticCollectionConfig"];
    assert_eq!(collection["name"], "appraisals", "{definition}");
    assert_eq!(collection["block_to_live"], 3, "{definition}");

    // The channel would ask for both organisations.
    let create = |who: &str, id: &str| {
        let args = format!(r#"{{"Args":["CreateAsset","{id}","blue","5","Ann","300"]}}"#);
        let line = format!(
            "selvedge chaincode invoke -C dev -n asset-transfer -c '{args}' {ORDERER} --waitForEvent"
        );
        network.shell(who, &line)
    };
    let (ok, _, said) = create("Org1-user", "a");
    assert!(ok, "{said}");
    let (ok, _, said) = create("Org2-user", "b");
    assert!(!ok && said.contains("ENDORSEMENT_POLICY_FAILURE"), "{said}");
}

#[test]
fn what_cannot_be_read_is_told_before_anything_is_built() {
    let said = |arguments: &[&str]| {
        let output = dev(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let policy = said(&["--once", "--signature-policy", "OR('Org1MSP.peer'"]);
    assert!(
        policy.contains("invalid signature policy: OR('Org1MSP.peer'"),
        "{policy}"
    );
    let file = said(&["--once", "--collections-config", "nowhere.json"]);
    assert!(
        file.contains("could not read file 'nowhere.json'"),
        "{file}"
    );
    let legacy = said(&["--once", "--legacy", "--signature-policy", "OR('A.peer')"]);
    assert!(legacy.contains("cannot be used with"), "{legacy}");
}
