//! The chaincode sides of the crates `fabric-shim` and `fabric-sdk`, as crates.io has them. Each lacks some operations;
//! all others are compared.

use super::scripts::{self, uses};
use super::{Service, action, answers, call_of, compare, deploy, folder};
use crate::harness::process::of_command;
use crate::harness::{Definition, Endorsed, Net, Plan, Runtime, results, sign};
use crate::operations::COLLECTION;
use selvedge_ledger::StateDatabase;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Mutex;

fn program(name: &str) -> String {
    let program = folder("SELVEDGE_INTEROP_CRATES").join(name);
    program.into_os_string().into_string().unwrap()
}

fn start() -> Net {
    let plan = Plan {
        runtime: Runtime::Process,
        organisations: 3,
        batch: 1,
    };
    Net::start_on(&plan, StateDatabase::CouchDb)
}

#[test]
#[ignore = "needs the crates' chaincode: started by tests/interop/run"]
fn the_crate_fabric_shim_and_ours_answer_with_the_same_bytes() {
    const LACKS: [&str; 9] = [
        "ckpage",
        "setep",
        "getep",
        "setpvtep",
        "getpvtep",
        "richpage",
        "pvtrich",
        "pvtckrange",
        "binding",
    ];
    let names = ["our Wasm", "fabric-shim", "our process"];
    let net = start();
    let services = Mutex::new(Vec::new());
    deploy(&net, |label| {
        let (served, service) =
            Service::start(label, |_| Command::new(program("script-on-fabric-shim")));
        services.lock().unwrap().push(service);
        vec![
            Runtime::Wasm.script_package(label),
            served,
            Runtime::Process.script_package(label),
        ]
    });
    let all = [scripts::all(), scripts::rich()].concat();
    for operations in all.iter().filter(|script| !uses(script, &LACKS)) {
        compare(&net, &names, operations);
    }
}

/// The rows of a script's results without their keys, which `fabric-sdk` does not show.
fn without_keys(script: &Value, results: &Value) -> Value {
    let rows = |rows: &Value| -> Value {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| json!([null, row[1]])).collect()
    };
    let lines = script.as_array().unwrap().iter();
    lines
        .zip(results.as_array().unwrap())
        .map(|(line, result)| match line[0].as_str().unwrap() {
            "range" | "ckrange" | "pvtrange" | "rich" | "pvtrich" => rows(result),
            "rangepage" | "richpage" => json!([rows(&result[0]), result[1], result[2]]),
            _ => result.clone(),
        })
        .collect()
}

/// The third organisation's chaincode must read, write and announce what the first's does; the first two commit it.
fn compare_effects(net: &Net, script: &Value) {
    let signer = net.user(0);
    let proposal = sign(&call_of(script), signer);
    let mut answers = answers(net, &proposal);
    let theirs = answers.pop().unwrap();
    let ours = answers[0].response.clone().unwrap();
    let response = theirs.response.clone().unwrap();
    if ours.status >= 400 {
        assert_eq!(response.status, 500, "{script}: {response:?}");
        assert!(theirs.endorsement.is_none());
        return;
    }
    assert_eq!(response.status, 200, "{script}: {}", response.message);
    let (done, our_action) = (action(&theirs), action(&answers[0]));
    assert_eq!(done.results, our_action.results, "{script}");
    assert_eq!(done.events, our_action.events, "{script}");
    assert_eq!(
        results(&response.payload),
        without_keys(script, &results(&ours.payload)),
        "{script}"
    );
    let transaction = Endorsed::new(&proposal, &answers, signer);
    assert!(net.order(&[&transaction])[0].is_valid(), "{script}");
}

#[test]
#[ignore = "needs the crates' chaincode: started by tests/interop/run"]
fn the_crate_fabric_sdk_does_what_ours_does() {
    const LACKS: [&str; 9] = [
        "rangen",
        "rangedel",
        "ckpage",
        "pvtckrange",
        "invoke",
        "ts",
        "binding",
        "batch",
        "return",
    ];
    let net = start();
    let packages = [
        Runtime::Wasm.script_package("script_1"),
        Runtime::Process.script_package("script_1"),
        of_command("script_1", &json!([program("script-on-fabric-sdk")])),
    ];
    let definition = Definition::new("script").with_collection(COLLECTION, net.size());
    net.deploy_each(&definition, &packages);
    let all = [scripts::all(), scripts::rich()].concat();
    // It takes the first batch of rows for a page, also where none was asked for.
    let no_page = json!([["rangepage", "many", "many~", 0, ""]]);
    for script in all
        .iter()
        .filter(|script| !uses(script, &LACKS) && **script != no_page)
    {
        compare_effects(&net, script);
    }
    compare_effects(&net, &scripts::rich_page(None));
}
