//! Fabric's own shims for Java and Go, as programs use them that have no contract API: the same scripts as for Node.

use super::{Service, answers, attributes, call_of, deploy, dialling, folder, scripts};
use crate::harness::{Endorsed, Net, Plan, Runtime, sign};
use selvedge_ledger::StateDatabase;
use selvedge_protos::protos::ProposalResponse;
use serde_json::Value;
use std::process::Command;
use std::sync::Mutex;

/// What is known of a shim.
struct Shim {
    name: &'static str,
    /// The folder with the program.
    variable: &'static str,
    /// Scripts that it answers in a way of its own.
    differs: fn(&Value) -> bool,
    /// It tells its chaincode that the peer refused, and not why.
    keeps_refusals: bool,
}

/// Beside our Wasm and our process, `script` in the folder that the variable names, which starts the chaincode, whatever
/// that takes: as a program that dials the peer over TLS, and as one that the peer dials.
fn same_bytes(shim: &Shim) {
    let program = folder(shim.variable).join("script");
    let program = program.into_os_string().into_string().unwrap();
    let (dials, dialled) = (
        format!("{}, dialling", shim.name),
        format!("{}, dialled", shim.name),
    );
    let names = ["our Wasm", &dials, &dialled, "our process"];
    let plan = Plan {
        runtime: Runtime::Process,
        organisations: names.len(),
        batch: 1,
    };
    let net = Net::start_on(&plan, StateDatabase::CouchDb);
    let services = Mutex::new(Vec::new());
    deploy(&net, |label| {
        let (served, service) = Service::start(label, |_| Command::new(&program));
        services.lock().unwrap().push(service);
        vec![
            Runtime::Wasm.script_package(label),
            dialling(label, &[&program]),
            served,
            Runtime::Process.script_package(label),
        ]
    });
    let all = [scripts::all(), scripts::rich()].concat();
    let compared = all.iter().filter(|script| !(shim.differs)(script));
    let differences: Vec<_> = compared
        .flat_map(|operations| differences(&net, shim, &names, operations))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    attributes(&net, &names);
}

/// Who answers a script otherwise than our Wasm; the transaction is committed if nobody does.
fn differences(net: &Net, shim: &Shim, names: &[&str], operations: &Value) -> Vec<String> {
    let signer = net.user(0);
    let proposal = sign(&call_of(operations), signer);
    let answers = answers(net, &proposal);
    let ours = &answers[0];
    let all = names.iter().zip(&answers);
    let other = all.filter(|(_, answer)| !shim.agrees(ours, answer));
    let told: Vec<_> = other
        .map(|(name, answer)| {
            let (got, expected) = (&answer.response, &ours.response);
            format!("{name}: {operations}: {got:?} instead of {expected:?}")
        })
        .collect();
    if told.is_empty() && ours.endorsement.is_some() {
        let transaction = Endorsed::new(&proposal, &answers, signer);
        assert!(net.order(&[&transaction])[0].is_valid(), "{operations}");
    }
    told
}

impl Shim {
    fn agrees(&self, ours: &ProposalResponse, answer: &ProposalResponse) -> bool {
        let both = [ours, answer].map(|it| it.response.clone().unwrap_or_default());
        let refused = both[0].message.contains(" failed: transaction ID: ");
        if self.keeps_refusals && refused {
            return both[0].status == both[1].status && answer.endorsement.is_none();
        }
        both[0] == both[1] && ours.payload == answer.payload
    }
}

#[test]
#[ignore = "needs Java and Fabric's shim: started by tests/interop/java/run"]
fn javas_shim_and_ours_answer_with_the_same_bytes() {
    same_bytes(&Shim {
        name: "Java",
        variable: "SELVEDGE_INTEROP_JAVA",
        // It has the statuses 200, 400 and 500 only, and throws where a callee cannot be called.
        differs: |script| script[0][1] == 201 || script[0][1] == "nobody",
        keeps_refusals: true,
    });
}

#[test]
#[ignore = "needs Go and Fabric's shim: started by tests/interop/go/run"]
fn gos_shim_and_ours_answer_with_the_same_bytes() {
    same_bytes(&Shim {
        name: "Go",
        variable: "SELVEDGE_INTEROP_GO",
        differs: |_| false,
        keeps_refusals: false,
    });
}
