//! Chaincode that speaks the chat stream badly, through running peers: out of order, about other transactions, too much, too
//! large, not at all. It is a service here; whoever dials has the same stream, and its listener's own dangers are with the
//! stream's tests.

use crate::harness::raw::{Raw, hang_up};
use crate::harness::{Definition, Net, Plan, Runtime, call};
use selvedge_ledger::StateDatabase;
use selvedge_protos::protos::ProposalResponse;
use std::sync::Arc;
use std::time::Duration;

const GONE: &str = "error in simulation: failed to execute transaction TX: error sending: chaincode stream terminated";
const LATE: &str = "error in simulation: failed to execute transaction TX: error sending: timeout expired while executing transaction";

/// What the chaincode does when it is called by this name, and what the client is told.
const CASES: [(&str, &str); 6] = [
    ("register again", GONE),
    ("answer what was not asked", GONE),
    ("close the stream", GONE),
    ("put 101 MiB", GONE),
    ("flood", GONE),
    ("never answer", LATE),
];

fn net() -> (Net, Raw) {
    let plan = Plan {
        runtime: Runtime::Service,
        organisations: 1,
        batch: 10,
    };
    let tune = |options: &mut selvedge_peer::node::NodeOptions| {
        options.endorser.execute_timeout = Duration::from_secs(10);
    };
    let net = Net::start_tuned(&plan, StateDatabase::default(), |_| {}, Arc::new(tune));
    let script = Runtime::Wasm.script_package("script_1");
    net.deploy(&Definition::new("script"), &script);
    let (raw, package) = Raw::start("raw_1");
    net.deploy(&Definition::new("raw"), &package);
    (net, raw)
}

fn ask(net: &Net, behaviour: &str) -> ProposalResponse {
    net.query(0, &call("raw", &[behaviour.as_bytes()]))
}

fn works(net: &Net) {
    let answer = ask(net, "well").response.unwrap();
    assert_eq!(
        (answer.status, &*answer.payload),
        (200, &b"well"[..]),
        "{answer:?}"
    );
    net.next_is_right();
}

#[test]
fn each_kind_of_bad_stream_ends_its_own_transaction_and_no_other() {
    let (net, _raw) = net();
    works(&net);
    for (behaviour, message) in CASES {
        let call = call("raw", &[behaviour.as_bytes()]);
        std::thread::scope(|scope| {
            let refused = scope.spawn(|| net.refusal_of(0, &call));
            net.next_is_right();
            assert_eq!(
                refused.join().unwrap(),
                (500, message.to_owned()),
                "{behaviour}"
            );
        });
        works(&net);
    }
}

#[test]
fn what_is_said_of_another_transaction_counts_for_none() {
    let (net, _raw) = net();
    let answer = ask(&net, "finish another").response.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = String::from_utf8_lossy(&answer.payload);
    assert_eq!(
        text,
        "GET_STATE failed: transaction ID: other: no ledger context"
    );
    works(&net);
}

#[test]
fn an_answer_that_is_none_is_named() {
    let (net, _raw) = net();
    let call = call("raw", &[b"answer nonsense"]);
    let (status, message) = net.refusal_of(0, &call);
    assert_eq!(status, 500);
    assert!(
        message.contains("failed to unmarshal response for transaction TX"),
        "{message}"
    );
    works(&net);
}

#[test]
fn a_connection_that_is_dead_on_the_other_side_only_costs_its_own_transactions_their_time() {
    let (net, raw) = net();
    works(&net);
    raw.freeze(true);
    let frozen = call("raw", &[b"well"]);
    std::thread::scope(|scope| {
        let late = scope.spawn(|| net.refusal_of(0, &frozen));
        net.next_is_right();
        assert_eq!(late.join().unwrap(), (500, LATE.to_owned()));
    });
    // Its machine is there again: the peer hears that the old connection is gone, and dials.
    raw.freeze(false);
    hang_up(&raw);
    net.until("the chaincode answers", |net| {
        ask(net, "well").response.unwrap().status == 200
    });
    works(&net);
}
