//! Our output against what Fabric's command line printed for the same answers of the same peers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use prost::Message;
use selvedge_protos::lifecycle::query_installed_chaincodes_result::{
    Chaincode, InstalledChaincode, References,
};
use selvedge_protos::lifecycle::{
    CheckCommitReadinessArgs, CheckCommitReadinessResult, QueryApprovedChaincodeDefinitionArgs,
    QueryApprovedChaincodeDefinitionResult, QueryChaincodeDefinitionArgs,
    QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsResult,
    QueryInstalledChaincodesResult,
};
use selvedge_protos::protos::{ProposalResponse, Response};
use serde_json::Value;

use super::*;

fn golden(path: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/golden")
        .join(path);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What the recorded command printed on standard output, or its error line.
fn printed(file: &str) -> String {
    let text = String::from_utf8(golden(&format!("cli/{file}.txt"))).unwrap();
    let body = text.split_once('\n').unwrap().1;
    body[..body.rfind("exit status").unwrap()].to_owned()
}

/// The recorded answer of `org` to a `_lifecycle` function with exactly these arguments, the last one asked.
fn answer(function: &str, args: &[u8], org: &str) -> Response {
    let index: Vec<Value> = serde_json::from_slice(&golden("proposals/index.json")).unwrap();
    let asked = |entry: &&Value| {
        let arg = &entry["args"][1];
        let hex = arg["hex"].as_str().map(|text| hex::decode(text).unwrap());
        entry["args"][0] == function && hex.unwrap_or_else(|| arg.as_str().unwrap().into()) == args
    };
    let mut found = index
        .iter()
        .enumerate()
        .filter(|(_, entry)| asked(entry))
        .map(|(at, _)| at + 1);
    let read = |number: usize| {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!(
            "../tests/golden/proposals/{number:03}.{org}.response"
        ));
        std::fs::read(file).ok()
    };
    let bytes = found
        .rfind(|number| read(*number).is_some())
        .and_then(read)
        .unwrap();
    ProposalResponse::decode(Bytes::from(bytes))
        .unwrap()
        .response
        .unwrap()
}

#[test]
fn committed_definitions() {
    for org in ["Org1", "Org2", "Org3"] {
        for name in ["kv", "cc2"] {
            let args = QueryChaincodeDefinitionArgs {
                name: name.to_owned(),
            }
            .encode_to_vec();
            let payload = answer("QueryChaincodeDefinition", &args, org).payload;
            let result = QueryChaincodeDefinitionResult::decode(payload).unwrap();
            assert_eq!(
                to_go_json(committed_json(&result)) + "\n",
                printed(&format!("querycommitted_{name}.{org}"))
            );
        }
        let payload = answer("QueryChaincodeDefinitions", b"", org).payload;
        let mut result = QueryChaincodeDefinitionsResult::decode(payload).unwrap();
        // A peer lists them in no particular order, and the command asked again: put them in the order it printed.
        let printed = printed(&format!("querycommitted_all.{org}"));
        result
            .chaincode_definitions
            .sort_by_key(|definition| printed.find(&format!("\"name\": \"{}\"", definition.name)));
        assert_eq!(to_go_json(committed_list_json(&result)) + "\n", printed);
    }
}

#[test]
fn approved_definitions() {
    for (name, orgs) in [
        ("kv", &["Org1", "Org2", "Org3"][..]),
        ("cc2", &["Org1", "Org2"]),
    ] {
        for org in orgs {
            let args = QueryApprovedChaincodeDefinitionArgs {
                name: name.to_owned(),
                sequence: 0,
            }
            .encode_to_vec();
            let payload = answer("QueryApprovedChaincodeDefinition", &args, org).payload;
            let result = QueryApprovedChaincodeDefinitionResult::decode(payload).unwrap();
            assert_eq!(
                to_go_json(approved_json(&result)) + "\n",
                printed(&format!("queryapproved_{name}.{org}"))
            );
        }
    }
}

#[test]
fn installed_packages() {
    for org in ["Org1", "Org2", "Org3"] {
        let expected = printed(&format!("queryinstalled.{org}"));
        let json: Value = serde_json::from_str(&expected).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let chaincode = |value: &Value| Chaincode {
            name: text(&value["name"]),
            version: text(&value["version"]),
        };
        let references = |value: &Value| -> BTreeMap<String, References> {
            let channels = value.as_object().into_iter().flatten();
            let chaincodes = |value: &Value| {
                value["chaincodes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(chaincode)
                    .collect()
            };
            channels
                .map(|(name, value)| {
                    (
                        name.clone(),
                        References {
                            chaincodes: chaincodes(value),
                        },
                    )
                })
                .collect()
        };
        let package = |value: &Value| InstalledChaincode {
            package_id: text(&value["package_id"]),
            label: text(&value["label"]),
            references: references(&value["references"]),
        };
        let packages = json["installed_chaincodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(package)
            .collect();
        let result = QueryInstalledChaincodesResult {
            installed_chaincodes: packages,
        };
        assert_eq!(to_go_json(installed_json(&result)) + "\n", expected);
    }
}

#[test]
fn readiness_of_a_definition() {
    let approvals = ["Org1MSP", "Org2MSP", "Org3MSP"].map(|org| (org.to_owned(), false));
    let result = CheckCommitReadinessResult {
        approvals: approvals.into(),
        ..Default::default()
    };
    assert_eq!(
        to_go_json(readiness_json(&result, false)) + "\n",
        printed("checkcommitreadiness_kv.Org1")
    );
}

#[test]
fn plain_text_forms() {
    let approvals = [("Org2MSP".to_owned(), false), ("Org1MSP".to_owned(), true)];
    let result = QueryChaincodeDefinitionResult {
        sequence: 2,
        version: "1.0".to_owned(),
        endorsement_plugin: "escc".to_owned(),
        validation_plugin: "vscc".to_owned(),
        approvals: approvals.clone().into(),
        ..Default::default()
    };
    assert_eq!(
        committed("kv", "ch", &result),
        "Committed chaincode definition for chaincode 'kv' on channel 'ch':\nVersion: 1.0, Sequence: 2, Endorsement Plugin: escc, Validation Plugin: vscc, Approvals: [Org1MSP: true, Org2MSP: false]\n"
    );
    let asked = CheckCommitReadinessArgs {
        name: "kv".to_owned(),
        version: "1.0".to_owned(),
        sequence: 2,
        ..Default::default()
    };
    let items = vec!["EndorsementInfo".to_owned(), "Collections".to_owned()];
    let mismatches = [(
        "Org2MSP".to_owned(),
        selvedge_protos::lifecycle::check_commit_readiness_result::Mismatches { items },
    )];
    let result = CheckCommitReadinessResult {
        approvals: approvals.into(),
        mismatches: mismatches.into(),
    };
    assert_eq!(
        readiness("ch", &asked, &result, true),
        "Chaincode definition for chaincode 'kv', version '1.0', sequence '2' on channel 'ch' approval status by org:\nOrg1MSP: true\nOrg2MSP: false (mismatch: [EndorsementInfo, Collections])\n"
    );
}
