//! Every recorded proposal, answered by our peers at the same height: the same status and message, and the same bytes
//! to sign.

use crate::{
    organisation::{Organisation, ScriptRuntime},
    recording::{Recorded, Recording},
};
use prost::Message;
use selvedge_protos::{
    lifecycle::{
        CheckCommitReadinessResult, QueryApprovedChaincodeDefinitionsResult,
        QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsResult,
    },
    protos::{ChaincodeAction, ProposalResponse, ProposalResponsePayload},
};
use serde_json::Value;
use std::collections::BTreeMap;

const ORGANISATIONS: [&str; 3] = ["Org1", "Org2", "Org3"];
const GRPC: &str = "rpc error: code = Unknown desc = ";

#[test]
fn every_recorded_proposal_gets_the_recorded_answer() {
    replay(ScriptRuntime::Native);
}

#[test]
fn every_recorded_proposal_gets_the_recorded_answer_from_wasm() {
    replay(ScriptRuntime::Wasm);
}

#[test]
fn every_recorded_proposal_gets_the_recorded_answer_over_the_stream() {
    replay(ScriptRuntime::Stream);
}

fn replay(runtime: ScriptRuntime) {
    let (main, aux) = (Recording::load(""), Recording::load("aux"));
    let mut organisations: BTreeMap<&str, _> = ORGANISATIONS
        .map(|name| (name, Organisation::new(name, runtime)))
        .into_iter()
        .collect();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (recording, channel) in [(&aux, "aux"), (&main, "golden")] {
        for proposal in &recording.proposals {
            for (org, expected) in proposal.responses() {
                let organisation = organisations.get_mut(org).unwrap();
                // Org3 has no part in the second channel.
                organisation.advance(recording, channel, proposal.height());
                compared += 1;
                if let Err(difference) = compare(organisation, proposal, expected) {
                    let (n, note) = (proposal.number(), proposal.text("note"));
                    wrong.push(format!("{channel} {n:03} {org} ({note}): {difference}"));
                }
            }
        }
        for (org, organisation) in &mut organisations {
            if *org != "Org3" || channel == "golden" {
                organisation.advance(recording, channel, recording.height());
            }
        }
    }
    assert_eq!(
        compared,
        349 + aux
            .proposals
            .iter()
            .map(|p| p.responses().count())
            .sum::<usize>()
    );
    assert!(
        wrong.is_empty(),
        "{} of {compared} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{what}:\n  ours   {ours:?}\n  theirs {theirs:?}"))
}

