//! Policies of the configuration as one signature policy each, for who must know in advance which signers are enough.
//!
//! Fabric: common/policies/convert.go.

use selvedge_protos::common::{
    MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope,
    signature_policy::{NOutOf, Type},
};

use super::{
    Policy, PolicyError,
    builders::{out_of, signed_by},
    policy_set::Body,
};

impl Policy {
    /// The signature policy that accepts what this policy accepts. Fails where a sub-policy does not exist.
    pub fn to_signature_policy(&self) -> Result<SignaturePolicyEnvelope, PolicyError> {
        convert(&self.body)
    }
}

fn convert(body: &Body) -> Result<SignaturePolicyEnvelope, PolicyError> {
    match body {
        Body::Signature { envelope, .. } => Ok(envelope.clone()),
        Body::Reject(name) => Err(PolicyError::NoSuchPolicy(name.clone())),
        Body::Implicit {
            threshold,
            children,
            ..
        } => {
            let mut identities = Vec::new();
            let mut rules = Vec::new();
            for child in children {
                let child = convert(child)?;
                let indexes: Vec<i32> = child
                    .identities
                    .into_iter()
                    .map(|principal| index_of(&mut identities, principal))
                    .collect();
                rules.push(renumber(child.rule.unwrap_or_default(), &indexes));
            }
            let threshold = i32::try_from(*threshold).unwrap_or(i32::MAX);
            Ok(SignaturePolicyEnvelope {
                version: 0,
                rule: Some(out_of(threshold, rules)),
                identities,
            })
        }
    }
}

fn index_of(identities: &mut Vec<MspPrincipal>, principal: MspPrincipal) -> i32 {
    let known = identities.iter().position(|known| *known == principal);
    let index = known.unwrap_or_else(|| {
        identities.push(principal);
        identities.len() - 1
    });
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// A number without a principal becomes one that no principal has.
fn renumber(rule: SignaturePolicy, indexes: &[i32]) -> SignaturePolicy {
    match rule.r#type {
        Some(Type::SignedBy(index)) => {
            let found = usize::try_from(index).ok().and_then(|at| indexes.get(at));
            signed_by(found.copied().unwrap_or(i32::MAX))
        }
        Some(Type::NOutOf(NOutOf { n, rules })) => {
            let rules = rules.into_iter().map(|rule| renumber(rule, indexes));
            out_of(n, rules.collect())
        }
        None => SignaturePolicy::default(),
    }
}
