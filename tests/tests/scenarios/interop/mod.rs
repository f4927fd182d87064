//! Chaincode on shims that nobody here wrote, beside ours on one channel: the same proposals, the same bytes. Run by
//! `tests/interop/run`, which fetches and builds them.

mod beside;
mod contract;
mod contract_calls;
mod crates;
mod fabric;
mod given;
mod javascript;
mod node;
mod platform;
mod scripts;

use crate::harness::process::{ADDRESS, of_command};
use crate::harness::service::reserve;
use crate::harness::{Definition, Endorsed, Files, Net, results, script, sign};
use crate::operations::COLLECTION;
use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_native::ServerConfig;
use selvedge_peer::client::{Call, Proposal};
use selvedge_protos::protos::{
    ChaincodeAction, ProposalResponse, ProposalResponsePayload, Response,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where `tests/interop/run` put something.
fn folder(variable: &str) -> PathBuf {
    let folder = std::env::var_os(variable);
    let folder = folder.unwrap_or_else(|| panic!("{variable} is not set; start tests/interop/run"));
    PathBuf::from(folder)
}

/// A chaincode that peers dial. Ends with the test.
struct Service(Child);

impl Service {
    /// Starts `command`, which serves what the package names.
    fn start(label: &str, command: impl FnOnce(&ServerConfig) -> Command) -> (Vec<u8>, Self) {
        let (package, config) = reserve(label, Files::new());
        let mut command = command(&config);
        let child = command
            .env("CHAINCODE_SERVER_ADDRESS", &config.address)
            .env("CHAINCODE_ID", &config.chaincode_id)
            .env("CORE_CHAINCODE_LOGGING_LEVEL", "error")
            .stdin(Stdio::null())
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        (package, Self(child))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A package whose program the peer starts with these arguments and the peer's address.
fn dialling(label: &str, program: &[&str]) -> Vec<u8> {
    dialling_with(label, program, "--peer.address")
}

fn dialling_with(label: &str, program: &[&str], flag: &str) -> Vec<u8> {
    // What the peer starts inherits nothing.
    let path = format!("PATH={}", std::env::var("PATH").unwrap());
    let mut command = vec!["/usr/bin/env", &path];
    command.extend(program);
    command.extend([flag, ADDRESS]);
    of_command(label, &json!(command))
}

/// `script` and, another chaincode of the same code that it can call, `other`; each organisation with a package of its
/// own, so that calls go from one runtime to another.
fn deploy(net: &Net, packages: impl Fn(&str) -> Vec<Vec<u8>>) -> Vec<Vec<String>> {
    let both = [("script", "script_1"), ("other", "other_1")];
    let deploy = |(shift, (name, label)): (usize, (&str, &str))| {
        let mut packages = packages(label);
        packages.rotate_left(shift);
        let definition = Definition::new(name).with_collection(COLLECTION, net.size());
        net.deploy_each(&definition, &packages)
    };
    both.into_iter().enumerate().map(deploy).collect()
}

/// A call of `script` with something transient.
fn call_of(operations: &Value) -> Call {
    Call {
        transient: [("secret".to_owned(), Bytes::from("hush"))].into(),
        ..script(operations)
    }
}

fn answers(net: &Net, proposal: &Proposal) -> Vec<ProposalResponse> {
    (0..net.size())
        .map(|peer| net.ask(peer, &proposal.signed).unwrap())
        .collect()
}

/// Every organisation's chaincode must answer a script with the first one's bytes; then the transaction is committed.
fn compare(net: &Net, names: &[&str], operations: &Value) -> Response {
    compare_as(net, names, operations, net.user(0))
}

/// The same for another client.
fn compare_as(net: &Net, names: &[&str], operations: &Value, signer: &SigningIdentity) -> Response {
    let proposal = sign(&call_of(operations), signer);
    compare_proposal(net, names, (&proposal, signer), &operations.to_string())
}

/// The same of any call, which a failure shows as `what`.
fn compare_call(net: &Net, names: &[&str], call: &Call, what: &str) -> Response {
    let signer = net.user(0);
    compare_proposal(net, names, (&sign(call, signer), signer), what)
}

fn compare_proposal(
    net: &Net,
    names: &[&str],
    (proposal, signer): (&Proposal, &SigningIdentity),
    what: &str,
) -> Response {
    let answers = answers(net, proposal);
    for (name, answer) in names.iter().zip(&answers) {
        assert_eq!(answer.response, answers[0].response, "{name}: {what}");
        assert_eq!(answer.payload, answers[0].payload, "{name}: {what}");
    }
    if answers[0].endorsement.is_some() {
        let transaction = Endorsed::new(proposal, &answers, signer);
        assert!(net.order(&[&transaction])[0].is_valid(), "{what}");
    }
    answers[0].response.clone().unwrap()
}

/// Every organisation's chaincode reads what a certificate authority wrote into the certificate of a client, and finds
/// nothing in others.
fn attributes(net: &Net, names: &[&str]) {
    let auditor = net.user_with(&[("role", "auditor")]);
    let found = compare_as(net, names, &scripts::attributes(), &auditor);
    assert_eq!(
        results(&found.payload),
        json!(["auditor", "attributed", null])
    );
    let found = compare(net, names, &scripts::attributes());
    assert_eq!(results(&found.payload), json!([null, null, null]));
}

/// What a chaincode did, as its endorser signed it.
fn action(answer: &ProposalResponse) -> ChaincodeAction {
    let payload = ProposalResponsePayload::decode(answer.payload.clone()).unwrap();
    ChaincodeAction::decode(payload.extension).unwrap()
}
