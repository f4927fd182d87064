//! More requests than there is room for, listeners that do not read, and requests that name one channel and sign for
//! another.

use super::{acquainted, deployed, network, plan};
use crate::harness::{CHANNEL, Definition, Net, script, sign, told, wait};
use selvedge_ledger::StateDatabase;
use selvedge_peer::node::NodeOptions;
use selvedge_protos::gateway::{ChaincodeEventsRequest, EndorseRequest, EvaluateRequest};
use serde_json::json;
use std::sync::Arc;
use tonic::Code;

fn of_script() -> ChaincodeEventsRequest {
    ChaincodeEventsRequest {
        chaincode_id: "script".to_owned(),
        ..Default::default()
    }
}

#[test]
fn requests_beyond_the_limit_are_told_so_and_those_within_go_on() {
    const LIMIT: usize = 3;
    let net = Net::start_tuned(
        &plan(1, 1),
        StateDatabase::default(),
        |_| {},
        Arc::new(|options: &mut NodeOptions| options.serve.gateway.limit = LIMIT),
    );
    acquainted(&net);
    deployed(&net, &Definition::new("script"));
    let app = net.app(0);
    // Each holds its place as long as it listens.
    let mut listening: Vec<_> = (0..LIMIT)
        .map(|_| app.events(of_script()).unwrap())
        .collect();
    let full = "too many requests for /gateway.Gateway, exceeding concurrency limit (3)";
    let put = script(&json!([["put", "k", "v"], ["event", "made", ""]]));
    for error in [
        app.evaluate(&put, &[]).unwrap_err(),
        app.endorse(&put, &[]).unwrap_err(),
        app.status("any").unwrap_err(),
        app.events(of_script()).err().unwrap(),
    ] {
        assert_eq!(told(&error), (Code::Unknown, full));
    }
    // One goes, and another may come.
    drop(listening.pop());
    net.until("a place", |net| net.app(0).transact_once(&put).is_ok());
    assert_eq!(listening[0].names(), ["made"]);
}

#[test]
fn listeners_that_do_not_read_hold_nobody_up() {
    let net = network(2, 1);
    // More than the windows of their connection hold.
    let large = "x".repeat(256 << 10);
    let listening = net.app(0);
    let unread: Vec<_> = (0..16)
        .map(|_| listening.events(of_script()).unwrap())
        .collect();
    let app = net.app(1);
    let mut last = 0;
    for number in 0..24 {
        let call = script(&json!([
            ["put", "k", number.to_string()],
            ["event", "large", large]
        ]));
        let (code, block) = app.transact(&call);
        assert_eq!(code, 0);
        last = block;
    }
    net.until("the peer has the blocks", |net| {
        net.channel(0).ledger().height() > last
    });
    // Whoever reads after all has missed nothing.
    let mut late = unread.into_iter().next().unwrap();
    for _ in 0..24 {
        assert_eq!(late.names(), ["large"]);
    }
}

#[test]
fn what_is_signed_says_which_channel_is_meant() {
    let net = network(1, 1);
    let app = net.app(0);
    let proposal = sign(&script(&json!([["put", "k", "v"]])), app.owner());
    // The request's own words about it are not signed and do not count.
    let evaluated = wait(app.client.clone().evaluate(EvaluateRequest {
        transaction_id: "another".to_owned(),
        channel_id: "elsewhere".to_owned(),
        proposed_transaction: Some(proposal.signed.clone()),
        target_organizations: Vec::new(),
    }));
    assert_eq!(evaluated.unwrap().into_inner().result.unwrap().status, 200);
    let endorsed = wait(app.client.clone().endorse(EndorseRequest {
        transaction_id: "another".to_owned(),
        channel_id: "elsewhere".to_owned(),
        proposed_transaction: Some(proposal.signed),
        endorsing_organizations: Vec::new(),
    }));
    assert!(endorsed.is_ok());
    // A proposal for a channel that the peer does not have, in a request that names one that it has.
    let mut call = script(&json!([["put", "k", "v"]]));
    call.channel = "elsewhere".to_owned();
    let proposal = sign(&call, app.owner());
    let refused = wait(app.client.clone().evaluate(EvaluateRequest {
        transaction_id: proposal.tx_id.clone(),
        channel_id: CHANNEL.to_owned(),
        proposed_transaction: Some(proposal.signed.clone()),
        target_organizations: Vec::new(),
    }));
    let why = "failed to get config for channel [elsewhere]: could not get last config for channel elsewhere";
    assert_eq!(told(&refused.unwrap_err()), (Code::Unavailable, why));
    let refused = wait(app.client.clone().endorse(EndorseRequest {
        transaction_id: proposal.tx_id,
        channel_id: CHANNEL.to_owned(),
        proposed_transaction: Some(proposal.signed),
        endorsing_organizations: Vec::new(),
    }));
    assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);
}
