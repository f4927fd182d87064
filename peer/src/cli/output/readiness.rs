//! `checkcommitreadiness`. Fabric: internal/peer/lifecycle/chaincode/checkcommitreadiness.go.

use selvedge_protos::lifecycle::{CheckCommitReadinessArgs, CheckCommitReadinessResult};

use super::go_json::{Message, Node};

pub(crate) fn readiness(
    channel: &str,
    asked: &CheckCommitReadinessArgs,
    result: &CheckCommitReadinessResult,
    inspect: bool,
) -> String {
    let mut out = format!(
        "Chaincode definition for chaincode '{}', version '{}', sequence '{}' on channel '{channel}' approval status by org:\n",
        asked.name, asked.version, asked.sequence
    );
    let mut approvals: Vec<_> = result.approvals.iter().collect();
    approvals.sort();
    for (org, approved) in approvals {
        out.push_str(&format!("{org}: {approved}"));
        let items = result
            .mismatches
            .get(org)
            .map(|mismatches| mismatches.items.as_slice())
            .unwrap_or_default();
        if inspect && !items.is_empty() {
            out.push_str(&format!(" (mismatch: [{}])", items.join(", ")));
        }
        out.push('\n');
    }
    out
}

pub(crate) fn readiness_json(result: &CheckCommitReadinessResult, inspect: bool) -> Message {
    let approvals = result
        .approvals
        .iter()
        .map(|(org, approved)| (org.clone(), Node::Flag(*approved)));
    let message = Message::default().map("approvals", approvals);
    if !inspect {
        return message;
    }
    let mismatches = result.mismatches.iter().map(|(org, mismatches)| {
        let items = mismatches
            .items
            .iter()
            .map(|item| Node::Text(described(item)));
        (org.clone(), Message::default().list("items", items).into())
    });
    message.map("mismatches", mismatches)
}

fn described(item: &str) -> String {
    let parts = match item {
        "ChaincodeParameters" => "Sequence, ChaincodeName",
        "EndorsementInfo" => "Version, InitRequired, EndorsementPlugin",
        "ValidationInfo" => "ValidationParameter, ValidationPlugin",
        "Collections" => "Collections",
        other => return other.to_owned(),
    };
    format!("{item} (Check the {parts})")
}
