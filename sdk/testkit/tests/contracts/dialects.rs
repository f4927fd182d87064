//! The conventions of Fabric's libraries on the wire: one contract in each dialect. `node` is held against what the
//! library from npm answers (`tests/interop/contract`); `go` and `java` against what their sources say.

use expect_test::expect_file;
use selvedge_sdk::{Bytes, Chaincode, Dialect};
use selvedge_testkit::{Client, Deployed, Network};
use serde_json::Value;

macro_rules! twin {
    ($module:ident, $dialect:literal) => {
        mod $module {
            use selvedge_sdk::prelude::*;

            #[derive(Debug, Serialize, Deserialize, Schema)]
            pub struct Point {
                x: i32,
                label: String,
            }

            #[derive(Default)]
            pub struct Twin;

            #[contract(dialect = $dialect)]
            impl Twin {
                #[transaction]
                fn none(&self, _: &View) {}

                #[transaction]
                fn text(&self, _: &View, text: String) -> String {
                    text
                }

                #[transaction]
                fn flag(&self, _: &View, flag: bool) -> bool {
                    flag
                }

                #[transaction]
                fn whole(&self, _: &View, whole: i32) -> i32 {
                    whole
                }

                #[transaction]
                fn float(&self, _: &View, float: f64) -> f64 {
                    float
                }

                #[transaction]
                fn pair(&self, _: &View, left: String, right: i32) -> String {
                    format!("{left}/{right}")
                }

                #[transaction]
                fn list(&self, _: &View, list: Vec<i32>) -> Vec<i32> {
                    list
                }

                #[transaction]
                fn point(&self, _: &View, point: Point) -> Point {
                    point
                }

                #[transaction]
                fn fail(&self, _: &View, text: String) -> Result<(), String> {
                    Err(text)
                }
            }

            #[derive(Default)]
            pub struct Hooked;

            #[contract(name = "hooked", dialect = $dialect)]
            impl Hooked {
                #[before]
                fn refuse(&self, _: &View, _: &Call) -> Result<(), String> {
                    Err("before".to_owned())
                }

                #[transaction]
                fn pair(&self, _: &View, left: String, right: i32) -> String {
                    format!("{left}/{right}")
                }
            }

            #[derive(Default)]
            pub struct Fallback;

            #[contract(name = "fallback", dialect = $dialect)]
            impl Fallback {
                #[after]
                fn note(&self, view: &View, call: &Call) {
                    info!(view, "after {}", call.function());
                }

                #[unknown]
                fn other(&self, _: &View, call: &Call) -> String {
                    call.function().to_owned()
                }

                #[transaction]
                fn none(&self, _: &View) {}
            }

            selvedge_sdk::chaincode!(Twin, Hooked, Fallback);
        }
    };
}

twin!(strict, "strict");
twin!(go, "go");
twin!(node, "node");
twin!(java, "java");

struct Twins {
    twins: [(Dialect, Deployed); 4],
    /// The same in definitions that ask for Init.
    uninitialized: [(Dialect, Deployed); 4],
    ann: Client,
}

impl Twins {
    fn new() -> Self {
        let network = Network::new();
        let chaincodes: [(Dialect, Chaincode); 4] = [
            (Dialect::Strict, strict::CHAINCODE),
            (Dialect::Go, go::CHAINCODE),
            (Dialect::Node, node::CHAINCODE),
            (Dialect::Java, java::CHAINCODE),
        ];
        let deploy = |suffix: &str| {
            chaincodes.map(|(dialect, chaincode)| {
                let name = format!("{dialect:?}{suffix}");
                (dialect, network.deploy(&name, chaincode))
            })
        };
        Self {
            twins: deploy(""),
            uninitialized: deploy("-init")
                .map(|(dialect, twin)| (dialect, twin.init_required("1"))),
            ann: network.client("Org1MSP", "ann"),
        }
    }

    fn answer(&self, dialect: Dialect, args: &[&str], is_init: bool) -> (i32, String, String) {
        let twins = if is_init {
            &self.uninitialized
        } else {
            &self.twins
        };
        let twin = twins.iter().find(|(known, _)| *known == dialect);
        let args = args
            .iter()
            .map(|arg| Bytes::copy_from_slice(arg.as_bytes()));
        let call = twin
            .unwrap()
            .1
            .call_raw(&self.ann, args.collect(), is_init, &[]);
        let response = call.response();
        (response.status, response.message.clone(), call.text())
    }
}

