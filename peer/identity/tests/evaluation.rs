//! How policies consume signatures: greedily, in order, without a second attempt.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod town;

use selvedge_identity::cryptogen::NodeRole;
use selvedge_identity::{
    ChannelConfig, Policy, SignedData, SigningIdentity, accept_all, any_member_of, member_of,
    members, policy_from_string, policy_to_string, reject_all,
};
use selvedge_protos::common::{
    SignaturePolicy, SignaturePolicyEnvelope,
    msp_role::MspRoleType,
    signature_policy::{NOutOf, Type},
};
use town::{Town, signed};

fn verdict(config: &ChannelConfig, text: &str, signers: &[&SigningIdentity]) -> bool {
    let policy = config.compile(&policy_from_string(text).unwrap()).unwrap();
    let signatures: Vec<SignedData> = signers
        .iter()
        .map(|signer| signed(signer, b"data"))
        .collect();
    policy.evaluate(&signatures).is_ok()
}

#[test]
fn the_first_identity_that_fits_is_used_up() {
    let town = Town::new();
    let config = town.channel();
    let (admin, client) = (
        town.signer(0, NodeRole::Admin),
        town.signer(0, NodeRole::Client),
    );
    let policy = "AND('Org1MSP.member', 'Org1MSP.admin')";
    assert!(verdict(&config, policy, &[&client, &admin]));
    assert!(
        !verdict(&config, policy, &[&admin, &client]),
        "the member rule took the admin"
    );
    assert!(verdict(
        &config,
        "AND('Org1MSP.admin', 'Org1MSP.member')",
        &[&admin, &client]
    ));
}

#[test]
fn a_surplus_rule_consumes_as_well() {
    let town = Town::new();
    let config = town.channel();
    let (one, two) = (
        town.signer(0, NodeRole::Peer),
        town.signer(1, NodeRole::Peer),
    );
    // The inner gate needs one and takes both.
    let policy = "AND(OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer'), 'Org2MSP.peer')";
    assert!(verdict(
        &config,
        "AND('Org2MSP.peer', OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer'))",
        &[&one, &two]
    ));
    assert!(!verdict(&config, policy, &[&one, &two]));
    // A gate that fails gives back what it took.
    let policy = "OR(AND('Org1MSP.peer', 'Org1MSP.peer'), 'Org1MSP.peer')";
    assert!(verdict(&config, policy, &[&one]));
}

#[test]
fn a_bad_signature_does_not_spoil_a_later_good_one() {
    let town = Town::new();
    let config = town.channel();
    let peer = town.signer(0, NodeRole::Peer);
    let good = signed(&peer, b"data");
    let bad = SignedData {
        data: "other".into(),
        ..good.clone()
    };
    let unknown = SignedData {
        identity: "garbage".into(),
        ..good.clone()
    };
    let policy = config.compile(&member_of("Org1MSP")).unwrap();
    policy
        .evaluate(&[unknown.clone(), bad.clone(), good])
        .unwrap();
    policy.evaluate(&[bad, unknown]).unwrap_err();
}

#[test]
fn shapes_that_programs_make() {
    let town = Town::new();
    let config = town.channel();
    let peer = signed(&town.signer(0, NodeRole::Peer), b"data");
    let passes = |policy: &SignaturePolicyEnvelope| {
        config
            .compile(policy)
            .unwrap()
            .evaluate(std::slice::from_ref(&peer))
            .is_ok()
    };
    assert!(passes(&accept_all()) && !passes(&reject_all()));
    assert!(passes(&any_member_of(&["Org2MSP", "Org1MSP"])) && !passes(&member_of("Org2MSP")));
    let majority = members(2, MspRoleType::Peer, &["B", "A"]);
    assert_eq!(policy_to_string(&majority), "AND('A.peer', 'B.peer')");
}

#[test]
fn policies_that_do_not_compile() {
    let town = Town::new();
    let config = town.channel();
    let error = |policy: &SignaturePolicyEnvelope| config.compile(policy).unwrap_err().to_string();
    let mut policy = member_of("Org1MSP");
    policy.version = 1;
    assert_eq!(
        error(&policy),
        "This evaluator only understands messages of version 0, but version was 1"
    );
    config.compile_endorsement(&policy).unwrap();
    policy.version = 0;
    policy.identities.clear();
    assert_eq!(
        error(&policy),
        "identity index out of range, requested 0, but identities length is 0"
    );
    policy.rule = None;
    assert_eq!(error(&policy), "Empty policy element");
    let mut rule = SignaturePolicy {
        r#type: Some(Type::NOutOf(NOutOf::default())),
    };
    for _ in 0..500 {
        rule = SignaturePolicy {
            r#type: Some(Type::NOutOf(NOutOf {
                n: 0,
                rules: vec![rule],
            })),
        };
    }
    policy.rule = Some(rule);
    assert!(Policy::compile(&policy, config.msps()).is_err());
}
