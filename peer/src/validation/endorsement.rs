use super::fault::Fault;
use super::parsed::ParsedAction;
use super::policies::{Policies, Rule};
use super::writes::NamespaceWrites;
use bytes::{Bytes, BytesMut};
use selvedge_identity::{Identity, MspManager, SignedData, valid_identities};
use selvedge_protos::protos::TxValidationCode as Code;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) const REFUSED: Fault = Fault::Invalid(Code::EndorsementPolicyFailure);

/// The endorsers whose signatures are good, in the order of the transaction.
#[derive(Debug)]
pub(super) struct Endorsers {
    /// As members of the block's channel.
    here: Vec<Arc<Identity>>,
    /// As members of the channel that the header names, when it names another.
    elsewhere: Option<Vec<Arc<Identity>>>,
}

impl Endorsers {
    pub(super) fn of(
        action: &ParsedAction,
        here: &MspManager,
        elsewhere: Option<&MspManager>,
    ) -> Self {
        let signed: Vec<SignedData> = action
            .endorsements
            .iter()
            .map(|endorsement| SignedData {
                data: concat(&action.response_payload, &endorsement.endorser),
                identity: endorsement.endorser.clone(),
                signature: endorsement.signature.clone(),
            })
            .collect();
        Self {
            here: valid_identities(&signed, here),
            elsewhere: elsewhere.map(|msps| valid_identities(&signed, msps)),
        }
    }

    pub(super) fn satisfy(&self, rule: &Rule) -> Result<(), Fault> {
        let outcome = match rule {
            Rule::Written(policy) => policy.evaluate_identities(&self.here),
            Rule::Named(policy) => {
                policy.evaluate_identities(self.elsewhere.as_ref().unwrap_or(&self.here))
            }
            Rule::Never => return Err(REFUSED),
        };
        outcome.map_err(|error| {
            tracing::debug!(%error, "endorsement policy failure");
            REFUSED
        })
    }
}

/// Whether the endorsers may write what the transaction writes in one namespace: every key by its own policy where it
/// has one, else by that of its collection, else by the chaincode's; and the chaincode's where nothing was asked.
///
/// Fabric: core/common/validation/statebased/validator_keylevel.go and v20.go.
pub(super) fn check(
    writes: &NamespaceWrites,
    endorsers: &Endorsers,
    policies: &Policies<'_>,
) -> Result<(), Fault> {
    let namespace = writes.namespace.as_str();
    let chaincode = policies.of(namespace, "")?;
    let mut asked = HashSet::new();
    for key in &writes.keys {
        if let Some(rule) = policies.of_key(namespace, key)? {
            endorsers.satisfy(&rule)?;
        } else if asked.insert(key.collection.as_str()) {
            endorsers.satisfy(&policies.of(namespace, &key.collection)?)?;
        }
    }
    if writes.keys.is_empty() {
        endorsers.satisfy(&chaincode)
    } else {
        Ok(())
    }
}

fn concat(a: &[u8], b: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(a.len() + b.len());
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    out.freeze()
}
