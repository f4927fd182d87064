//! Requests that lack something, or are somebody else's: Fabric's codes and words, and the next request is right.

use super::network;
use crate::harness::{App, CHANNEL, endorsing, script, sign, told, wait};
use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use selvedge_protos::common::{ChannelHeader, Envelope, Header};
use selvedge_protos::gateway::{
    ChaincodeEventsRequest, CommitStatusRequest, EvaluateRequest, SignedChaincodeEventsRequest,
    SignedCommitStatusRequest, SubmitRequest,
};
use selvedge_protos::protos::{
    ChaincodeId, ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec, Proposal,
    SignedProposal,
};
use serde_json::json;
use tonic::{Code, Status};

const GARBAGE: Bytes = Bytes::from_static(b"\xff\xff\xff");

fn proposal(channel: &str, spec: Option<ChaincodeSpec>) -> SignedProposal {
    let header = ChannelHeader {
        channel_id: channel.to_owned(),
        ..Default::default()
    };
    let input = ChaincodeInvocationSpec {
        chaincode_spec: spec,
    };
    let payload = ChaincodeProposalPayload {
        input: input.encode_to_vec().into(),
        ..Default::default()
    };
    signed(Proposal {
        header: encoded_header(header.encode_to_vec().into()),
        payload: payload.encode_to_vec().into(),
        ..Default::default()
    })
}

fn encoded_header(channel_header: Bytes) -> Bytes {
    let header = Header {
        channel_header,
        ..Default::default()
    };
    header.encode_to_vec().into()
}

fn signed(proposal: Proposal) -> SignedProposal {
    SignedProposal {
        proposal_bytes: proposal.encode_to_vec().into(),
        signature: Bytes::new(),
    }
}

