//! Fabric's own shim for Node, as a program uses it that has no contract-api.

use super::{Service, attributes, compare, deploy, dialling, folder, scripts};
use crate::harness::{Net, Plan, Runtime};
use std::process::Command;
use std::sync::Mutex;

fn program() -> String {
    let program = folder("SELVEDGE_INTEROP_NODE").join("script.js");
    program.into_os_string().into_string().unwrap()
}

#[test]
#[ignore = "needs Node and its packages: started by tests/interop/run"]
fn nodes_shim_and_ours_answer_with_the_same_bytes() {
    let names = ["our Wasm", "Node, dialling", "Node, dialled", "our process"];
    let net = Net::start(&Plan {
        runtime: Runtime::Process,
        organisations: names.len(),
        batch: 1,
    });
    let services = Mutex::new(Vec::new());
    deploy(&net, |label| {
        let (served, service) = Service::start(label, |_| {
            let mut command = Command::new("node");
            command.arg(program());
            command
        });
        services.lock().unwrap().push(service);
        vec![
            Runtime::Wasm.script_package(label),
            dialling(label, &["node", &program()]),
            served,
            Runtime::Process.script_package(label),
        ]
    });
    for operations in scripts::all() {
        compare(&net, &names, &operations);
    }
    attributes(&net, &names);
}
