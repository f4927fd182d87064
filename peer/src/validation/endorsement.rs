use super::fault::Fault;
use super::parsed::ParsedAction;
use super::policies::{Policies, Rule};
use super::writes::{NamespaceWrites, WrittenKey};
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
                data: signed_bytes(&action.response_payload, &endorsement.endorser),
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
            Rule::Named(policy, _) => {
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

/// What the endorsers lack.
#[derive(Debug)]
pub(super) struct Refusal<'a> {
    pub(super) fault: Fault,
    /// The key that was being asked about; `None` for a namespace without writes.
    pub(super) key: Option<&'a WrittenKey>,
    /// The policy that is not satisfied, and whether it is the key's own. `None`: there is none to be found.
    pub(super) rule: Option<(Rule, bool)>,
}

impl From<Fault> for Refusal<'_> {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            key: None,
            rule: None,
        }
    }
}

/// Whether the endorsers may write what the transaction writes in one namespace: every key by its own policy where it
/// has one, else by that of its collection, else by the chaincode's; and the chaincode's where nothing was asked.
///
/// Fabric: core/common/validation/statebased/validator_keylevel.go and v20.go.
pub(super) fn check<'a>(
    writes: &'a NamespaceWrites,
    endorsers: &Endorsers,
    policies: &Policies<'_>,
) -> Result<(), Refusal<'a>> {
    let namespace = writes.namespace.as_str();
    let chaincode = policies.of(namespace, "")?;
    let ask = |rule: Rule, key: Option<&'a WrittenKey>, own: bool| {
        endorsers.satisfy(&rule).map_err(|fault| Refusal {
            fault,
            key,
            rule: Some((rule, own)),
        })
    };
    let mut asked = HashSet::new();
    for key in &writes.keys {
        if let Some(rule) = policies.of_key(namespace, key)? {
            ask(rule, Some(key), true)?;
        } else if asked.insert(key.collection.as_str()) {
            ask(policies.of(namespace, &key.collection)?, Some(key), false)?;
        }
    }
    if writes.keys.is_empty() {
        ask(chaincode, None, false)
    } else {
        Ok(())
    }
}

/// What an endorser signs: the response, and who it is.
pub(super) fn signed_bytes(a: &[u8], b: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(a.len() + b.len());
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    out.freeze()
}
