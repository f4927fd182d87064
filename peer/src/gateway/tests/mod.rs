//! The parts of the gateway that need no network.

mod submitting;

use super::difference::Outcome;
use super::error::go_text;
use super::events::Matcher;
use super::submit::quorum;
use super::target::{judge, signed};
use super::{GatewayError, Plan};
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;
use selvedge_protos::gateway::{ChaincodeEventsRequest, ErrorDetail};
use selvedge_protos::google::rpc;
use selvedge_protos::protos::{ChaincodeEvent, Endorsement, ProposalResponse, Response};
use std::collections::{BTreeMap, BTreeSet};
use tonic::{Code, Status};

fn layout(required: &[(&str, usize)]) -> BTreeMap<String, usize> {
    let named = required.iter();
    named
        .map(|(group, quantity)| ((*group).to_owned(), *quantity))
        .collect()
}

fn groups(groups: &[(&str, &[usize])]) -> BTreeMap<String, Vec<usize>> {
    let named = groups.iter();
    named
        .map(|(group, peers)| ((*group).to_owned(), peers.to_vec()))
        .collect()
}

fn by(peer: usize) -> Option<Endorsement> {
    Some(Endorsement {
        endorser: Bytes::from(peer.to_string()),
        signature: Bytes::new(),
    })
}

fn endorsers(plan: Plan) -> Vec<String> {
    let (_, endorsements) = plan.finish().unwrap();
    let endorsers = endorsements.iter();
    endorsers
        .map(|one| String::from_utf8(one.endorser.to_vec()).unwrap())
        .collect()
}

const SAME: Bytes = Bytes::from_static(b"same");

#[test]
fn a_group_that_runs_dry_takes_its_layouts_with_it_and_endorsements_count_for_the_next() {
    let layouts = vec![
        layout(&[("a", 1), ("b", 1)]),
        layout(&[("b", 1), ("c", 1)]),
        layout(&[("a", 1), ("c", 1)]),
    ];
    let mut plan = Plan::new(layouts, groups(&[("a", &[1]), ("b", &[2, 3]), ("c", &[4])]));
    let picks = plan.next_layout().unwrap();
    assert_eq!(picks.len(), 2);
    plan.endorsed(1, None, &SAME, by(1)).unwrap();
    let second = plan.next_in_group("b").unwrap();
    assert_eq!(second.peer, 3);
    assert_eq!(plan.next_in_group("b"), None);
    plan.abandon(&["b".to_owned()]);
    // Only what is missing is asked for.
    let picks = plan.next_layout().unwrap();
    assert_eq!((picks.len(), picks[0].peer), (1, 4));
    plan.endorsed(4, None, &SAME, by(4)).unwrap();
    assert!(plan.is_complete());
    assert_eq!(endorsers(plan), ["1", "4"]);
}

#[test]
fn another_payload_does_not_count() {
    let mut plan = Plan::new(vec![layout(&[("a", 2)])], groups(&[("a", &[1, 2, 3])]));
    plan.next_layout().unwrap();
    plan.endorsed(1, None, &SAME, by(1)).unwrap();
    let other = Bytes::from_static(b"other");
    assert_eq!(plan.endorsed(2, None, &other, by(2)), Err(SAME));
    assert!(!plan.is_complete());
    plan.endorsed(3, None, &SAME, by(3)).unwrap();
    assert_eq!(endorsers(plan), ["1", "3"]);
}

#[test]
fn an_endorser_that_no_group_has_counts_for_nothing_but_says_what_was_signed() {
    let mut plan = Plan::new(vec![layout(&[("a", 1)])], groups(&[("a", &[1])]));
    plan.endorsed(9, None, &SAME, by(9)).unwrap();
    assert!(!plan.is_complete());
    assert!(plan.endorsed(1, None, &Bytes::new(), by(1)).is_err());
    plan.add_detail(ErrorDetail::default());
    assert_eq!(plan.finish(), Err(vec![ErrorDetail::default()]));
}

#[test]
fn a_peer_of_two_groups_counts_once_in_a_layout() {
    let layouts = vec![layout(&[("member", 1), ("peer", 1)])];
    let mut plan = Plan::new(layouts, groups(&[("member", &[1, 2]), ("peer", &[1])]));
    let picks = plan.next_layout().unwrap();
    let asked: BTreeSet<usize> = picks.iter().map(|pick| pick.peer).collect();
    assert_eq!(asked, BTreeSet::from([1, 2]));
    plan.endorsed(1, None, &SAME, by(1)).unwrap();
    assert!(!plan.is_complete());
    plan.endorsed(2, None, &SAME, by(2)).unwrap();
    assert!(plan.is_complete());
}

