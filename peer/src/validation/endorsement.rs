use super::fault::Fault;
use super::parsed::ParsedAction;
use super::policies::Policies;
use super::writes::NamespaceWrites;
use bytes::{Bytes, BytesMut};
use selvedge_identity::{Identity, MspManager, Policy, SignedData, valid_identities};
use selvedge_protos::protos::TxValidationCode as Code;
use std::collections::HashSet;
use std::sync::Arc;

const REFUSED: Fault = Fault::Invalid(Code::EndorsementPolicyFailure);

/// The endorsers whose signatures are good, in the order of the transaction.
pub(super) fn endorsers(action: &ParsedAction, msps: &MspManager) -> Vec<Arc<Identity>> {
    let signed: Vec<SignedData> = action
        .endorsements
        .iter()
        .map(|endorsement| SignedData {
            data: concat(&action.response_payload, &endorsement.endorser),
            identity: endorsement.endorser.clone(),
            signature: endorsement.signature.clone(),
        })
        .collect();
    valid_identities(&signed, msps)
}

/// Whether the endorsers may write what the transaction writes in one namespace: every key by its own policy where it
/// has one, else by that of its collection, else by the chaincode's; and the chaincode's where nothing was asked.
///
/// Fabric: core/common/validation/statebased/validator_keylevel.go and v20.go.
pub(super) fn check(
    writes: &NamespaceWrites,
    endorsers: &[Arc<Identity>],
    policies: &Policies<'_>,
) -> Result<(), Fault> {
    let namespace = writes.namespace.as_str();
    let chaincode = policies.of(namespace, "")?;
    let mut asked = HashSet::new();
    for key in &writes.keys {
        if let Some(policy) = policies.of_key(namespace, key)? {
            satisfied(policy, endorsers)?;
        } else if asked.insert(key.collection.as_str()) {
            satisfied(policies.of(namespace, &key.collection)?, endorsers)?;
        }
    }
    if writes.keys.is_empty() {
        satisfied(chaincode, endorsers)
    } else {
        Ok(())
    }
}

fn satisfied(policy: Option<Policy>, endorsers: &[Arc<Identity>]) -> Result<(), Fault> {
    match policy.map(|policy| policy.evaluate_identities(endorsers)) {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => {
            tracing::debug!(%error, "endorsement policy failure");
            Err(REFUSED)
        }
        None => Err(REFUSED),
    }
}

fn concat(a: &[u8], b: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(a.len() + b.len());
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    out.freeze()
}
