//! What two endorsers did not agree on, for the operator's log.
//!
//! Fabric: internal/pkg/gateway/diff.go.

use super::target::Target;
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::kvrwset::KvrwSet;
use selvedge_protos::protos::{ChaincodeAction, ProposalResponsePayload};
use selvedge_protos::rwset::TxReadWriteSet;
use std::collections::BTreeMap;

pub(super) fn report(expected: &Bytes, received: &Bytes, invoked: &Target) {
    tracing::warn!("ProposalResponsePayloads do not match");
    let (address, msp_id) = (invoked.address.as_str(), invoked.msp_id.as_str());
    match (Outcome::of(expected), Outcome::of(received)) {
        (Some(expected), Some(received)) => {
            for what in expected.differences(&received) {
                tracing::warn!(address, msp_id, what, "Proposal response mismatch");
            }
        }
        _ => tracing::warn!(address, msp_id, "Failed to analyse response mismatch"),
    }
}

/// What an endorser signed, by the names of its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome(BTreeMap<String, Bytes>);

impl Outcome {
    pub(super) fn of(payload: &Bytes) -> Option<Self> {
        let payload = ProposalResponsePayload::decode(payload.clone()).ok()?;
        let action = ChaincodeAction::decode(payload.extension).ok()?;
        let response = action.response.unwrap_or_default();
        let mut parts = BTreeMap::from([
            ("chaincode event".to_owned(), action.events),
            ("response".to_owned(), Bytes::from(response.encode_to_vec())),
            (
                "chaincode ID".to_owned(),
                Bytes::from(action.chaincode_id.unwrap_or_default().encode_to_vec()),
            ),
        ]);
        let sets = TxReadWriteSet::decode(action.results).ok()?;
        for set in sets.ns_rwset {
            let namespace = set.namespace;
            let keys = KvrwSet::decode(set.rwset).ok()?;
            for read in keys.reads {
                let name = format!("read of {namespace}/{}", read.key);
                let version = read.version.map(|version| version.encode_to_vec());
                parts.insert(name, version.unwrap_or_default().into());
            }
            for write in keys.writes {
                let name = format!("write of {namespace}/{}", write.key);
                let value = match write.is_delete {
                    true => Bytes::from_static(b"deleted"),
                    false => [b"=", write.value.as_ref()].concat().into(),
                };
                parts.insert(name, value);
            }
            for hashed in set.collection_hashed_rwset {
                let name = format!("collection {namespace}/{}", hashed.collection_name);
                parts.insert(name, hashed.hashed_rwset);
            }
        }
        Some(Self(parts))
    }

    /// The parts that differ or that only one of the two has.
    pub(super) fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let ours = self.0.iter();
        let mut found: Vec<&str> = ours
            .filter(|(name, value)| other.0.get(*name) != Some(value))
            .map(|(name, _)| name.as_str())
            .collect();
        let theirs = other.0.keys().filter(|name| !self.0.contains_key(*name));
        found.extend(theirs.map(String::as_str));
        found
    }
}
