//! Signature policies, their principals, and the vectors recorded for them.

use bytes::Bytes;
use selvedge_protos::common::msp_principal::Classification;
use selvedge_protos::common::{
    CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole, OrganizationUnit,
    SignaturePolicyEnvelope,
};
use selvedge_protos::msp::{FabricMspConfig, MspConfig, SerializedIdentity};
use selvedge_protos::protos::ApplicationPolicy;
use selvedge_protos::protos::application_policy::Type;

use crate::golden;
use crate::tally::Tally;

pub(crate) fn principals(tally: &mut Tally, policy: &SignaturePolicyEnvelope) {
    for principal in &policy.identities {
        self::principal(tally, principal);
    }
}

fn principal(tally: &mut Tally, principal: &MspPrincipal) {
    let bytes = &principal.principal;
    match principal.principal_classification() {
        Classification::Role => tally.exact::<MspRole>(bytes).is_some(),
        Classification::OrganizationUnit => tally.exact::<OrganizationUnit>(bytes).is_some(),
        Classification::Identity => tally.exact::<SerializedIdentity>(bytes).is_some(),
        Classification::Anonymity => tally.exact::<MspIdentityAnonymity>(bytes).is_some(),
        Classification::Combined => tally.exact::<CombinedPrincipal>(bytes).is_some(),
    };
}

pub(crate) fn application(tally: &mut Tally, bytes: &Bytes) {
    let policy = tally.exact::<ApplicationPolicy>(bytes);
    if let Some(Type::SignaturePolicy(policy)) = policy.and_then(|policy| policy.r#type) {
        principals(tally, &policy);
    }
}

pub(crate) fn msp(tally: &mut Tally, bytes: &Bytes) {
    if let Some(config) = tally.exact::<MspConfig>(bytes) {
        tally.exact::<FabricMspConfig>(&config.config);
    }
}

fn envelope(tally: &mut Tally, bytes: &Bytes) {
    if let Some(policy) = tally.exact::<SignaturePolicyEnvelope>(bytes) {
        principals(tally, &policy);
    }
}

#[test]
fn policy_vectors_come_back() {
    let mut tally = Tally::default();
    for vector in golden::json("policy/dsl.json").as_array().unwrap() {
        tally.at(golden::text(vector, "dsl"));
        if vector.get("envelope_hex").is_some() {
            envelope(&mut tally, &golden::hex_field(vector, "envelope_hex"));
        }
    }
    let evaluation = golden::json("policy/evaluation.json");
    for vector in evaluation["vectors"].as_array().unwrap() {
        tally.at(golden::text(vector, "policy"));
        envelope(&mut tally, &golden::hex_field(vector, "envelope_hex"));
    }
    let identities = &evaluation["identities_serialized_hex"];
    for name in identities.as_object().unwrap().keys() {
        tally.at(name);
        tally.exact::<SerializedIdentity>(&golden::hex_field(identities, name));
    }
    for file in golden::files("policy", ".mspconfig") {
        tally.at(&file);
        msp(&mut tally, &golden::read(&file));
    }
    tally.assert_exceptions(&[]);
    tally.assert_at_least(&[
        ("common::SignaturePolicyEnvelope", 60),
        ("msp::FabricMspConfig", 4),
    ]);
}
