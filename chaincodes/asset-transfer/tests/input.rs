//! What a client is told whose call cannot be understood: the argument's name, and what was expected.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use asset_transfer::CHAINCODE;
use selvedge_sdk::Bytes;
use selvedge_testkit::{component, on_every_runtime};

/// No more than this is said of a text that a client sent.
const EXCERPT: usize = 200;

#[test]
fn a_wrong_call_is_answered_with_what_is_right() {
    let page = r#"GetAssetsPage"#;
    let create = "CreateAsset";
    let cases: Vec<(Vec<&[u8]>, &str)> = vec![
        // Wrong arity.
        (
            vec![b"ReadAsset"],
            "incorrect number of params. Expected 1, received 0: ReadAsset takes id",
        ),
        (
            vec![b"ReadAsset", b"a", b"b"],
            "incorrect number of params. Expected 1, received 2: ReadAsset takes id",
        ),
        (
            vec![create.as_bytes(), b"a", b"b"],
            "incorrect number of params. Expected 5, received 2: CreateAsset takes id, color, size, owner and \
             appraisedValue",
        ),
        (
            vec![b"GetAllAssets", b"a"],
            "incorrect number of params. Expected 0, received 1: GetAllAssets takes no arguments",
        ),
        // Wrong type.
        (
            vec![create.as_bytes(), b"a", b"blue", b"five", b"ann", b"1"],
            "error managing parameter size. conversion error. cannot convert passed value five to int64: expected a \
             whole number from -9223372036854775808 to 9223372036854775807",
        ),
        (
            vec![create.as_bytes(), b"a", b"blue", b"", b"ann", b"1"],
            "error managing parameter size. conversion error. cannot convert passed value  to int64: expected a \
             whole number from -9223372036854775808 to 9223372036854775807",
        ),
        (
            vec![
                create.as_bytes(),
                b"a",
                b"blue",
                b"5",
                b"ann",
                b"99999999999999999999",
            ],
            "error managing parameter appraisedValue. conversion error. cannot convert passed value \
             99999999999999999999 to int64: expected a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        (
            vec![b"ReadAsset", b"\xff"],
            "error managing parameter id. conversion error. value is not valid UTF-8",
        ),
        // Wrong JSON.
        (
            vec![page.as_bytes(), b"{"],
            "error managing parameter page. conversion error. value { was not passed in expected format Page: EOF \
             while parsing an object at line 1 column 1",
        ),
        (
            vec![page.as_bytes(), b"{\"bookmark\":\"\"}"],
            "error managing parameter page. conversion error. value {\"bookmark\":\"\"} was not passed in expected \
             format Page: missing field `size` at line 1 column 15",
        ),
        (
            vec![page.as_bytes(), b"{\"size\":\"two\"}"],
            "error managing parameter page. conversion error. value {\"size\":\"two\"} was not passed in expected \
             format Page: invalid type: string \"two\", expected i32 at line 1 column 13",
        ),
        // What does not exist.
        (vec![b""], "Blank function name passed"),
        (vec![], "Blank function name passed"),
        (
            vec![b"asset:ReadAsset", b"a"],
            "Contract not found with name asset; this chaincode has SmartContract",
        ),
        (vec![b"\xff\xfe"], "the function name is not valid UTF-8"),
        (
            vec![b"org.hyperledger.fabric:Metadata"],
            "Function Metadata not found in contract org.hyperledger.fabric, which has GetMetadata",
        ),
    ];
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = network.client("Org1MSP", "ann");
        for (args, expected) in &cases {
            let args = args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect();
            let call = assets.call_raw(&ann, args, false, &[]);
            assert_eq!(call.refusal(), Some((400, *expected)));
        }
        let unknown = assets.call(&ann, "StealAsset", ());
        let (status, text) = unknown.refusal().unwrap();
        assert_eq!(status, 400);
        assert!(
            text.starts_with("Function StealAsset not found in contract SmartContract, which has "),
            "{text}"
        );
        assert!(text.contains("TransferAsset"), "{text}");
    });
}

#[test]
fn what_is_too_long_is_not_repeated_whole() {
    on_every_runtime(CHAINCODE, |network, assets| {
        let ann = network.client("Org1MSP", "ann");
        let long = "x".repeat(100_000);
        let nested = "[".repeat(100_000);
        for args in [
            vec![long.as_str()],
            vec![&format!("{long}:ReadAsset")],
            vec![&format!("SmartContract:{long}")],
            vec!["GetAssetsPage", &long],
            vec!["GetAssetsPage", &nested],
            vec!["CreateAsset", "a", "blue", &long, "ann", "1"],
        ] {
            let args = args
                .into_iter()
                .map(|arg| Bytes::copy_from_slice(arg.as_bytes()));
            let call = assets.call_raw(&ann, args.collect(), false, &[]);
            let (status, text) = call.refusal().unwrap();
            assert_eq!(status, 400);
            assert!(text.len() < EXCERPT + 600, "{} bytes", text.len());
        }
    });
}

/// A ratchet: whoever makes components smaller lowers it. The goal was 150 kB, metadata of 4 kB included, which are not here.
#[test]
fn the_component_does_not_grow() {
    let size = component(&CHAINCODE).len();
    assert!(size < 140_000, "asset-transfer has {size} bytes");
}
