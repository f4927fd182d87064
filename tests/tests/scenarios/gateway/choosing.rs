//! Whom the gateway asks.

use super::{acquainted, deployed, network, plan};
use crate::guest;
use crate::harness::{Definition, Net, Runtime, details, script, told, wasm_package};
use selvedge_peer::client::Call;
use serde_json::json;
use tonic::Code;

const SECRETS: &str = "secrets";
const OWN: &str = "own";

fn transient(operations: &serde_json::Value) -> Call {
    Call {
        transient: [("secret".to_owned(), "hush".into())].into(),
        ..script(operations)
    }
}

#[test]
fn only_members_of_a_collection_are_asked_and_see_what_is_transient() {
    let net = Net::start(&plan(3, 10));
    acquainted(&net);
    let definition = Definition::new("script")
        .with_collection_of(SECRETS, &["Org1MSP", "Org3MSP"], 0, 1)
        .with_collection_of(OWN, &["Org1MSP"], 0, 1);
    deployed(&net, &definition);
    let app = net.app(0);
    for _ in 0..5 {
        // Any two of three would do; whoever only writes need not be a member, but what is transient is for members.
        let put = transient(&json!([["putpvtt", SECRETS, "k", "secret"]]));
        let prepared = app.endorse(&put, &[]).unwrap();
        assert_eq!(prepared.endorsers(), ["Org1MSP", "Org3MSP"]);
    }
    let put = transient(&json!([["putpvtt", OWN, "k", "secret"]]));
    let error = app.endorse(&put, &[]).unwrap_err();
    let caution = "requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): [own]; retry specifying trusted endorsing organizations to protect transient data";
    assert_eq!(told(&error), (Code::FailedPrecondition, caution));
    let trusted = app.endorse(&put, &["Org1MSP", "Org2MSP"]).unwrap();
    assert_eq!(trusted.endorsers(), ["Org1MSP", "Org2MSP"]);
    // Written without secrets, it may be endorsed by anybody; read, by members only.
    let open = script(&json!([["putpvt", OWN, "k", "v"]]));
    assert_eq!(app.endorse(&open, &[]).unwrap().endorsers().len(), 2);
    let read = script(&json!([["getpvt", OWN, "k"]]));
    let error = app.endorse(&read, &[]).unwrap_err();
    let nobody = "no combination of peers can be derived which satisfy the endorsement policy: no peer combination can satisfy the endorsement policy";
    assert_eq!(told(&error), (Code::FailedPrecondition, nobody));
    // What is evaluated with secrets stays at home unless the client says otherwise.
    let read = transient(&json!([["transient", "secret"]]));
    assert_eq!(app.evaluate(&read, &[]).unwrap().status, 200);
    assert_eq!(app.evaluate(&read, &["Org2MSP"]).unwrap().status, 200);
}

#[test]
fn a_peer_that_is_down_is_replaced_and_named_when_nobody_is_left() {
    let mut net = network(3, 10);
    let put = script(&json!([["put", "k", "v"]]));
    let second = net.halt(1);
    for _ in 0..4 {
        // The others take it for alive as yet.
        let prepared = net.app(0).endorse(&put, &[]).unwrap();
        assert_eq!(prepared.endorsers(), ["Org1MSP", "Org3MSP"]);
    }
    let third = net.halt(1);
    nobody_left(&net.app(0).endorse(&put, &[]).unwrap_err());
    nobody_left(&net.app(0).evaluate(&put, &["Org2MSP"]).unwrap_err());
    // They are used again as soon as they are back.
    net.resume(1, second);
    net.resume(2, third);
    net.until("an endorsement", |net| {
        net.app(0).endorse(&put, &[]).is_ok()
    });
}

/// Those that gossip takes for alive as yet are asked and named; then there is nobody to be asked.
fn nobody_left(error: &tonic::Status) {
    if error.code() == Code::FailedPrecondition {
        return;
    }
    assert!(
        matches!(error.code(), Code::Aborted | Code::Unavailable),
        "{error:?}"
    );
    let ending = ", see attached details for more info";
    assert!(error.message().ends_with(ending), "{error:?}");
    let said = details(error);
    assert!(!said.is_empty());
    for (organisation, message) in said {
        let unreachable = message.starts_with("rpc error: code = Unavailable");
        assert!(unreachable && organisation != "Org1MSP", "{message}");
    }
}

#[test]
fn endorsers_that_do_not_agree_are_found_out() {
    let net = Net::start(&plan(2, 10));
    acquainted(&net);
    // The second organisation runs something that always succeeds and says nothing.
    let invoke = guest::invoke("(call $answer (i32.const 200) (i32.const 0) (i32.const 0))");
    let body = format!("{} {invoke}", guest::GROW);
    let silent = wasm_package("script_1", guest::component("", &body));
    let packages = [Runtime::Wasm.script_package("script_1"), silent];
    net.deploy_each(&Definition::new("script"), &packages);
    for peer in 0..net.size() {
        net.until_known(peer, "script", 2);
    }
    let put = script(&json!([["put", "k", "v"]]));
    let error = net.app(0).endorse(&put, &[]).unwrap_err();
    assert_eq!(error.code(), Code::Aborted);
    let mismatch = "ProposalResponsePayloads do not match".to_owned();
    assert_eq!(details(&error), [("Org2MSP".to_owned(), mismatch)]);
    // Where the first answer says that nothing was touched, the rules of the chaincode itself count.
    let error = net.app(1).endorse(&put, &[]).unwrap_err();
    assert_eq!(error.code(), Code::Aborted, "{error:?}");
}
