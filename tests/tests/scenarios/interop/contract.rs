//! Contracts on `fabric-contract-api`, started by the shim's own command as Fabric's images for Node start them: one that
//! takes scripts, and others for what the API has beyond the stub's operations.

use super::contract_calls::{calls, client_identity, metadata};
use super::{Service, attributes, compare, deploy, dialling, folder, scripts};
use crate::harness::{Definition, ELSEWHERE, Elsewhere, Net, Plan, Runtime, call, script_of};
use crate::operations::COLLECTION;
use selvedge_ledger::StateDatabase;
use selvedge_native::ServerConfig;
use selvedge_peer::client::Call;
use serde_json::json;
use std::process::Command;
use std::sync::Mutex;

pub(super) const NAMES: [&str; 3] = ["our Wasm", "contract, dialling", "contract, dialled"];

fn path(below: &str) -> String {
    let path = folder("SELVEDGE_INTEROP_NODE").join(below);
    path.into_os_string().into_string().unwrap()
}

fn served(config: &ServerConfig) -> Command {
    let mut command = Command::new("node");
    command.args([&path("node_modules/fabric-shim/cli.js"), "server"]);
    command.args(["--chaincode-address", &config.address]);
    command.args(["--chaincode-id", &config.chaincode_id]);
    command.args(["--module-path", &path("contract")]);
    command
}

/// A network where the first organisation runs ours and the others theirs.
fn start(services: &Mutex<Vec<Service>>) -> (Net, Vec<Vec<String>>) {
    let plan = Plan {
        runtime: Runtime::Process,
        organisations: NAMES.len(),
        batch: 1,
    };
    let net = Net::start_on(&plan, StateDatabase::CouchDb);
    let command = [
        "node",
        &path("node_modules/fabric-shim/cli.js"),
        "start",
        "--module-path",
        &path("contract"),
    ];
    let package_ids = deploy(&net, |label| {
        let (served, service) = Service::start(label, served);
        services.lock().unwrap().push(service);
        vec![
            Runtime::Wasm.script_package(label),
            dialling(label, &command),
            served,
        ]
    });
    (net, package_ids)
}

#[test]
#[ignore = "needs Node and its packages: started by tests/interop/run"]
fn contracts_of_nodes_api_and_ours_answer_with_the_same_bytes() {
    let services = Mutex::new(Vec::new());
    let (net, package_ids) = start(&services);
    for operations in scripts::all() {
        // A contract of this API has no status and no message of its own.
        if !scripts::uses(&operations, &["return"]) {
            compare(&net, &NAMES, &operations);
        }
    }
    for operations in scripts::rich() {
        compare(&net, &NAMES, &operations);
    }
    let first = compare(&net, &NAMES, &scripts::rich_page(None));
    compare(&net, &NAMES, &scripts::rich_page(Some(&first)));

    attributes(&net, &NAMES);

    let mut elsewhere = Elsewhere::found(&net);
    let definition = Definition::new("other").with_collection(COLLECTION, net.size());
    elsewhere.define(&definition, &package_ids[1]);
    let there = Call {
        channel: ELSEWHERE.to_owned(),
        ..script_of("other", &json!([["put", "there", "1"]]))
    };
    elsewhere.submit(&there, &[0, 1, 2], net.user(0));
    compare(&net, &NAMES, &scripts::across());
}

#[test]
#[ignore = "needs Node and its packages: started by tests/interop/run"]
fn what_nodes_api_has_beyond_the_stub_does_what_it_says() {
    let services = Mutex::new(Vec::new());
    let (net, _) = start(&services);
    for case in calls() {
        case.compare(&net);
    }
    metadata(&net);
    client_identity(&net);
    // Its own organisation is told to a program that the peer starts.
    let answer = net.query(1, &call("script", &[b"facts:organisation"]));
    assert_eq!(answer.response.unwrap().payload, "Org2MSP");
}
