//! A contract in JavaScript, as a component that packages from npm make, beside the same contract in Rust.

use super::{compare_call, folder};
use crate::harness::{Definition, Net, Plan, Runtime, call, wasm_package};

const NAMES: [&str; 2] = ["Rust", "JavaScript"];
const CHAINCODE: &str = "asset-transfer";

/// The first organisation runs ours, the second the package that the command line made.
fn network() -> Net {
    let net = Net::start(&Plan {
        runtime: Runtime::Wasm,
        organisations: NAMES.len(),
        batch: 1,
    });
    let ours = selvedge_testkit::component(&asset_transfer::CHAINCODE).to_vec();
    let ours = wasm_package("asset-transfer_rust", ours);
    let theirs = folder("SELVEDGE_INTEROP_JAVASCRIPT").join("asset-transfer.tar.gz");
    let theirs = std::fs::read(&theirs).unwrap_or_else(|error| panic!("{theirs:?}: {error}"));
    net.deploy_each(&Definition::new(CHAINCODE), &[ours, theirs]);
    net
}

/// Status and what it says: the payload, or the message of a refusal.
fn answer(net: &Net, args: &[&str]) -> (i32, String) {
    let bytes: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
    let response = compare_call(net, &NAMES, &call(CHAINCODE, &bytes), &args.join(" "));
    let text = match response.message.is_empty() {
        true => String::from_utf8(response.payload.to_vec()).unwrap(),
        false => response.message,
    };
    (response.status, text)
}

#[test]
#[ignore = "needs Node and its packages: started by tests/interop/javascript/run"]
fn a_contract_in_javascript_and_ours_answer_with_the_same_bytes() {
    let net = network();
    let ok = |args: &[&str], expected: &str| {
        assert_eq!(answer(&net, args), (200, expected.to_owned()), "{args:?}");
    };
    ok(&["CreateAsset", "a1", "blue", "5", "Tomoko", "300"], "");
    ok(
        &[
            "createAsset",
            "<&>",
            "grün",
            "-7",
            "a \"b\" \u{2028} 🦀",
            "0",
        ],
        "",
    );
    ok(&["AssetExists", "a1"], "true");
    ok(&["AssetExists", "a2"], "false");
    ok(&["TransferAsset", "a1", "Max"], "Tomoko");
    ok(
        &["ReadAsset", "a1"],
        r#"{"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"Max","Size":5}"#,
    );
    ok(&["UpdateAsset", "a1", "red", "6", "Max", "400"], "");
    let (_, odd) = answer(&net, &["ReadAsset", "<&>"]);
    assert!(odd.contains(r#""ID":"\u003c\u0026\u003e""#), "{odd}");
    let refused = |args: &[&str], status: i32, expected: &str| {
        assert_eq!(
            answer(&net, args),
            (status, expected.to_owned()),
            "{args:?}"
        );
    };
    refused(&["ReadAsset", "a9"], 404, "the asset a9 does not exist");
    refused(
        &["TransferAsset", "a9", "Max"],
        404,
        "the asset a9 does not exist",
    );
    let again = ["CreateAsset", "a1", "blue", "5", "Tomoko", "300"];
    refused(&again, 409, "the asset a1 already exists");
    // Whatever the peer says to this, both pass it on alike.
    answer(&net, &["ReadAsset", ""]);
}

/// More rows than the peer delivers at once.
#[test]
#[ignore = "needs Node and its packages: started by tests/interop/javascript/run"]
fn ranges_are_read_to_their_end() {
    let net = network();
    for n in 0..130 {
        let id = format!("r{n:03}");
        let created = answer(&net, &["CreateAsset", &id, "blue", "1", "ann", "1"]);
        assert_eq!(created, (200, String::new()));
    }
    let ids = |args: &[&str]| {
        let (status, all) = answer(&net, args);
        assert_eq!(status, 200, "{all}");
        let all: serde_json::Value = serde_json::from_str(&all).unwrap();
        all.as_array().unwrap().len()
    };
    assert_eq!(ids(&["GetAllAssets"]), 130);
    assert_eq!(ids(&["GetAssetsByRange", "r010", "r020"]), 10);
    let (_, deleted) = answer(&net, &["DeleteAsset", "r010"]);
    assert_eq!(deleted, "");
    assert_eq!(ids(&["GetAssetsByRange", "r010", "r020"]), 9);
}
