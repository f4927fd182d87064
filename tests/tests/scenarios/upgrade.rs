//! What ran a chaincode's version goes when the next version is committed: processes and containers are not left behind.

use crate::harness::{Definition, Net, Plan, Runtime, on_every_runtime, script};
use selvedge_runtime::Package;
use serde_json::json;
use std::time::Duration;

on_every_runtime!(the_version_before_is_ended);

/// Waits until a peer runs these outside of itself and no others.
fn runs(net: &Net, expected: &[&str]) {
    for _ in 0..2_400 {
        if net.running(0) == expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{:?} run, and not {expected:?}", net.running(0));
}

fn the_version_before_is_ended(runtime: Runtime) {
    let net = Net::start(&Plan {
        runtime,
        organisations: 1,
        batch: 10,
    });
    let [first, second] = ["upgraded_1", "upgraded_2"].map(|label| runtime.script_package(label));
    let ids = [&first, &second].map(|package| Package::parse(package).unwrap().id.to_string());
    // A component runs in the peer, and a service is somebody else's.
    let is_started = matches!(runtime, Runtime::Process | Runtime::Docker);
    let expected = |id: &'_ str| is_started.then(|| id.to_owned());
    let called = || {
        let answer = net.query(0, &script(&json!([["get", "a"]])));
        assert_eq!(answer.response.unwrap().status, 200);
    };
    net.deploy(&Definition::new("script"), &first);
    called();
    runs(
        &net,
        &expected(&ids[0])
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    net.deploy(&Definition::new("script").sequence(2, "2"), &second);
    called();
    runs(
        &net,
        &expected(&ids[1])
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
}
