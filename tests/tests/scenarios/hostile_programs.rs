//! Native chaincode that means harm, as a process, a service and a container: its own transactions fail with a clear error,
//! the other chaincode of the peer goes on, and what died is there again when it is next called.

use crate::harness::service::reserve;
use crate::harness::{
    Definition, Files, Net, Plan, Runtime, Supervised, call, docker, end_chaincode,
    on_every_stream, process, programs_of,
};
use selvedge_ledger::StateDatabase;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

on_every_stream!(
    a_hostile_program_fails_alone,
    a_program_killed_within_a_transaction_is_started_again
);

const PROGRAM: &str = env!("CARGO_BIN_EXE_hostile-chaincode");

/// The same words as of a component.
const TRAP: &str = "chaincode failed: the transaction trapped";
const GONE: &str = "error in simulation: failed to execute transaction TX: error sending: chaincode stream terminated";
const LATE: &str = "error in simulation: failed to execute transaction TX: error sending: timeout expired while executing transaction";

/// The function of chaincode `hostile`, and what the client is told.
const CASES: [(&str, &str); 5] = [
    ("recursion", GONE),
    ("memory", GONE),
    ("exit", GONE),
    ("trap", TRAP),
    ("panic with a megabyte to say", TRAP),
];

/// The package, and what keeps its service going.
fn package(runtime: Runtime, label: &str) -> (Vec<u8>, Option<Supervised>) {
    match runtime {
        Runtime::Wasm => unreachable!("components have a file of their own"),
        Runtime::Process => {
            let address = format!("-peer.address={}", process::ADDRESS);
            (process::of_command(label, &json!([PROGRAM, address])), None)
        }
        Runtime::Docker => (docker::package_of(label, Path::new(PROGRAM)), None),
        Runtime::Service => {
            let (package, config) = reserve(label, Files::new());
            let service = Supervised::start(move || {
                let mut command = Command::new(PROGRAM);
                command
                    .env("CHAINCODE_SERVER_ADDRESS", &config.address)
                    .env("CHAINCODE_ID", &config.chaincode_id);
                command
            });
            (package, Some(service))
        }
    }
}

/// One peer, so that a program that dies takes nobody else's transaction with it.
fn net(runtime: Runtime) -> Net {
    let plan = Plan {
        runtime,
        organisations: 1,
        batch: 10,
    };
    let tune = |options: &mut selvedge_peer::node::NodeOptions| {
        options.endorser.execute_timeout = Duration::from_secs(10);
    };
    let net = Net::start_tuned(&plan, StateDatabase::default(), |_| {}, Arc::new(tune));
    let package = runtime.script_package("script_1");
    net.deploy(&Definition::new("script"), &package);
    net
}

/// A service that is dying closes its streams before its listener, and so may take the peer's next connection with it: that
/// launch fails, as at Fabric's peer, and the next does not.
fn answers(net: &Net, function: &str) {
    net.until("it answers", |net| {
        let answer = net.query(0, &call("hostile", &[function.as_bytes()]));
        let response = answer.response.unwrap();
        let (status, message) = (response.status, response.message);
        let has_died = message.contains("chaincode registration failed: connection to ")
            && message.ends_with(" terminated");
        assert!(status == 200 || has_died, "{function}: {message}");
        status == 200
    });
}

fn a_hostile_program_fails_alone(runtime: Runtime) {
    let net = net(runtime);
    let (package, _service) = package(runtime, "hostile_1");
    net.deploy(&Definition::new("hostile"), &package);
    for (name, message) in CASES {
        let call = call("hostile", &[name.as_bytes()]);
        assert_eq!(
            net.refusal_of(0, &call),
            (500, message.to_owned()),
            "{name}"
        );
        net.next_is_right();
        answers(&net, "well");
    }
    // Ten megabytes on standard output hold nobody up.
    answers(&net, "print");
    // One that never answers: its own transaction ends in time, and others, of its own too, do not wait for it.
    let call = call("hostile", &[b"loop"]);
    std::thread::scope(|scope| {
        let late = scope.spawn(|| net.refusal_of(0, &call));
        net.next_is_right();
        answers(&net, "well");
        assert_eq!(late.join().unwrap(), (500, LATE.to_owned()));
    });
    net.next_is_right();
    answers(&net, "well");
}

fn a_program_killed_within_a_transaction_is_started_again(runtime: Runtime) {
    let net = net(runtime);
    let label = format!("killed_{runtime:?}");
    let (package, service) = package(runtime, &label);
    let id = net.deploy(&Definition::new("hostile"), &package);
    answers(&net, "well");
    let stuck = call("hostile", &[b"read and wait"]);
    let end = || match &service {
        Some(service) => service.end(),
        None => {
            assert_eq!(programs_of(&id).len(), 1, "of {id}");
            end_chaincode(&id);
        }
    };
    std::thread::scope(|scope| {
        let lost = scope.spawn(|| net.refusal_of(0, &stuck));
        net.until("the transaction is under way", |net| {
            net.requests(0, &id, "GET_STATE") > 0
        });
        end();
        assert_eq!(lost.join().unwrap(), (500, GONE.to_owned()));
    });
    answers(&net, "well");
    net.next_is_right();
}
