//! Signature policies, compiled and evaluated as Fabric's `cauthdsl` does (rule l:C23).
//!
//! Fabric: common/cauthdsl/cauthdsl.go.

use std::sync::Arc;

use selvedge_protos::common::{
    MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope, signature_policy::Type,
};

use super::PolicyError;
use crate::Identity;

/// Rules nested deeper are refused. The protobuf decoder refuses them earlier, at 100 messages.
const MAX_DEPTH: usize = 100;

#[derive(Debug)]
pub(super) enum Rule {
    SignedBy(MspPrincipal),
    OutOf { n: i32, rules: Vec<Rule> },
}

impl Rule {
    /// Compiles an envelope of version 0.
    pub(super) fn compile(envelope: &SignaturePolicyEnvelope) -> Result<Self, PolicyError> {
        if envelope.version != 0 {
            return Err(PolicyError::Version(envelope.version));
        }
        Self::compile_any_version(envelope)
    }

    /// Compiles an envelope without a look at its version.
    pub(super) fn compile_any_version(
        envelope: &SignaturePolicyEnvelope,
    ) -> Result<Self, PolicyError> {
        compile(envelope.rule.as_ref(), &envelope.identities, 0)
    }

    /// Whether the identities, in this order, satisfy the rule.
    pub(super) fn evaluate(&self, identities: &[Arc<Identity>]) -> bool {
        self.consume(identities, &mut vec![false; identities.len()])
    }

    /// Evaluates on the marks of used identities. A gate tries every rule, each on a copy that only success keeps:
    /// no short cut and no second attempt.
    fn consume(&self, identities: &[Arc<Identity>], used: &mut Vec<bool>) -> bool {
        match self {
            Self::SignedBy(principal) => {
                let first = identities
                    .iter()
                    .zip(used.iter_mut())
                    .find(|(identity, used)| !**used && identity.satisfies(principal).is_ok());
                match first {
                    Some((_, mark)) => {
                        *mark = true;
                        true
                    }
                    None => false,
                }
            }
            Self::OutOf { n, rules } => {
                let mut satisfied = 0;
                for rule in rules {
                    let mut attempt = used.clone();
                    if rule.consume(identities, &mut attempt) {
                        satisfied += 1;
                        *used = attempt;
                    }
                }
                satisfied >= *n
            }
        }
    }
}

fn compile(
    rule: Option<&SignaturePolicy>,
    principals: &[MspPrincipal],
    depth: usize,
) -> Result<Rule, PolicyError> {
    if depth > MAX_DEPTH {
        return Err(PolicyError::TooDeep(MAX_DEPTH));
    }
    match rule.and_then(|rule| rule.r#type.as_ref()) {
        None => Err(PolicyError::EmptyElement),
        Some(Type::SignedBy(index)) => usize::try_from(*index)
            .ok()
            .and_then(|index| principals.get(index))
            .map(|principal| Rule::SignedBy(principal.clone()))
            .ok_or(PolicyError::IndexOutOfRange {
                requested: *index,
                length: principals.len(),
            }),
        Some(Type::NOutOf(gate)) => Ok(Rule::OutOf {
            n: gate.n,
            rules: gate
                .rules
                .iter()
                .map(|rule| compile(Some(rule), principals, depth + 1))
                .collect::<Result<_, _>>()?,
        }),
    }
}
