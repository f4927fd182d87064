//! Components and arguments that mean harm: each is answered alike by every peer, and the next transaction is right. What
//! components do here, programs do in `hostile_programs`; what only a stream can do is in `hostile_streams`.

use crate::guest;
use crate::harness::{Net, Runtime, call, on_every_runtime, results, script, shared, wasm_package};
use serde_json::json;

on_every_runtime!(
    odd_keys_and_arguments_are_answered,
    huge_and_strange_keys_are_stored
);

const FUEL: &str = "chaincode failed: the transaction used up its fuel";
const MEMORY: &str = "chaincode failed: the transaction exceeded its memory limit";
const STACK: &str = "chaincode failed: the transaction exceeded its stack";
const TRAP: &str = "chaincode failed: the transaction trapped";

/// The function of chaincode `hostile`, what it does, and what the client is told.
const CASES: [(&str, &str, &str); 6] = [
    ("loop", guest::ENDLESS_FILL, FUEL),
    ("recursion", guest::ENDLESS_RECURSION, STACK),
    ("memory", guest::MEMORY_BOMB, MEMORY),
    ("trap", "unreachable", TRAP),
    ("panic with a megabyte to say", guest::HUGE_FAULT, TRAP),
    ("key that is no text", guest::KEY_THAT_IS_NOT_TEXT, TRAP),
];

/// One component with all cases, chosen by the first byte of the first argument.
pub(crate) fn package() -> Vec<u8> {
    let cases = CASES.map(|(name, body, _)| {
        let first = name.as_bytes()[0];
        format!(
            "(if (i32.eq (i32.load8_u (i32.load (local.get $args))) (i32.const {first})) (then {body}))"
        )
    });
    let invoke = guest::invoke(&format!(
        "{} (call $answer (i32.const 200) (i32.const 0) (i32.const 0))",
        cases.concat()
    ));
    let imports = format!("{}{}", guest::STATE, guest::FAULT);
    let body = format!(
        "{} {} {} {invoke}",
        guest::GROW,
        guest::RECURSION,
        guest::NOT_TEXT
    );
    wasm_package("hostile_1", guest::component(&imports, &body))
}

fn refused(net: &Net, operations: &serde_json::Value, message: &str) {
    assert_eq!(
        net.refusal(&script(operations)),
        (500, message.to_owned()),
        "{operations:.200}"
    );
    net.next_is_right();
}

#[test]
fn hostile_chaincode_fails_alone() {
    let net = shared(Runtime::Wasm);
    for (name, _, message) in CASES {
        let call = call("hostile", &[name.as_bytes()]);
        assert_eq!(net.refusal(&call), (500, message.to_owned()), "{name}");
        net.next_is_right();
    }
    assert_eq!(
        net.query(0, &call("hostile", &[b"well"]))
            .response
            .unwrap()
            .status,
        200
    );
}

#[test]
fn hostile_chaincode_does_not_disturb_its_neighbours() {
    let net = shared(Runtime::Wasm);
    std::thread::scope(|scope| {
        for (name, _, message) in CASES {
            let call = call("hostile", &[name.as_bytes()]);
            scope.spawn(move || assert_eq!(net.refusal_of(0, &call), (500, message.to_owned())));
        }
        for _ in 0..3 {
            net.next_is_right();
        }
    });
}

#[test]
fn a_caller_outlives_a_callee_that_fails() {
    let net = shared(Runtime::Wasm);
    let operations = json!([
        ["put", "caller", "1"],
        ["invoke", "hostile", "", ["trap"]],
        ["get", "absent"]
    ]);
    let endorsed = net.endorse(&script(&operations));
    assert_eq!(
        results(&endorsed.payload),
        json!(["ok", [500, TRAP, null], null])
    );
    assert!(net.order(&[&endorsed])[0].is_valid());
    // What the callee spent is gone: there is no fuel left for the caller.
    let operations = json!([["invoke", "hostile", "", ["loop"]], ["put", "caller", "2"]]);
    refused(net, &operations, FUEL);
}

fn odd_keys_and_arguments_are_answered(runtime: Runtime) {
    let net = shared(runtime);
    refused(
        net,
        &json!([["put", "", "x"]]),
        "op 0: put: key must not be an empty string",
    );
    refused(net, &json!([["fail", "on purpose"]]), "on purpose");
    refused(
        net,
        &json!([
            ["rangepage", "a", "b", 1, ""],
            ["put", "k", "v"],
            ["nothing"]
        ]),
        "op 1: put: PUT_STATE failed: transaction ID: TX: txid [TX]: unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed",
    );
    refused(
        net,
        &json!([["getpvt", "nowhere", "k"]]),
        "op 0: getpvt: GET_STATE failed: transaction ID: TX: collection scenarios/script/nowhere could not be found",
    );
    let not_text = call("script", &[b"run", b"\xff\xfe"]);
    assert_eq!(net.refusal(&not_text), (500, "bad script".to_owned()));
    net.next_is_right();
}

fn huge_and_strange_keys_are_stored(runtime: Runtime) {
    let net = shared(runtime);
    let huge = "k".repeat(1 << 20);
    for key in [&huge, "\u{0}", "\u{10ffff}", "\u{feff}\n\"\\", "/../"] {
        let value = json!({"hex": "00ff"});
        let verdict = net.submit(&script(&json!([["put", key, value]])));
        assert!(verdict.is_valid(), "{key:.20?}: {verdict:?}");
        let found = net.endorse(&script(&json!([["get", key]]))).payload;
        assert_eq!(results(&found), json!(["00ff"]), "{key:.20?}");
        let verdict = net.submit(&script(&json!([["del", key]])));
        assert!(verdict.is_valid(), "{key:.20?}: {verdict:?}");
    }
    net.next_is_right();
}
