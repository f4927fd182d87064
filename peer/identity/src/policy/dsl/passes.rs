use selvedge_protos::common::SignaturePolicyEnvelope;

use super::{
    PolicyParseError,
    eval::{Value, evaluate},
    gates::{Names, Rules, WithContext},
};

/// Reads a policy expression.
///
/// Gates are `AND`, `And`, `OR`, `Or`, `OutOf`, `OUTOF`, `outof` (lower-case `and` and `or` are operators of the
/// expression language and do not parse). Principals are quoted: MSP ID, a dot, and one of `admin`, `member`, `client`,
/// `peer`, `orderer`. Every occurrence of a principal gets an entry of its own; those of inner gates come first.
pub fn policy_from_string(text: &str) -> Result<SignaturePolicyEnvelope, PolicyParseError> {
    let invalid = || PolicyParseError(format!("invalid policy string '{text}'"));
    let Value::Text(uniform) = evaluate(text, &mut Names)? else {
        return Err(invalid());
    };
    let Value::Text(with_context) = evaluate(&uniform, &mut WithContext)? else {
        return Err(invalid());
    };
    let mut rules = Rules::default();
    let Value::Policy(rule) = evaluate(&with_context, &mut rules)? else {
        return Err(invalid());
    };
    Ok(SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule),
        identities: rules.principals,
    })
}
