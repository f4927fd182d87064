//! A program that somebody has at hand: `script` on any shim, started as the peer starts programs. For shims whose packages
//! cannot be had everywhere, Go's and Java's.
//!
//! SELVEDGE_INTEROP_PROGRAM is the program; it is given `--peer.address` (or what SELVEDGE_INTEROP_FLAG says) and the peer's
//! address. SELVEDGE_INTEROP_LACKS names operations that it does not have, with commas between them.

use super::{attributes, compare, deploy, dialling_with, scripts};
use crate::harness::{Net, Plan, Runtime};
use selvedge_ledger::StateDatabase;

const NAMES: [&str; 2] = ["our Wasm", "the program"];

fn variable(name: &str) -> Option<String> {
    std::env::var(format!("SELVEDGE_INTEROP_{name}")).ok()
}

#[test]
#[ignore = "needs a program in SELVEDGE_INTEROP_PROGRAM"]
fn a_program_and_ours_answer_with_the_same_bytes() {
    let program = variable("PROGRAM").expect("SELVEDGE_INTEROP_PROGRAM is not set");
    let flag = variable("FLAG").unwrap_or_else(|| "--peer.address".to_owned());
    let lacks = variable("LACKS").unwrap_or_default();
    let lacks: Vec<&str> = lacks.split(',').collect();
    let plan = Plan {
        runtime: Runtime::Process,
        organisations: NAMES.len(),
        batch: 1,
    };
    let net = Net::start_on(&plan, StateDatabase::CouchDb);
    deploy(&net, |label| {
        vec![
            Runtime::Wasm.script_package(label),
            dialling_with(label, &[&program], &flag),
        ]
    });
    let has = |operations: &&serde_json::Value| !scripts::uses(operations, &lacks);
    for operations in [scripts::all(), scripts::rich()]
        .concat()
        .iter()
        .filter(has)
    {
        compare(&net, &NAMES, operations);
    }
    if !lacks.contains(&"richpage") {
        let first = compare(&net, &NAMES, &scripts::rich_page(None));
        compare(&net, &NAMES, &scripts::rich_page(Some(&first)));
    }
    if !lacks.contains(&"attr") {
        attributes(&net, &NAMES);
    }
}