fn compare(
    organisation: &Organisation,
    proposal: &Recorded,
    expected: &Value,
) -> Result<(), String> {
    let ours = organisation.endorser.process_proposal(proposal.bytes());
    if let Some(error) = expected["grpc_error"].as_str() {
        let ours = ours
            .map(|response| format!("{response:?}"))
            .unwrap_or_else(|error| error.to_string());
        return same(
            "gRPC error",
            &ours,
            &error.strip_prefix(GRPC).unwrap().to_owned(),
        );
    }
    let ours = ours.map_err(|error| format!("refused: {error}"))?;
    let theirs = proposal.response(expected);
    if let Some(hash) = expected["payload_sha256"]
        .as_str()
        .filter(|_| !has_maps(proposal))
    {
        use sha2::{Digest as _, Sha256};
        same(
            "payload hash",
            &hex::encode(Sha256::digest(&ours.payload)),
            &hash.to_owned(),
        )
        .or_else(|_| same_payload(&ours, &theirs))?;
    }
    same("version", &ours.version, &theirs.version)?;
    let is_map = has_maps(proposal);
    if is_map {
        same_unordered(proposal, &ours, &theirs)?;
    } else {
        same("response", &ours.response, &theirs.response)?;
        same_payload(&ours, &theirs)?;
    }
    same("interest", &interest(&ours), &interest(&theirs))?;
    same(
        "endorsed",
        &ours.endorsement.is_some(),
        &theirs.endorsement.is_some(),
    )?;
    if let (Some(ours_signed), Some(theirs_signed)) = (&ours.endorsement, &theirs.endorsement) {
        same("endorser", &ours_signed.endorser, &theirs_signed.endorser)?;
        let signed = [&ours.payload[..], &ours_signed.endorser[..]].concat();
        let identity = organisation
            .peer
            .local_msp()
            .deserialize(&ours_signed.endorser)
            .unwrap();
        identity
            .verify(&signed, &ours_signed.signature)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Go writes protobuf maps in random order, and the lists of definitions come from Go maps.
fn has_maps(proposal: &Recorded) -> bool {
    let function = proposal.index["args"][0].as_str().unwrap_or_default();
    proposal.text("chaincode") == "_lifecycle"
        && matches!(
            function,
            "CheckCommitReadiness"
                | "QueryChaincodeDefinition"
                | "QueryChaincodeDefinitions"
                | "QueryApprovedChaincodeDefinitions"
        )
}

fn same_payload(ours: &ProposalResponse, theirs: &ProposalResponse) -> Result<(), String> {
    if ours.payload == theirs.payload {
        return Ok(());
    }
    // Taken apart so that the report says where.
    let (ours, theirs) = (taken_apart(&ours.payload), taken_apart(&theirs.payload));
    same("proposal hash", &ours.0, &theirs.0)?;
    same("results", &sets(&ours.1), &sets(&theirs.1))?;
    same("action", &ours.1, &theirs.1)?;
    Err("payloads differ in encoding only".to_owned())
}

fn taken_apart(payload: &bytes::Bytes) -> (bytes::Bytes, ChaincodeAction) {
    let payload = ProposalResponsePayload::decode(payload.clone()).unwrap();
    (
        payload.proposal_hash,
        ChaincodeAction::decode(payload.extension).unwrap(),
    )
}

fn sets(action: &ChaincodeAction) -> Vec<String> {
    use selvedge_protos::{kvrwset, rwset};
    let results = rwset::TxReadWriteSet::decode(action.results.clone()).unwrap();
    let namespace = |set: &rwset::NsReadWriteSet| {
        let public = kvrwset::KvrwSet::decode(set.rwset.clone()).unwrap();
        let hashed = set.collection_hashed_rwset.iter().map(|collection| {
            let hashed = kvrwset::HashedRwSet::decode(collection.hashed_rwset.clone()).unwrap();
            format!("{} {hashed:?}", collection.collection_name)
        });
        format!(
            "{} {public:?} {:?}",
            set.namespace,
            hashed.collect::<Vec<_>>()
        )
    };
    results.ns_rwset.iter().map(namespace).collect()
}

fn same_unordered(
    proposal: &Recorded,
    ours: &ProposalResponse,
    theirs: &ProposalResponse,
) -> Result<(), String> {
    let of = |response: &ProposalResponse| {
        let (hash, mut action) = if response.payload.is_empty() {
            Default::default()
        } else {
            taken_apart(&response.payload)
        };
        let mut response = response.response.clone().unwrap();
        let decoded = decoded(proposal, &response.payload);
        response.payload.clear();
        if let Some(response) = &mut action.response {
            response.payload.clear();
        }
        (hash, sets(&action), action, response, decoded)
    };
    same("answer", &of(ours), &of(theirs))
}

fn decoded(proposal: &Recorded, payload: &bytes::Bytes) -> String {
    fn text<M: Message + Default + std::fmt::Debug>(
        payload: &bytes::Bytes,
        sort: impl FnOnce(&mut M),
    ) -> String {
        let mut message = M::decode(payload.clone()).unwrap();
        sort(&mut message);
        format!("{message:?}")
    }
    match proposal.index["args"][0].as_str().unwrap() {
        "CheckCommitReadiness" => text::<CheckCommitReadinessResult>(payload, |_| {}),
        "QueryChaincodeDefinition" => text::<QueryChaincodeDefinitionResult>(payload, |_| {}),
        "QueryChaincodeDefinitions" => text::<QueryChaincodeDefinitionsResult>(payload, |result| {
            result
                .chaincode_definitions
                .sort_by(|one, other| one.name.cmp(&other.name));
        }),
        _ => text::<QueryApprovedChaincodeDefinitionsResult>(payload, |result| {
            let key = |one: &_| {
                let one: &selvedge_protos::lifecycle::query_approved_chaincode_definitions_result::ApprovedChaincodeDefinition = one;
                (one.name.clone(), one.sequence)
            };
            result.approved_chaincode_definitions.sort_by_key(key);
        }),
    }
}

/// In an order of its own on every Go peer.
fn interest(response: &ProposalResponse) -> Option<Vec<String>> {
    let interest = response.interest.as_ref()?;
    let mut calls: Vec<_> = interest
        .chaincodes
        .iter()
        .map(|call| format!("{call:?}"))
        .collect();
    calls.sort();
    Some(calls)
}