/// What differs is only in whose words a parser of JSON complains.
#[test]
fn node_answers_what_the_library_from_npm_does() {
    let recorded = include_str!("../../../../tests/interop/contract/node.json");
    let recorded: Vec<Value> = serde_json::from_str(recorded).unwrap();
    assert!(recorded.len() > 70, "{} calls", recorded.len());
    let twins = Twins::new();
    for call in recorded {
        let args: Vec<&str> = call["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|arg| arg.as_str().unwrap())
            .collect();
        let is_init = call["init"].as_bool().unwrap_or(false);
        let (status, message, payload) = twins.answer(Dialect::Node, &args, is_init);
        assert_eq!(status, call["status"], "{args:?}: {message}");
        assert_eq!(payload, call["payload"], "{args:?}");
        let is_json = matches!(args.first(), Some(&("list" | "point")));
        if is_json && status != 200 {
            assert!(
                message.contains("was not passed in expected format"),
                "{message}"
            );
        } else {
            assert_eq!(message, call["message"], "{args:?}");
        }
    }
}

/// From the sources that `Dialect` names: arguments, then status, message and payload by Go, then by Java.
#[test]
fn go_and_java_answer_what_their_sources_say() {
    let ok = |payload: &'static str| (200, "", payload);
    let bad = |message: &'static str| (500, message, "");
    let unexpected = || bad("Unexpected error");
    let none = "Undefined contract method called";
    let few = |expected: &'static str| bad(expected);
    type Answer = (i32, &'static str, &'static str);
    let cases: &[(&[&str], Answer, Answer)] = &[
        (&[], bad("Blank function name passed"), ok("")),
        (&[""], bad("Blank function name passed"), bad(none)),
        (&["none"], ok(""), ok("")),
        (&["none", "surplus"], ok(""), ok("")),
        (&["text", "\"x\""], ok("\"x\""), ok("\"x\"")),
        (&["Text", "x"], ok("x"), bad(none)),
        (&["Twin:text", "x"], ok("x"), ok("x")),
        (
            &["a:Twin:text", "x"],
            bad("Contract not found with name a:Twin"),
            bad(none),
        ),
        (
            &["other:text"],
            bad("Contract not found with name other"),
            unexpected(),
        ),
        (
            &["nothing"],
            bad("Function nothing not found in contract Twin"),
            bad(none),
        ),
        (&["flag", "t"], ok("true"), ok("false")),
        (
            &["flag", "tRUE"],
            bad(
                "error managing parameter flag. conversion error. cannot convert passed value tRUE to bool",
            ),
            ok("true"),
        ),
        (&["flag", ""], ok("false"), ok("false")),
        (
            &["flag", "yes"],
            bad(
                "error managing parameter flag. conversion error. cannot convert passed value yes to bool",
            ),
            ok("false"),
        ),
        (&["whole", "+5"], ok("5"), ok("5")),
        (&["whole", ""], ok("0"), unexpected()),
        (
            &["whole", " 5"],
            bad(
                "error managing parameter whole. conversion error. cannot convert passed value  5 to int32",
            ),
            unexpected(),
        ),
        (&["float", ""], ok("0"), unexpected()),
        (
            &["float", " 1.5"],
            bad(
                "error managing parameter float. conversion error. cannot convert passed value  1.5 to float64",
            ),
            ok("1.5"),
        ),
        (&["float", "5"], ok("5"), ok("5.0")),
        (&["float", "1e6"], ok("1000000"), ok("1000000.0")),
        (&["float", "1e7"], ok("10000000"), ok("1.0E7")),
        (&["float", "1e21"], ok("1e+21"), ok("1.0E21")),
        (&["float", "0.0001"], ok("0.0001"), ok("1.0E-4")),
        (&["float", "0.00001"], ok("1e-05"), ok("1.0E-5")),
        (&["float", "-0"], ok("-0"), ok("-0.0")),
        (
            &["pair", "a"],
            few("incorrect number of params. Expected 2, received 1"),
            unexpected(),
        ),
        (&["pair", "a", "1", "more"], ok("a/1"), ok("a/1")),
        (&["fail", "why"], bad("why"), bad("why")),
        (&["hooked:pair", "a"], bad("before"), unexpected()),
        (&["hooked:pair", "a", "1"], bad("before"), bad("before")),
        (&["hooked:other"], bad("before"), bad("before")),
        (&["fallback:other"], ok("other"), ok("")),
    ];
    let twins = Twins::new();
    for (args, go, java) in cases {
        for (dialect, expected) in [(Dialect::Go, go), (Dialect::Java, java)] {
            let (status, message, payload) = twins.answer(dialect, args, false);
            let answer = (status, message.as_str(), payload.as_str());
            assert_eq!(answer, *expected, "{dialect:?} {args:?}");
        }
    }
    let done = (
        200,
        String::new(),
        "Default initiator successful.".to_owned(),
    );
    assert_eq!(twins.answer(Dialect::Go, &[], true), done);
    assert_eq!(twins.answer(Dialect::Java, &[], true).0, 200);
}

#[test]
fn the_hook_after_runs_around_unknown_functions_where_the_library_does() {
    let twins = Twins::new();
    for (dialect, twin) in &twins.twins {
        let call = twin.call(&twins.ann, "fallback:other", ());
        let runs = !call.log().is_empty();
        assert_eq!(runs, *dialect != Dialect::Node, "{dialect:?}");
    }
}

/// Also held against contract-api's own schema of it, by `tests/interop/contract/run`.
#[test]
fn the_metadata_is_what_is_recorded() {
    let twins = Twins::new();
    for (dialect, twin) in &twins.twins {
        let metadata = twin.call(&twins.ann, "org.hyperledger.fabric:GetMetadata", ());
        let metadata: Value = serde_json::from_slice(&metadata.response().payload).unwrap();
        let name = format!("{dialect:?}").to_lowercase();
        expect_file![format!("{name}.metadata.json")].assert_eq(&crate::pretty(&metadata));
    }
}
