use prost::Message;
use selvedge_protos::common::{
    MspPrincipal, MspRole, OrganizationUnit, SignaturePolicy, SignaturePolicyEnvelope,
    msp_principal::Classification, msp_role::MspRoleType, signature_policy::Type,
};

/// Deeper rules are cut off with an ellipsis.
const MAX_DEPTH: usize = 100;

/// The policy as an expression: `AND('Org1MSP.peer', OR(…))`. What `policy_from_string` can express is written so that
/// it reads back to a policy of the same meaning; other principals are shown in angle brackets.
pub fn policy_to_string(policy: &SignaturePolicyEnvelope) -> String {
    match &policy.rule {
        Some(rule) => self::rule(rule, &policy.identities, 0),
        None => "<empty>".into(),
    }
}

fn rule(rule: &SignaturePolicy, principals: &[MspPrincipal], depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "…".into();
    }
    match &rule.r#type {
        None => "<empty>".into(),
        Some(Type::SignedBy(index)) => usize::try_from(*index)
            .ok()
            .and_then(|index| principals.get(index))
            .map_or_else(|| format!("<principal {index}>"), principal),
        Some(Type::NOutOf(gate)) => {
            let parts: Vec<String> = gate
                .rules
                .iter()
                .map(|rule| self::rule(rule, principals, depth + 1))
                .collect();
            let all = i32::try_from(parts.len()).is_ok_and(|count| count == gate.n);
            let inside = parts.join(", ");
            match gate.n {
                1 if !parts.is_empty() => format!("OR({inside})"),
                _ if all && !parts.is_empty() => format!("AND({inside})"),
                n if parts.is_empty() => format!("OutOf({n})"),
                n => format!("OutOf({n}, {inside})"),
            }
        }
    }
}

fn principal(principal: &MspPrincipal) -> String {
    match Classification::try_from(principal.principal_classification) {
        Ok(Classification::Role) => match MspRole::decode(principal.principal.clone()) {
            Ok(role) => match MspRoleType::try_from(role.role) {
                Ok(kind) => {
                    format!(
                        "'{}.{}'",
                        role.msp_identifier,
                        kind.as_str_name().to_ascii_lowercase()
                    )
                }
                Err(_) => format!("<{} role {}>", role.msp_identifier, role.role),
            },
            Err(_) => "<unreadable role>".into(),
        },
        Ok(Classification::OrganizationUnit) => {
            match OrganizationUnit::decode(principal.principal.clone()) {
                Ok(unit) => format!(
                    "<{} unit {}>",
                    unit.msp_identifier, unit.organizational_unit_identifier
                ),
                Err(_) => "<unreadable unit>".into(),
            }
        }
        Ok(kind) => format!("<{}>", kind.as_str_name().to_ascii_lowercase()),
        Err(_) => format!("<principal of kind {}>", principal.principal_classification),
    }
}
