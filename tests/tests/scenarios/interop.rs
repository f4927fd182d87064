//! Chaincode on Fabric's own shim for Node, beside ours on one channel: the same proposals, the same bytes. Run by
//! `tests/interop/run`, which fetches the shim.

use crate::harness::process::{ADDRESS, of_command};
use crate::harness::service::reserve;
use crate::harness::{Definition, Endorsed, Files, Net, Plan, Runtime, script, sign};
use crate::operations::COLLECTION;
use bytes::Bytes;
use selvedge_peer::client::Call;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where `tests/interop/run` put the chaincode and its packages.
fn program() -> PathBuf {
    let folder = std::env::var_os("SELVEDGE_INTEROP_NODE");
    let folder = folder.expect("SELVEDGE_INTEROP_NODE is not set; start tests/interop/run");
    PathBuf::from(folder).join("script.js")
}

/// Ends with the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn dialling(label: &str) -> Vec<u8> {
    // What the peer starts inherits nothing.
    let path = format!("PATH={}", std::env::var("PATH").unwrap());
    of_command(
        label,
        &json!([
            "/usr/bin/env",
            path,
            "node",
            program(),
            "--peer.address",
            ADDRESS
        ]),
    )
}

fn dialled(label: &str) -> (Vec<u8>, Service) {
    let (package, config) = reserve(label, Files::new());
    let child = Command::new("node")
        .arg(program())
        .env("CHAINCODE_SERVER_ADDRESS", &config.address)
        .env("CHAINCODE_ID", &config.chaincode_id)
        .stdin(Stdio::null())
        .spawn()
        .expect("node starts");
    (package, Service(child))
}

/// Every operation of the language, such that each finds something.
fn scripts() -> Vec<Value> {
    let policy = hex::encode(prost::Message::encode_to_vec(
        &selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP", "Org3MSP"]),
    ));
    let many: Vec<_> = (0..130)
        .map(|n| json!(["put", format!("many{n:03}"), "v"]))
        .collect();
    let inner = json!([["put", "called", "1"], ["get", "a"], ["event", "lost", ""]]).to_string();
    vec![
        json!([["put", "a", "1"], ["put", "b", {"hex": "00ff"}], ["get", "a"]]),
        json!([
            ["get", "a"],
            ["copy", "a", "c"],
            ["add", "n", 5],
            ["getmulti", ["a", "b", "no"]]
        ]),
        json!([
            ["batch", [["put", "x", "1"], ["del", "b"]]],
            ["event", "named", "payload"]
        ]),
        Value::from(many),
        json!([["range", "many", "many~"]]),
        json!([["rangen", "many", "", 3]]),
        json!([
            ["rangepage", "many", "many~", 7, ""],
            ["rangepage", "many", "", 120, "many005"]
        ]),
        json!([["rangepage", "many", "many~", 0, ""]]),
        json!([["rangedel", "many00", "many01"]]),
        json!([
            ["ckput", "t", ["x", "1"], "v"],
            ["ckput", "t", ["x", "2"], "v"],
            ["ckput", "t", ["y"], "v"]
        ]),
        json!([
            ["ckrange", "t", ["x"]],
            ["ckget", "t", ["y"]],
            ["ckdel", "t", ["y"]]
        ]),
        json!([["ckpage", "t", ["x"], 1, ""]]),
        json!([["put", "a", "2"]]),
        json!([["del", "a"]]),
        json!([["history", "a"]]),
        json!([["setep", "c", {"hex": policy}]]),
        json!([["getep", "c"], ["getep", "no"]]),
        json!([
            ["putpvt", COLLECTION, "p", "secret"],
            ["putpvtt", COLLECTION, "t", "secret"]
        ]),
        json!([
            ["getpvt", COLLECTION, "p"],
            ["gethash", COLLECTION, "p"],
            ["delpvt", COLLECTION, "t"]
        ]),
        json!([["pvtrange", COLLECTION, "", ""]]),
        json!([["purge", COLLECTION, "p"]]),
        json!([
            ["invoke", "other", "", ["run", inner]],
            ["invoke", "nobody", "", ["f"]]
        ]),
        json!([
            ["creator"],
            ["txid"],
            ["channel"],
            ["ts"],
            ["binding"],
            ["transient", "secret"]
        ]),
        json!([["return", 201, "made", "p"]]),
        json!([["return", 400, "refused <here>", "p"]]),
        json!([["fail", "on purpose"]]),
        json!([["put", "a", "1"], ["getpvt", "nowhere", "k"]]),
        json!([["rangepage", "a", "b", 1, ""], ["put", "k", "v"]]),
        json!([["nothing"]]),
        json!([["get", "é€😀"], ["put", "é€😀", "<&>"], ["range", "é", ""]]),
    ]
}

fn compare(net: &Net, runtimes: &[&str], call: &Call) {
    let signer = net.user(0);
    let proposal = sign(call, signer);
    let answers: Vec<_> = (0..net.size())
        .map(|peer| net.ask(peer, &proposal.signed).unwrap())
        .collect();
    let operations = String::from_utf8_lossy(&call.args[1]);
    for (runtime, answer) in runtimes.iter().zip(&answers) {
        // Node's shim has no words for what it does not know; all that reaches the peer is Fabric's.
        assert_eq!(
            answer.response, answers[0].response,
            "{runtime}: {operations}"
        );
        assert_eq!(
            answer.payload, answers[0].payload,
            "{runtime}: {operations}"
        );
    }
    if answers[0].endorsement.is_some() {
        let transaction = Endorsed::new(&proposal, &answers, signer);
        assert!(net.order(&[&transaction])[0].is_valid(), "{operations}");
    }
}

#[test]
#[ignore = "needs Node and its packages: started by tests/interop/run"]
fn nodes_shim_and_ours_answer_with_the_same_bytes() {
    let runtimes = ["our Wasm", "Node, dialling", "Node, dialled", "our process"];
    let net = Net::start(&Plan {
        runtime: Runtime::Process,
        organisations: runtimes.len(),
        batch: 1,
    });
    let mut services = Vec::new();
    for (shift, (name, label)) in [("script", "script_1"), ("other", "other_1")]
        .into_iter()
        .enumerate()
    {
        let (served, service) = dialled(label);
        services.push(service);
        let mut packages = [
            Runtime::Wasm.script_package(label),
            dialling(label),
            served,
            Runtime::Process.script_package(label),
        ];
        packages.rotate_left(shift);
        let definition = Definition::new(name).with_collection(COLLECTION, runtimes.len());
        net.deploy_each(&definition, &packages);
    }
    for operations in scripts() {
        let call = Call {
            transient: [("secret".to_owned(), Bytes::from("hush"))].into(),
            ..script(&operations)
        };
        compare(&net, &runtimes, &call);
    }
    drop(services);
}