fn naming(name: &str) -> Option<ChaincodeSpec> {
    Some(ChaincodeSpec {
        chaincode_id: Some(ChaincodeId {
            name: name.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    })
}

fn evaluate(app: &App<'_>, signed: Option<SignedProposal>) -> Status {
    let request = EvaluateRequest {
        proposed_transaction: signed,
        ..Default::default()
    };
    wait(app.client.clone().evaluate(request)).unwrap_err()
}

fn endorse(app: &App<'_>, signed: Option<SignedProposal>) -> Status {
    wait(app.client.clone().endorse(endorsing(signed, &[]))).unwrap_err()
}

#[test]
fn what_is_missing_is_named() {
    let net = network(1, 1);
    let app = net.app(0);
    proposals(&app);
    transactions(&app);
    questions(&app);
    listeners(&app);
    arbitrary(&app);
    net.next_is_right();
    let (code, _) = app.transact(&script(&json!([["put", "k", "v"]])));
    assert_eq!(code, 0);
}

fn proposals(app: &App<'_>) {
    let wire = "proto: cannot parse invalid wire-format data";
    let broken = |layer: &str| format!("error unmarshalling {layer}: {wire}");
    let with_header = |header: Bytes| {
        signed(Proposal {
            header,
            ..Default::default()
        })
    };
    let with_payload = |payload: Bytes| {
        signed(Proposal {
            payload,
            ..Default::default()
        })
    };
    let raw = SignedProposal {
        proposal_bytes: GARBAGE,
        ..Default::default()
    };
    let input = ChaincodeProposalPayload {
        input: GARBAGE,
        ..Default::default()
    };
    let layers = [
        (raw, "Proposal"),
        (with_header(GARBAGE), "Header"),
        (with_header(encoded_header(GARBAGE)), "ChannelHeader"),
        (with_payload(GARBAGE), "ChaincodeProposalPayload"),
        (
            with_payload(input.encode_to_vec().into()),
            "ChaincodeInvocationSpec",
        ),
    ];
    for (signed, layer) in layers {
        let error = endorse(app, Some(signed.clone()));
        assert_eq!(
            told(&error),
            (Code::InvalidArgument, broken(layer).as_str())
        );
        let error = evaluate(app, Some(signed));
        let why = format!("failed to unpack transaction proposal: {}", broken(layer));
        assert_eq!(told(&error), (Code::InvalidArgument, why.as_str()));
    }
    for signed in [None, Some(SignedProposal::default())] {
        let error = endorse(app, signed.clone());
        let why = "the proposed transaction must contain a signed proposal";
        assert_eq!(told(&error), (Code::InvalidArgument, why));
        let error = evaluate(app, signed);
        let why = "failed to unpack transaction proposal: a signed proposal is required";
        assert_eq!(told(&error), (Code::InvalidArgument, why));
    }
    let no_id = Some(ChaincodeSpec::default());
    for (signed, why) in [
        (proposal("", naming("script")), "no channel id provided"),
        (
            proposal("c", None),
            "no chaincode spec is provided, channel id [c]",
        ),
        (
            proposal("c", no_id),
            "no chaincode id is provided, channel id [c]",
        ),
        (
            proposal("c", naming("")),
            "no chaincode name is provided, channel id [c]",
        ),
    ] {
        let error = evaluate(app, Some(signed));
        let why = format!("failed to unpack transaction proposal: {why}");
        assert_eq!(told(&error), (Code::InvalidArgument, why.as_str()));
    }
    let elsewhere = proposal("nowhere", naming("script"));
    let error = evaluate(app, Some(elsewhere.clone()));
    let why =
        "failed to get config for channel [nowhere]: could not get last config for channel nowhere";
    assert_eq!(told(&error), (Code::Unavailable, why));
    let error = endorse(app, Some(elsewhere));
    let why = "no combination of peers can be derived which satisfy the endorsement policy: No metadata was found for chaincode script in channel nowhere";
    assert_eq!(told(&error), (Code::FailedPrecondition, why));
}

/// What the gateway passes on and the endorser refuses.
fn transactions(app: &App<'_>) {
    // To Fabric's gateway its own peer's filters look like a peer that cannot be reached.
    let error = evaluate(app, Some(proposal(CHANNEL, naming("script"))));
    let why = "failed to evaluate transaction, see attached details for more info";
    assert_eq!(told(&error), (Code::Unavailable, why));
    let forged = SignedProposal {
        signature: GARBAGE,
        ..sign(&script(&json!([["get", "k"]])), app.owner()).signed
    };
    let error = evaluate(app, Some(forged));
    let why = "evaluate call to endorser returned error: error validating proposal: access denied";
    assert_eq!(error.code(), Code::FailedPrecondition, "{error:?}");
    assert!(error.message().starts_with(why), "{error:?}");
    let submit = |request| wait(app.client.clone().submit(request)).unwrap_err();
    let error = submit(SubmitRequest::default());
    let why = "a prepared transaction is required";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    let unsigned = SubmitRequest {
        prepared_transaction: Some(Envelope::default()),
        ..Default::default()
    };
    let error = submit(unsigned);
    let why = "prepared transaction must be signed";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    let envelope = Envelope {
        signature: GARBAGE,
        ..Default::default()
    };
    let nowhere = SubmitRequest {
        channel_id: "nowhere".to_owned(),
        prepared_transaction: Some(envelope.clone()),
        ..Default::default()
    };
    let why =
        "failed to get config for channel [nowhere]: could not get last config for channel nowhere";
    assert_eq!(told(&submit(nowhere)), (Code::FailedPrecondition, why));
    let refused = submit(SubmitRequest {
        channel_id: CHANNEL.to_owned(),
        prepared_transaction: Some(envelope),
        ..Default::default()
    });
    assert_eq!(refused.code(), Code::Aborted);
    let why = "received unsuccessful response from orderer: status=BAD_REQUEST, info=";
    assert!(refused.message().starts_with(why), "{refused:?}");
}

fn questions(app: &App<'_>) {
    let ask = |request| wait(app.client.clone().commit_status(request)).unwrap_err();
    let plain = |request: CommitStatusRequest| SignedCommitStatusRequest {
        request: request.encode_to_vec().into(),
        signature: GARBAGE,
    };
    let error = ask(SignedCommitStatusRequest::default());
    let why = "a commit status request is required";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    let error = ask(SignedCommitStatusRequest {
        request: GARBAGE,
        signature: GARBAGE,
    });
    let why = "invalid status request: proto: cannot parse invalid wire-format data";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    let mut request = CommitStatusRequest {
        transaction_id: "t".to_owned(),
        ..Default::default()
    };
    let error = ask(plain(request.clone()));
    assert_eq!(
        told(&error),
        (Code::InvalidArgument, "no identity provided")
    );
    request.identity = GARBAGE;
    let error = ask(plain(request.clone()));
    assert_eq!(
        told(&error),
        (Code::InvalidArgument, "no channel ID provided")
    );
    request.channel_id = CHANNEL.to_owned();
    let nobody = ask(plain(request.clone()));
    assert_eq!(nobody.code(), Code::PermissionDenied);
    let nowhere = CommitStatusRequest {
        channel_id: "nowhere".to_owned(),
        ..request.clone()
    };
    let error = ask(plain(nowhere));
    let why = "Failed to get policy manager for channel [nowhere]";
    assert_eq!(told(&error), (Code::PermissionDenied, why));
    request.transaction_id.clear();
    let error = ask(plain(request));
    let why = "transaction ID should not be empty";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    let mut stolen = app.asking("t");
    stolen.signature = GARBAGE;
    assert_eq!(ask(stolen).code(), Code::PermissionDenied);
}

fn listeners(app: &App<'_>) {
    let ask = |request| wait(app.client.clone().chaincode_events(request)).unwrap_err();
    let error = ask(SignedChaincodeEventsRequest::default());
    let why = "a chaincode events request is required";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    let error = ask(SignedChaincodeEventsRequest {
        request: GARBAGE,
        signature: GARBAGE,
    });
    let why = "invalid chaincode events request: proto: cannot parse invalid wire-format data";
    assert_eq!(told(&error), (Code::InvalidArgument, why));
    for channel in ["", "nowhere", CHANNEL] {
        let request = ChaincodeEventsRequest {
            channel_id: channel.to_owned(),
            chaincode_id: "script".to_owned(),
            ..Default::default()
        };
        let error = ask(SignedChaincodeEventsRequest {
            request: request.encode_to_vec().into(),
            signature: GARBAGE,
        });
        assert_eq!(error.code(), Code::PermissionDenied, "{error:?}");
    }
}

/// Good requests with some bytes changed: refused, and nobody falls over.
fn arbitrary(app: &App<'_>) {
    let good = sign(&script(&json!([["get", "k"]])), app.owner()).signed;
    let bytes = good.proposal_bytes;
    let mut runner = TestRunner::new(ProptestConfig::with_cases(100));
    let change = proptest::collection::vec((0..bytes.len(), any::<u8>()), 1..8);
    let tested = runner.run(&change, |changes| {
        let mut changed = bytes.to_vec();
        for (at, byte) in changes {
            changed[at] = byte;
        }
        let signed = SignedProposal {
            proposal_bytes: changed.into(),
            signature: good.signature.clone(),
        };
        for error in [evaluate_any(app, &signed), endorse_any(app, &signed)] {
            let code = error.map(|error| error.code());
            prop_assert!(!matches!(code, Some(Code::Internal)), "{:?}", code);
        }
        Ok(())
    });
    tested.unwrap();
}

fn evaluate_any(app: &App<'_>, signed: &SignedProposal) -> Option<Status> {
    let request = EvaluateRequest {
        proposed_transaction: Some(signed.clone()),
        ..Default::default()
    };
    wait(app.client.clone().evaluate(request)).err()
}

fn endorse_any(app: &App<'_>, signed: &SignedProposal) -> Option<Status> {
    let request = endorsing(Some(signed.clone()), &[]);
    wait(app.client.clone().endorse(request)).err()
}
