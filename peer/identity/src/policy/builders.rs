//! Shapes of signature policies that programs make (rule l:C27).
//!
//! Fabric: common/policydsl/policydsl_builder.go.

use prost::Message;
use selvedge_protos::common::{
    MspPrincipal, MspRole, SignaturePolicy, SignaturePolicyEnvelope,
    msp_principal::Classification,
    msp_role::MspRoleType,
    signature_policy::{NOutOf, Type},
};

/// `n` of these rules.
pub(super) fn out_of(n: i32, rules: Vec<SignaturePolicy>) -> SignaturePolicy {
    SignaturePolicy {
        r#type: Some(Type::NOutOf(NOutOf { n, rules })),
    }
}

/// A signature of the principal at `index`.
pub(super) fn signed_by(index: i32) -> SignaturePolicy {
    SignaturePolicy {
        r#type: Some(Type::SignedBy(index)),
    }
}

fn envelope(rule: SignaturePolicy, identities: Vec<MspPrincipal>) -> SignaturePolicyEnvelope {
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule),
        identities,
    }
}

/// A role in an MSP.
pub fn role_principal(msp_id: &str, role: MspRoleType) -> MspPrincipal {
    let role = MspRole {
        msp_identifier: msp_id.to_owned(),
        role: role as i32,
    };
    MspPrincipal {
        principal_classification: Classification::Role as i32,
        principal: role.encode_to_vec().into(),
    }
}

/// Satisfied by anything, even by no signature.
pub fn accept_all() -> SignaturePolicyEnvelope {
    envelope(out_of(0, Vec::new()), Vec::new())
}

/// Never satisfied.
pub fn reject_all() -> SignaturePolicyEnvelope {
    envelope(out_of(1, Vec::new()), Vec::new())
}

/// `n` signatures of distinct organisations by that role, MSP IDs sorted.
pub fn members(n: i32, role: MspRoleType, msp_ids: &[&str]) -> SignaturePolicyEnvelope {
    let mut sorted = msp_ids.to_vec();
    sorted.sort_unstable();
    let rules = (0..)
        .zip(&sorted)
        .map(|(index, _)| signed_by(index))
        .collect();
    let principals = sorted
        .iter()
        .map(|msp_id| role_principal(msp_id, role))
        .collect();
    envelope(out_of(n, rules), principals)
}

/// One member of that MSP.
pub fn member_of(msp_id: &str) -> SignaturePolicyEnvelope {
    members(1, MspRoleType::Member, &[msp_id])
}

/// One member of any of these MSPs.
pub fn any_member_of(msp_ids: &[&str]) -> SignaturePolicyEnvelope {
    members(1, MspRoleType::Member, msp_ids)
}

/// One signature by any of these principals, in the given order.
pub fn signed_by_any(principals: Vec<MspPrincipal>) -> SignaturePolicyEnvelope {
    let rules = (0..)
        .zip(&principals)
        .map(|(index, _)| signed_by(index))
        .collect();
    envelope(out_of(1, rules), principals)
}
