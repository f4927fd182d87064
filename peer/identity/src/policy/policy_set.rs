use std::sync::Arc;

use selvedge_protos::common::SignaturePolicyEnvelope;

use super::{PolicyError, SignedData, evaluate::Rule, valid_identities};
use crate::{Identity, MspManager};

/// A compiled policy with the MSPs that judge its signers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(super) body: Arc<Body>,
    pub(super) msps: Arc<MspManager>,
}

#[derive(Debug)]
pub(super) enum Body {
    Signature {
        rule: Rule,
        envelope: SignaturePolicyEnvelope,
    },
    Implicit {
        name: String,
        threshold: usize,
        children: Vec<Arc<Body>>,
    },
    Reject(String),
}

impl Policy {
    /// Compiles a signature policy. Only version 0 is understood.
    ///
    /// Fabric: common/cauthdsl/policy.go `provider.NewPolicy`.
    pub fn compile(
        envelope: &SignaturePolicyEnvelope,
        msps: &Arc<MspManager>,
    ) -> Result<Self, PolicyError> {
        Ok(Self::of(Rule::compile(envelope)?, envelope, msps))
    }

    /// Compiles an endorsement policy, of a chaincode, a collection or a key. Fabric does not look at the version of
    /// these (common/cauthdsl/policy.go `EnvelopeBasedPolicyProvider.NewPolicy`), so neither may we.
    pub fn compile_endorsement(
        envelope: &SignaturePolicyEnvelope,
        msps: &Arc<MspManager>,
    ) -> Result<Self, PolicyError> {
        Ok(Self::of(
            Rule::compile_any_version(envelope)?,
            envelope,
            msps,
        ))
    }

    fn of(rule: Rule, envelope: &SignaturePolicyEnvelope, msps: &Arc<MspManager>) -> Self {
        let body = Body::Signature {
            rule,
            envelope: envelope.clone(),
        };
        Self {
            body: Arc::new(body),
            msps: Arc::clone(msps),
        }
    }

    /// Whether these signatures satisfy the policy. To ask several policies about the same signatures, find the
    /// [`valid_identities`] once and use [`Self::evaluate_identities`].
    pub fn evaluate(&self, signatures: &[SignedData]) -> Result<(), PolicyError> {
        self.evaluate_identities(&valid_identities(signatures, &self.msps))
    }

    /// Whether identities whose signatures were found good satisfy the policy. Their order matters.
    pub fn evaluate_identities(&self, identities: &[Arc<Identity>]) -> Result<(), PolicyError> {
        self.body.evaluate(identities)
    }

    /// The message of a signature policy; `None` for an implicit one.
    pub fn signature_policy(&self) -> Option<&SignaturePolicyEnvelope> {
        match &*self.body {
            Body::Signature { envelope, .. } => Some(envelope),
            _ => None,
        }
    }
}

impl Body {
    pub(super) fn signature(envelope: &SignaturePolicyEnvelope) -> Result<Self, PolicyError> {
        Ok(Self::Signature {
            rule: Rule::compile(envelope)?,
            envelope: envelope.clone(),
        })
    }

    fn evaluate(&self, identities: &[Arc<Identity>]) -> Result<(), PolicyError> {
        match self {
            Self::Signature { rule, .. } if rule.evaluate(identities) => Ok(()),
            Self::Signature { .. } => Err(PolicyError::NotSatisfied),
            Self::Reject(name) => Err(PolicyError::NoSuchPolicy(name.clone())),
            Self::Implicit {
                name,
                threshold,
                children,
            } => {
                let mut satisfied = 0;
                for child in children {
                    if satisfied >= *threshold {
                        break;
                    }
                    satisfied += usize::from(child.evaluate(identities).is_ok());
                }
                if satisfied >= *threshold {
                    return Ok(());
                }
                Err(PolicyError::Implicit {
                    satisfied,
                    threshold: *threshold,
                    name: name.clone(),
                })
            }
        }
    }
}
