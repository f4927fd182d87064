//! The SDK's promises, kept on the real ledger.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod common;

use common::{CHAINCODE, Grade, Parcel};
use expect_test::expect;
use selvedge_sdk::{Bytes, Time};
use selvedge_testkit::{Client, Deployed, Network, TrapKind};

fn post() -> (Network, Deployed, Client) {
    let network = Network::new();
    let post = network.deploy("post", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    (network, post, ann)
}

fn parcel(weight_grams: u32, grade: Grade) -> Parcel {
    Parcel {
        weight_grams,
        grade,
        note: None,
    }
}

#[test]
fn composite_keys_keep_the_order_of_numbers() {
    let (_network, post, ann) = post();
    for number in [10, 9, 100, 1_000_000] {
        post.submit(&ann, "Send", ("north", number, parcel(5, Grade::Low)));
    }
    post.submit(&ann, "Send", ("northeast", 1, parcel(5, Grade::High)));
    assert_eq!(
        post.evaluate::<Vec<u32>>(&ann, "NumbersOn", ("north",))
            .unwrap(),
        [9, 10, 100, 1_000_000]
    );
    assert_eq!(
        post.evaluate::<Vec<u32>>(&ann, "Between", ("north", 10, 1_000_000))
            .unwrap(),
        [10, 100]
    );
    let high: Vec<String> = post
        .evaluate(&ann, "OfGrade", (Grade::High,))
        .unwrap_or_default();
    assert_eq!(high, ["northeast/1"]);
}

#[test]
fn a_write_is_readable_text_and_an_event() {
    let (_network, post, ann) = post();
    let sent = post.submit(&ann, "Send", ("north", 7, parcel(5, Grade::High)));
    expect![[r#"
        post
          read closed absent
          write grade~shelf~number:01,north,00000007 = 0x00
          write parcel:north,00000007 = {"weightGrams":5,"grade":"high"}
    "#]]
    .assert_eq(&sent.rwset());
    let event = sent.event().unwrap();
    assert_eq!(
        (event.name.as_str(), event.payload.as_ref()),
        ("Sent", &br#"{"weight":5}"#[..])
    );
    assert_eq!(
        post.call(&ann, "EmitTwice", ()).refusal(),
        Some((
            500,
            "a transaction carries one event: Sent is set, Sent would replace it; emit_all sends several"
        ))
    );
}

#[test]
fn writes_go_on_while_a_scan_is_running() {
    let (_network, post, ann) = post();
    post.submit(&ann, "Send", ("north", 1, parcel(5, Grade::Low)));
    post.submit(&ann, "Send", ("south", 2, parcel(6, Grade::Low)));
    let doubled = post.submit(&ann, "Double", ());
    assert_eq!(doubled.result::<u32>(), 2);
    expect![[r#"
        post
          read closed absent
          range parcel:..parcel:… to its end
            read parcel:north,00000001 at 1.0
            read parcel:south,00000002 at 2.0
          write parcel:north,00000001 = {"weightGrams":10,"grade":"low"}
          write parcel:south,00000002 = {"weightGrams":12,"grade":"low"}
    "#]]
    .assert_eq(&doubled.rwset());
}

#[test]
fn a_row_that_appears_in_a_range_is_a_phantom() {
    let (network, post, ann) = post();
    post.submit(&ann, "Send", ("north", 1, parcel(5, Grade::Low)));
    let sent = post.call(&ann, "Send", ("north", 2, parcel(5, Grade::Low)));
    let doubled = post.call(&ann, "Double", ());
    let verdicts = network.commit([&sent, &doubled]);
    assert!(verdicts[0].is_valid());
    expect![[
        r#"PHANTOM_READ_CONFLICT: post/parcel:..parcel:… at parcel:north,00000002 was absent and is at 2.0 now, written by transaction 0 of this block"#
    ]]
    .assert_eq(&verdicts[1].to_string());
}

#[test]
fn errors_carry_status_and_fields() {
    let (_network, post, ann) = post();
    assert_eq!(
        post.call(&ann, "Fetch", ("north", 1)).refusal(),
        Some((404, r#"no parcel 1 on shelf "north""#))
    );
    let heavy = post.call(&ann, "Send", ("north", 1, parcel(10_001, Grade::Low)));
    assert_eq!(
        heavy.refusal(),
        Some((422, "10001 g is too heavy, 10000 g is the limit"))
    );
    post.submit(&ann, "Send", ("north", 1, parcel(1, Grade::Low)));
    assert_eq!(
        post.evaluate::<Parcel>(&ann, "Fetch", ("north", 1))
            .unwrap(),
        parcel(1, Grade::Low)
    );
}

#[test]
fn calls_are_routed_as_contract_api_does() {
    let (_network, post, ann) = post();
    let answer = |name: &str, args: &[&str]| {
        let mut all = vec![Bytes::copy_from_slice(name.as_bytes())];
        all.extend(
            args.iter()
                .map(|arg| Bytes::copy_from_slice(arg.as_bytes())),
        );
        let answer = post.call_raw(&ann, all, false, &[]);
        (
            answer.response().status,
            answer.response().message.clone(),
            answer.text(),
        )
    };
    let ok = |text: &str| (200, String::new(), text.to_owned());
    let bad = |text: &str| (400, text.to_owned(), String::new());
    assert_eq!(answer("Sum", &["[1,2]", "false"]), ok("3"));
    assert_eq!(answer("sum", &["[1,2]", "true"]), ok("-3"));
    assert_eq!(answer("Post:Sum", &["[]", "false"]), ok("0"));
    assert_eq!(answer("second:say", &[]), ok("something"));
    assert_eq!(
        answer("Sum", &["[1,2]"]),
        bad("incorrect number of params. Expected 2, received 1: Sum takes numbers and negate")
    );
    assert_eq!(
        answer("Sum", &["[]", "true", "x"]),
        bad("incorrect number of params. Expected 2, received 3: Sum takes numbers and negate")
    );
    assert_eq!(
        answer("Sum", &["[]", "yes"]),
        bad(
            "error managing parameter negate. conversion error. cannot convert passed value yes to bool: expected true or false"
        )
    );
    assert_eq!(
        answer("third:Sum", &[]),
        bad("Contract not found with name third; this chaincode has Post and second")
    );
    assert_eq!(
        answer("a:b:Sum", &[]),
        bad("Contract not found with name a:b; this chaincode has Post and second")
    );
    assert_eq!(
        answer("second:Nothing", &[]),
        bad("Function Nothing not found in contract second, which has Say")
    );
    assert_eq!(answer("second:", &[]), bad("Blank function name passed"));
    assert_eq!(answer("", &[]), bad("Blank function name passed"));
    assert_eq!(answer("anything", &[]), ok("no anything here"));
    assert_eq!(
        answer("nonsense", &["a"]),
        (418, "nonsense with 1 arguments".to_owned(), String::new())
    );
    let post = post.init_required("1.0");
    let init = post.call_raw(&ann, vec![], true, &[]);
    assert_eq!(init.text(), "Default initiator successful.");
}

#[test]
fn the_hook_before_decides_first() {
    let (_network, post, ann) = post();
    post.submit(&ann, "Close", ());
    assert_eq!(
        post.call(&ann, "Sum", ("not even json",)).refusal(),
        Some((423, "closed"))
    );
    assert_eq!(
        post.call(&ann, "anything", ()).refusal(),
        Some((423, "closed"))
    );
    post.submit(&ann, "Open", ());
    assert!(post.call(&ann, "anything", ()).refusal().is_none());
}

#[test]
fn the_client_is_who_signed() {
    let (network, post, ann) = post();
    let who: Vec<String> = post.evaluate(&ann, "WhoAmI", ()).unwrap();
    assert_eq!(who[0], "Org1MSP");
    assert!(who[1].starts_with("CN=ann"), "{}", who[1]);
    assert!(who[2].contains("CN=ca.org1.example.com"), "{}", who[2]);
    assert_eq!(who[3], "none");
    assert_eq!(
        post.call(&ann, "OnlyClerks", ()).refusal(),
        Some((403, "attribute 'role' was not found"))
    );
    let bob = network.client_with("Org2MSP", "bob", &[("role", "clerk")]);
    assert!(post.evaluate::<bool>(&bob, "OnlyClerks", ()).unwrap());
    let cy = network.client_with("Org2MSP", "cy", &[("role", "thief")]);
    assert_eq!(
        post.call(&cy, "OnlyClerks", ()).refusal(),
        Some((403, "attribute 'role' equals 'thief', not 'clerk'"))
    );
}

#[test]
fn private_records_come_from_transient_data() {
    let (network, post, ann) = post();
    network.add_collection("post", "secrets");
    assert_eq!(
        post.call(&ann, "Hide", ("s1",)).refusal(),
        Some((400, "value is missing in the transient data"))
    );
    let wrong = post.call_with(&ann, "Hide", ("s1",), &[("value", b"classified")]);
    assert_eq!(
        wrong.refusal(),
        Some((400, "value in the transient data has another form"))
    );
    let hidden = post.call_with(&ann, "Hide", ("s1",), &[("value", b"42")]);
    assert!(!hidden.rwset().contains("42"), "{}", hidden.rwset());
    assert!(network.commit([&hidden])[0].is_valid());
    assert_eq!(
        post.evaluate::<Option<u64>>(&ann, "Reveal", ("s1",))
            .unwrap(),
        Some(42)
    );
    assert_eq!(post.call(&ann, "Reveal", ("s2",)).text(), "");
    assert_eq!(
        post.evaluate::<Vec<u64>>(&ann, "RevealAll", ()).unwrap(),
        [42]
    );
    assert!(
        post.evaluate::<bool>(&ann, "HashMatches", ("s1", 42))
            .unwrap()
    );
}

#[test]
fn chaincode_calls_chaincode() {
    let (network, post, ann) = post();
    network.allow(TrapKind::CalleeEvent, "it is what is under test");
    let other = network.deploy("other", CHAINCODE);
    other.submit(&ann, "Send", ("west", 3, parcel(1, Grade::Low)));
    assert_eq!(
        post.evaluate::<Vec<u32>>(&ann, "Ask", ("other", "west"))
            .unwrap(),
        [3]
    );
    let sent = post.submit(&ann, "SendThrough", ("other", parcel(1, Grade::Low)));
    assert!(
        sent.rwset()
            .contains("other\n  read closed absent\n  write grade~shelf~number:00,through"),
        "{}",
        sent.rwset()
    );
    assert_eq!(sent.event(), None);
    let refused = post.call(&ann, "SendThrough", ("other", parcel(10_001, Grade::Low)));
    assert_eq!(
        refused.refusal(),
        Some((422, "10001 g is too heavy, 10000 g is the limit"))
    );
    let (status, text) = {
        let nobody = post.call(&ann, "Ask", ("nobody", "west"));
        let (status, text) = nobody.refusal().unwrap();
        (status, text.to_owned())
    };
    assert_eq!(status, 500);
    assert!(
        text.starts_with("INVOKE_CHAINCODE failed: transaction ID: "),
        "{text}"
    );
}

#[test]
fn a_panic_fails_one_transaction() {
    let (_network, post, ann) = post();
    assert_eq!(
        post.call(&ann, "Panic", ()).refusal(),
        Some((500, "chaincode failed: the transaction trapped"))
    );
    assert_eq!(post.call(&ann, "Sum", ("[4]", false)).text(), "4");
}

#[test]
fn the_transaction_knows_itself() {
    let (network, post, ann) = post();
    network.advance(1);
    let place = post.call(&ann, "Place", ());
    assert_eq!(place.text(), format!("{} of testchannel", place.tx_id()));
    let time = post.call(&ann, "Time", ());
    assert_eq!(time.text(), "2025-01-01T00:00:01Z");
    assert_eq!(time.result::<Time>().seconds(), 1_735_689_601);
}

#[test]
fn metadata_describes_the_interface() {
    let (_network, post, ann) = post();
    let metadata = post.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.response().payload).unwrap();
    assert_eq!(metadata["contracts"]["Post"]["default"], true);
    assert_eq!(metadata["contracts"]["second"]["default"], false);
    let transactions = metadata["contracts"]["Post"]["transactions"]
        .as_array()
        .unwrap();
    let named = |name: &str| {
        transactions
            .iter()
            .find(|transaction| transaction["name"] == name)
            .unwrap()
    };
    let interface = serde_json::json!({
        "send": named("Send"),
        "fetch": named("Fetch"),
        "info": metadata["contracts"]["Post"]["info"],
        "components": metadata["components"],
    });
    expect![[r##"
        {
          "components": {
            "schemas": {
              "Parcel": {
                "$id": "Parcel",
                "additionalProperties": false,
                "properties": {
                  "grade": {
                    "enum": [
                      "low",
                      "high"
                    ],
                    "type": "string"
                  },
                  "note": {
                    "type": "string"
                  },
                  "weightGrams": {
                    "format": "int64",
                    "maximum": 4294967295,
                    "minimum": 0,
                    "type": "integer"
                  }
                },
                "required": [
                  "weightGrams",
                  "grade"
                ]
              }
            }
          },
          "fetch": {
            "name": "Fetch",
            "parameters": [
              {
                "name": "shelf",
                "schema": {
                  "type": "string"
                }
              },
              {
                "name": "number",
                "schema": {
                  "format": "int64",
                  "maximum": 4294967295,
                  "minimum": 0,
                  "type": "integer"
                }
              }
            ],
            "returns": {
              "$ref": "#/components/schemas/Parcel"
            },
            "tag": [
              "evaluate",
              "EVALUATE"
            ]
          },
          "info": {
            "description": "Parcels on shelves.",
            "title": "Post",
            "version": "2.1"
          },
          "send": {
            "description": "Puts a parcel on a shelf.",
            "name": "Send",
            "parameters": [
              {
                "name": "shelf",
                "schema": {
                  "type": "string"
                }
              },
              {
                "name": "number",
                "schema": {
                  "format": "int64",
                  "maximum": 4294967295,
                  "minimum": 0,
                  "type": "integer"
                }
              },
              {
                "name": "parcel",
                "schema": {
                  "$ref": "#/components/schemas/Parcel"
                }
              }
            ],
            "tag": [
              "submit",
              "SUBMIT"
            ]
          }
        }"##]]
    .assert_eq(&serde_json::to_string_pretty(&interface).unwrap());
}
