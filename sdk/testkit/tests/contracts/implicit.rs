//! Records in implicit collections, by whoever's they are, and the policy of a key.

use prost::Message;
use selvedge_identity::members;
use selvedge_protos::common::msp_role::MspRoleType;
use selvedge_sdk::endorsed_by_all;
use selvedge_sdk::prelude::*;
use selvedge_testkit::{Network, expect};

const NOTES: Implicit<(String, u32), String> = Implicit::new("note");
const ALIASES: Implicit<String, String> = Implicit::new("alias");

#[derive(Default)]
pub struct Desk;

#[contract(state(NOTES, ALIASES))]
impl Desk {
    /// The same note through an overlay, which keeps two organisations' collections apart.
    #[transaction]
    fn write(&self, tx: &Tx, organisations: Vec<String>, note: String) -> Result<(), SdkError> {
        let mut seen = tx.overlay();
        for organisation in &organisations {
            let notes = NOTES.of(organisation);
            let key = (note.clone(), 10);
            let before = seen.get(&notes, &key)?;
            let text = before.map_or(note.clone(), |before| before + &note);
            seen.put(&notes, &key, &text)?;
        }
        Ok(())
    }

    #[transaction]
    fn read(&self, query: &Query) -> Result<Vec<String>, SdkError> {
        let notes = NOTES.of(query.client()?.msp_id());
        notes.range(query, ..)?.map(|row| Ok(row?.1)).collect()
    }

    #[transaction]
    fn is(&self, view: &View, organisation: String, text: String) -> Result<bool, SdkError> {
        NOTES.of(&organisation).is(view, &(text.clone(), 10), &text)
    }
}

selvedge_sdk::chaincode!(Desk);

#[test]
fn every_organisation_has_its_own() {
    let network = Network::with_organisations(["Org1MSP", "Org2MSP"]);
    let desk = network.deploy("desk", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let both = ["Org1MSP", "Org2MSP", "Org1MSP"]
        .map(str::to_owned)
        .to_vec();
    let of_one = desk.request(&ann, "Write", (vec!["Org1MSP".to_owned()], "hush"));
    of_one.clone().endorsed_by(["Org1MSP"]).submit();
    let written = desk.request(&ann, "Read", ()).endorsed_by(["Org1MSP"]);
    assert_eq!(written.simulate().text(), r#"["hush"]"#);
    // By hash, whoever is asked.
    for (organisation, text, expected) in
        [("Org1MSP", "hush", "true"), ("Org2MSP", "hush", "false")]
    {
        let asked = desk.call(&ann, "Is", (organisation, text));
        assert_eq!((asked.text().as_str(), asked.mismatch()), (expected, None));
    }
    let written = desk
        .request(&ann, "Write", (both, "x"))
        .endorsed_by(["Org1MSP"]);
    expect![[r#"
        desk
          collection _implicit_org_Org1MSP
            write note:x,0000000a = "xx"
          collection _implicit_org_Org2MSP
            write note:x,0000000a = "x"
    "#]]
    .assert_eq(&written.simulate().private_writes());
}

#[test]
fn the_metadata_says_that_they_are_implicit() {
    let network = Network::new();
    let desk = network.deploy("desk", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let metadata = desk.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.response().payload).unwrap();
    assert_eq!(
        metadata["contracts"]["Desk"]["x-state"],
        serde_json::json!([
            {"kind": "implicit", "name": "note", "parts": 2},
            {"kind": "implicit", "name": "alias", "parts": 1},
        ])
    );
}

#[test]
fn the_policy_of_a_key_is_what_fabrics_helper_writes() {
    let long = "a name that is longer than what one byte of a length can say, which ".repeat(5);
    for msp_ids in [
        vec!["Org1MSP"],
        vec!["Org2MSP", "Org1MSP", "Org3MSP"],
        vec![&long, "Org1MSP"],
    ] {
        let n = i32::try_from(msp_ids.len()).unwrap();
        let expected = members(n, MspRoleType::Peer, &msp_ids).encode_to_vec();
        assert_eq!(endorsed_by_all(&msp_ids).unwrap(), expected, "{msp_ids:?}");
    }
    let twice = endorsed_by_all(["Org1MSP", "Org1MSP"]).unwrap();
    assert_eq!(twice, endorsed_by_all(["Org1MSP"]).unwrap());
    let nobody = endorsed_by_all(Vec::<String>::new()).unwrap_err();
    assert_eq!(
        nobody.message(),
        "an endorsement policy names at least one organisation"
    );
}
