//! Transactions of one block that saw the same state: the first wins, on every peer, and says what the state is.

use crate::harness::{Net, Runtime, on_every_runtime, results, script, shared};
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::{Value, json};

on_every_runtime!(
    of_two_in_one_block_the_first_wins,
    a_chain_of_dependent_transactions_in_one_block_keeps_its_first
);

struct Case {
    about: &'static str,
    before: fn(&str) -> Value,
    first: fn(&str) -> Value,
    second: fn(&str) -> Value,
    code: Code,
    after: fn(&str) -> Value,
    state: fn(&str) -> Value,
}

fn key(prefix: &str, name: &str) -> String {
    format!("{prefix}{name}")
}

fn nothing(_: &str) -> Value {
    json!([])
}

fn one_row(p: &str) -> Value {
    json!([["put", key(p, "a"), "1"]])
}

fn get_a(p: &str) -> Value {
    json!([["get", key(p, "a")]])
}

fn scan_and_put(p: &str) -> Value {
    json!([["range", p, format!("{p}~")], ["put", key(p, "sum"), "1"]])
}

fn get_sum(p: &str) -> Value {
    json!([["get", key(p, "sum")]])
}

fn cases() -> Vec<Case> {
    let base = Case {
        about: "both change what both read",
        before: one_row,
        first: |p| json!([["add", key(p, "a"), 1]]),
        second: |p| json!([["add", key(p, "a"), 10]]),
        code: Code::MvccReadConflict,
        after: get_a,
        state: |_| json!([hex::encode("2")]),
    };
    vec![
        Case {
            about: "both create what neither found",
            before: nothing,
            state: |_| json!([hex::encode("1")]),
            ..base
        },
        Case {
            about: "neither reads: the last one stays",
            first: |p| json!([["put", key(p, "a"), "first"]]),
            second: |p| json!([["put", key(p, "a"), "second"]]),
            code: Code::Valid,
            state: |_| json!([hex::encode("second")]),
            ..base
        },
        Case {
            about: "one deletes what the other reads",
            first: |p| json!([["del", key(p, "a")]]),
            state: |_| json!([null]),
            ..base
        },
        Case {
            about: "a key has another policy: what comes behind it was endorsed under the old one",
            first: |p| json!([["setep", key(p, "a"), ""]]),
            code: Code::EndorsementPolicyFailure,
            state: |_| json!([hex::encode("1")]),
            ..base
        },
        Case {
            about: "a row appears in a range",
            first: |p| json!([["put", key(p, "b"), "2"]]),
            second: scan_and_put,
            code: Code::PhantomReadConflict,
            after: get_sum,
            state: |_| json!([null]),
            ..base
        },
        Case {
            about: "a row vanishes from a range",
            first: |p| json!([["del", key(p, "a")]]),
            second: scan_and_put,
            code: Code::PhantomReadConflict,
            after: get_sum,
            state: |_| json!([null]),
            ..base
        },
        Case {
            about: "a row of a range changes",
            first: |p| json!([["put", key(p, "a"), "2"]]),
            second: scan_and_put,
            code: Code::PhantomReadConflict,
            after: get_sum,
            state: |_| json!([null]),
            ..base
        },
        Case {
            about: "a row appears behind a range",
            first: |p| json!([["put", format!("{p}~~"), "2"]]),
            second: scan_and_put,
            code: Code::Valid,
            after: get_sum,
            state: |_| json!([hex::encode("1")]),
            ..base
        },
        base,
    ]
}

fn of_two_in_one_block_the_first_wins(runtime: Runtime) {
    let net = shared(runtime);
    for (number, case) in cases().into_iter().enumerate() {
        run(net, number, &case);
    }
    net.next_is_right();
}

fn run(net: &Net, number: usize, case: &Case) {
    let prefix = |attempt: u32| format!("conflict/{number}/{attempt}/");
    let (attempt, codes) = net.in_one_block(|attempt| {
        let prefix = prefix(attempt);
        let before = net.submit(&script(&(case.before)(&prefix)));
        assert!(before.is_valid());
        vec![
            script(&(case.first)(&prefix)),
            script(&(case.second)(&prefix)),
        ]
    });
    assert_eq!(codes, [Code::Valid, case.code], "{}", case.about);
    let prefix = prefix(attempt);
    let found = net.endorse(&script(&(case.after)(&prefix))).payload;
    assert_eq!(results(&found), (case.state)(&prefix), "{}", case.about);
}

fn a_chain_of_dependent_transactions_in_one_block_keeps_its_first(runtime: Runtime) {
    let net = shared(runtime);
    let (attempt, codes) = net.in_one_block(|attempt| {
        let add = json!([["add", format!("chain/{attempt}"), 1]]);
        vec![script(&add); 5]
    });
    let lost = Code::MvccReadConflict;
    assert_eq!(codes, [Code::Valid, lost, lost, lost, lost]);
    let found = net.endorse(&script(&json!([["get", format!("chain/{attempt}")]])));
    assert_eq!(results(&found.payload), json!([hex::encode("1")]));
}