proptest! {
    /// Whoever fails: a plan ends, nobody is asked twice, and it succeeds when some layout's groups have enough peers
    /// that do not fail.
    #[test]
    fn a_plan_ends_and_finds_what_there_is(
        sizes in proptest::collection::vec(0..4usize, 3),
        wanted in proptest::collection::vec(proptest::collection::vec(0..3usize, 3), 1..5),
        failing in proptest::collection::btree_set(0..12usize, 0..8),
    ) {
        let names = ["a", "b", "c"];
        let peers: BTreeMap<String, Vec<usize>> = (0..3)
            .map(|at| (names[at].to_owned(), (at * 4..at * 4 + sizes[at]).collect()))
            .collect();
        let layouts: Vec<BTreeMap<String, usize>> = wanted
            .iter()
            .map(|wanted| (0..3).filter(|at| wanted[*at] > 0).map(|at| (names[at].to_owned(), wanted[at])).collect())
            .filter(|layout: &BTreeMap<_, _>| !layout.is_empty())
            .collect();
        let enough = |layout: &BTreeMap<String, usize>| {
            layout.iter().all(|(group, wanted)| {
                peers[group].iter().filter(|peer| !failing.contains(peer)).count() >= *wanted
            })
        };
        let possible = layouts.iter().any(enough);
        let mut plan = Plan::new(layouts, peers.clone());
        let mut asked = BTreeSet::new();
        while !plan.is_complete() {
            let Some(picks) = plan.next_layout() else { break };
            let mut dry = Vec::new();
            for pick in picks {
                let mut next = Some(pick);
                while let Some(pick) = next.take() {
                    prop_assert!(asked.insert(pick.peer));
                    if failing.contains(&pick.peer) {
                        next = plan.next_in_group(&pick.group);
                        if next.is_none() {
                            dry.push(pick.group);
                        }
                    } else {
                        plan.endorsed(pick.peer, Some(&pick.group), &SAME, by(pick.peer)).unwrap();
                    }
                }
            }
            plan.abandon(&dry);
        }
        prop_assert_eq!(plan.is_complete(), possible);
    }

    #[test]
    fn arbitrary_bytes_are_no_outcome_and_no_panic(bytes: Vec<u8>) {
        let _ = Outcome::of(&bytes.into());
    }
}

#[test]
fn answers_are_judged_as_fabric_judges_them() {
    let answer = |status, message: &str, payload: &'static [u8]| {
        let response = ProposalResponse {
            response: Some(Response {
                status,
                message: message.to_owned(),
                payload: Bytes::new(),
            }),
            payload: Bytes::from_static(payload),
            ..Default::default()
        };
        judge(response)
            .map(|_| ())
            .map_err(|failure| (failure.code, failure.message, failure.retry, failure.drop))
    };
    assert_eq!(answer(200, "", b""), Ok(()));
    assert_eq!(answer(399, "", b""), Ok(()));
    let peer = Err((Code::Aborted, "why".to_owned(), true, false));
    assert_eq!(answer(500, "why", b""), peer);
    let ended = "error: chaincode stream terminated";
    let gone = Err((Code::Aborted, ended.to_owned(), true, true));
    assert_eq!(answer(500, ended, b""), gone);
    for (status, payload) in [(500, b"p".as_slice()), (400, b""), (199, b""), (501, b"")] {
        let message = format!("chaincode response {status}, why");
        let chaincode = Err((Code::Unknown, message, false, false));
        assert_eq!(answer(status, "why", payload), chaincode);
    }
    let nothing = judge(ProposalResponse::default()).unwrap_err();
    assert_eq!(nothing.message, "chaincode response 0, ");
}

/// hyperledger-labs/fabric-smart-client#1379, #1861: answers whose parts are missing.
#[test]
fn an_answer_that_nobody_signed_endorses_nothing() {
    let response = |payload: &'static [u8], endorsement| ProposalResponse {
        payload: Bytes::from_static(payload),
        endorsement,
        ..Default::default()
    };
    for (payload, endorsement) in [
        (b"payload".as_slice(), None),
        (b"payload", Some(Endorsement::default())),
        (b"", by(1)),
    ] {
        let refused = signed(response(payload, endorsement)).unwrap_err();
        assert_eq!(refused.message, "the response has no endorsement");
        assert!(refused.retry && !refused.drop);
    }
    assert!(signed(response(b"payload", by(1))).is_ok());
}

#[test]
fn details_travel_as_go_packs_them() {
    let detail = ErrorDetail {
        address: "peer:7051".to_owned(),
        msp_id: "Org1MSP".to_owned(),
        message: "no".to_owned(),
    };
    let error = GatewayError::with(Code::Aborted, "failed", vec![detail.clone()]);
    let status = Status::from(error);
    let packed = rpc::Status::decode(status.details()).unwrap();
    assert_eq!((packed.code, packed.message.as_str()), (10, "failed"));
    assert_eq!(
        packed.details[0].type_url,
        "type.googleapis.com/gateway.ErrorDetail"
    );
    let unpacked = ErrorDetail::decode(packed.details[0].value.as_slice());
    assert_eq!(unpacked, Ok(detail));
    assert!(
        Status::from(GatewayError::invalid("no"))
            .details()
            .is_empty()
    );
}

#[test]
fn an_answer_is_shown_as_gos_client_prints_it() {
    let shown = go_text(&Status::unknown("no"));
    assert_eq!(shown, "rpc error: code = Unknown desc = no");
    let shown = go_text(&Status::cancelled("no"));
    assert_eq!(shown, "rpc error: code = Canceled desc = no");
}

#[test]
fn quorums_are_fabrics() {
    assert_eq!([1, 2, 3, 4, 5, 7, 10].map(quorum), [1, 2, 2, 3, 4, 5, 7]);
}

#[test]
fn events_begin_behind_the_transaction_that_was_seen() {
    let event = |tx_id: &str, chaincode_id: &str| ChaincodeEvent {
        chaincode_id: chaincode_id.to_owned(),
        tx_id: tx_id.to_owned(),
        event_name: "made".to_owned(),
        payload: Bytes::new(),
    };
    let all = [event("1", "cc"), event("2", "other"), event("3", "cc")];
    let picked = |after: &str| {
        let mut matcher = Matcher::new(ChaincodeEventsRequest {
            chaincode_id: "cc".to_owned(),
            after_transaction_id: after.to_owned(),
            ..Default::default()
        });
        let picked = matcher.pick(&all);
        picked
            .into_iter()
            .map(|event| event.tx_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(picked(""), ["1", "3"]);
    assert_eq!(picked("1"), ["3"]);
    // An event of any chaincode shows that the transaction has passed.
    assert_eq!(picked("2"), ["3"]);
    assert_eq!(picked("3"), [""; 0]);
    assert_eq!(picked("never"), [""; 0]);
}
