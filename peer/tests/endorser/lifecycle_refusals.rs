//! What `_lifecycle` says where a call, or a channel, is not one it can serve; and a call of it by a chaincode.

use crate::legacy::{CHANNEL, Net, script};
use bytes::Bytes;
use selvedge_peer::client::{Call, lifecycle_call};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, CheckCommitReadinessArgs,
    CommitChaincodeDefinitionArgs, QueryApprovedChaincodeDefinitionArgs,
    QueryChaincodeDefinitionArgs,
};
use serde_json::{Value, json};

const READINESS: &str = "CheckCommitReadiness";

fn backing(function: &str, cause: &str) -> String {
    format!("failed to invoke backing implementation of '{function}': {cause}")
}

#[test]
fn arguments_that_are_none_and_channels_that_are_missing() {
    let net = Net::new(1, "V2_5");
    let junk = Call {
        args: vec![
            Bytes::from_static(READINESS.as_bytes()),
            Bytes::from_static(b"\xff"),
        ],
        ..lifecycle_call(CHANNEL, READINESS, &CheckCommitReadinessArgs::default())
    };
    let said = net.refusal(0, &junk);
    let cause = "could not decode input arg for *lifecycle.Invocation.CheckCommitReadiness: ";
    assert!(said.starts_with(&backing(READINESS, cause)), "{said}");
    let unknown = QueryChaincodeDefinitionArgs {
        name: "cc".to_owned(),
    };
    let call = lifecycle_call(CHANNEL, "QueryChaincodeDefinition", &unknown);
    let answer = net.ask(0, &call);
    assert_eq!(
        (answer.status, &*answer.message),
        (404, "namespace cc is not defined")
    );
    // A function that reads state, where there is no channel to read.
    let approved = QueryApprovedChaincodeDefinitionArgs {
        name: "cc".to_owned(),
        sequence: 1,
    };
    let said = net.refusal(
        0,
        &lifecycle_call("", "QueryApprovedChaincodeDefinition", &approved),
    );
    assert!(said.ends_with("no ledger context"), "{said}");
}

#[test]
fn a_channel_without_the_default_policy_takes_no_definition_that_names_none() {
    let net = Net::new(1, "V2_5");
    net.reconfigure(|config| {
        let groups = &mut config.channel_group.as_mut().unwrap().groups;
        let policies = &mut groups.get_mut("Application").unwrap().policies;
        policies.remove("Endorsement").unwrap();
    });
    let cause = format!(
        "could not set defaults for chaincode definition in channel {CHANNEL}: policy '/Channel/Application/Endorsement' must be defined for channel '{CHANNEL}' before chaincode operations can be attempted"
    );
    let (name, version) = ("cc".to_owned(), "1".to_owned());
    let approval = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: 1,
        name: name.clone(),
        version: version.clone(),
        ..Default::default()
    };
    let commit = CommitChaincodeDefinitionArgs {
        sequence: 1,
        name: name.clone(),
        version: version.clone(),
        ..Default::default()
    };
    let readiness = CheckCommitReadinessArgs {
        sequence: 1,
        name,
        version,
        ..Default::default()
    };
    let (approve, commit_function) = (
        "ApproveChaincodeDefinitionForMyOrg",
        "CommitChaincodeDefinition",
    );
    for (function, call) in [
        (approve, lifecycle_call(CHANNEL, approve, &approval)),
        (READINESS, lifecycle_call(CHANNEL, READINESS, &readiness)),
        (
            commit_function,
            lifecycle_call(CHANNEL, commit_function, &commit),
        ),
    ] {
        assert_eq!(net.refusal(0, &call), backing(function, &cause));
    }
    // Bytes that are no policy are nobody's business until a transaction is judged by them.
    let with_garbage = ApproveChaincodeDefinitionForMyOrgArgs {
        validation_parameter: Bytes::from_static(b"garbage"),
        ..approval
    };
    let call = lifecycle_call(CHANNEL, approve, &with_garbage);
    assert_eq!(net.transact(&[0], &call), 0);
}

/// Unlike `qscc` and `cscc` it does not refuse; who may is asked of the client.
#[test]
fn a_chaincode_may_ask() {
    let net = Net::with_chaincode();
    net.raise("V2_5");
    let ask = script(r#"[["invoke","_lifecycle","",["QueryChaincodeDefinitions",""]]]"#);
    let answer = net.ask(0, &ask);
    let results: Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!(results[0], json!([200, "", null]));
    // The client is no administrator of the peer, which this function wants.
    let ask = script(r#"[["invoke","_lifecycle","",["QueryInstalledChaincodes",""]]]"#);
    let answer = net.ask_as(0, &ask, &net.members[0].user);
    let results: Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!(results[0][0], 500);
    let said = results[0][1].as_str().unwrap();
    assert!(
        said.starts_with("Failed to authorize invocation due to failed ACL check: "),
        "{said}"
    );
}
