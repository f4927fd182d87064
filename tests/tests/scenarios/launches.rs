//! Chaincode outside of the peer that does not come up, and what is left of it when its peer stops.

use crate::harness::{
    Definition, Net, Plan, Runtime, call, docker, on_every_stream, process, programs_of, script,
};
use selvedge_ledger::StateDatabase;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

on_every_stream!(nothing_runs_when_the_peer_has_stopped);

fn net(runtime: Runtime, startup: Duration) -> Net {
    let plan = Plan {
        runtime,
        organisations: 1,
        batch: 10,
    };
    let tune = move |options: &mut selvedge_peer::node::NodeOptions| {
        options.chaincode.startup_timeout = startup;
    };
    Net::start_tuned(&plan, StateDatabase::default(), |_| {}, Arc::new(tune))
}

/// What a client hears of a program that is deployed and called.
fn told(net: &Net, name: &str, command: &serde_json::Value) -> String {
    let label = format!("{name}_1");
    let id = net.deploy(
        &Definition::new(name),
        &process::of_command(&label, command),
    );
    let (status, message) = net.refusal_of(0, &call(name, &[b"f"]));
    assert_eq!(status, 500);
    // Nothing of it goes on, and the next call would start it anew.
    net.until("it has ended", |net| net.running(0).is_empty());
    assert!(programs_of(&id).is_empty());
    message.replace(&id, "ID")
}

const PREFIX: &str =
    "error in simulation: failed to execute transaction TX: could not launch chaincode ID: ";

#[test]
fn a_program_that_does_not_come_up_is_told_of_by_how() {
    let net = net(Runtime::Process, Duration::from_secs(5));
    for (name, command, text) in [
        (
            "silent",
            json!(["/bin/sleep", "1000"]),
            "timeout expired while starting chaincode ID for transaction",
        ),
        (
            "ending",
            json!(["/bin/sh", "-c", "exit 3"]),
            "chaincode registration failed: container exited with 3",
        ),
    ] {
        assert_eq!(told(&net, name, &command), format!("{PREFIX}{text}"));
    }
    let absent = told(&net, "absent", &json!(["/nowhere/chaincode"]));
    let start = format!("{PREFIX}error starting container: error starting container: ");
    assert!(absent.starts_with(&start), "{absent}");
    // Fabric's counts: what ended by itself is none of the failures, and has its duration.
    let counted = |metric: &str, label: &str| net.counted(0, metric, &[label.to_owned()]);
    assert_eq!(counted("chaincode_launch_timeouts", "silent_1"), 1);
    assert_eq!(counted("chaincode_launch_failures", "absent_1"), 1);
    assert_eq!(counted("chaincode_launch_failures", "ending_1"), 0);
    assert_eq!(
        counted("chaincode_launch_duration_count", "success=\"false\""),
        3
    );
}

fn nothing_runs_when_the_peer_has_stopped(runtime: Runtime) {
    let mut net = net(runtime, Duration::from_secs(60));
    let package = runtime.script_package(&format!("stopped_{runtime:?}"));
    let id = net.deploy(&Definition::new("script"), &package);
    let answer = net.query(0, &script(&json!([["get", "a"]])));
    assert_eq!(answer.response.unwrap().status, 200);
    let started = usize::from(runtime != Runtime::Service);
    assert_eq!(
        (programs_of(&id).len(), net.running(0).len()),
        (started, started)
    );
    let containers = || match runtime {
        Runtime::Docker => docker::containers_of(&id),
        _ => Vec::new(),
    };
    assert_eq!(containers().len(), usize::from(runtime == Runtime::Docker));
    net.stop();
    assert!(programs_of(&id).is_empty());
    // Nor is there one that has ended and was not removed.
    assert_eq!(containers(), Vec::<String>::new());
}
