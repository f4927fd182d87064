//! Policy expressions.

use selvedge_protos::common::SignaturePolicyEnvelope;

/// Why an expression was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyParseError(pub(super) String);

/// Reads a policy expression such as `AND('Org1MSP.peer', OR('Org2MSP.peer', 'Org3MSP.peer'))`.
pub fn policy_from_string(text: &str) -> Result<SignaturePolicyEnvelope, PolicyParseError> {
    Err(PolicyParseError(format!("invalid policy string '{text}'")))
}
