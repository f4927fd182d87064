//! Who has to agree, and what becomes of those who do not.

use super::story::{CHANNEL, EVERYONE, Terms, code, each, not_approved, not_installed, put};
use prost::Message as _;
use selvedge_identity::policy_from_string;
use selvedge_protos::{
    common::{ConfigPolicy, Policy, policy::PolicyType},
    protos::TxValidationCode as Code,
};

#[test]
fn one_organisation_disagrees() {
    each(|net, kind| {
        let id = EVERYONE.map(|member| net.install_package(member, &kind.package("cc_1")));
        let terms = Terms::new();
        net.approve(0, &terms, Some(&id[0]));
        net.approve(1, &terms, Some(&id[0]));
        let other = Terms::new().policy("OR('Org3MSP.member')").next(1, "other");
        net.approve(2, &other, Some(&id[0]));
        let differs = vec!["EndorsementInfo".to_owned(), "ValidationInfo".to_owned()];
        let expected = [(true, vec![]), (true, vec![]), (false, differs)];
        for member in EVERYONE {
            assert_eq!(net.readiness(member, &terms), expected);
        }
        // Its own peer does not commit it; the others are a majority.
        assert_eq!(
            net.refusal(2, &terms.commit()),
            "failed to invoke backing implementation of 'CommitChaincodeDefinition': chaincode definition not agreed to by this org (Org3MSP)"
        );
        net.works(&[0, 1], &terms.commit());
        net.cannot(2, "cc", &not_approved("cc", 1));
        net.works(&[0, 1], &put("k"));
        assert!(net.stored(2, "k").is_some(), "its ledger follows");
        // It may change its mind.
        net.approve(2, &terms, Some(&id[0]));
        net.works(&[1, 2], &put("l"));
    });
}

#[test]
fn the_channel_does_not_agree() {
    each(|net, kind| {
        let id = net.install_package(0, &kind.package("cc_1"));
        let terms = Terms::new();
        net.approve(0, &terms, Some(&id));
        let missing = || vec!["ChaincodeParameters".to_owned()];
        let expected = [(true, vec![]), (false, missing()), (false, missing())];
        assert_eq!(net.readiness(1, &terms), expected);
        // One organisation can endorse the commit, and that is not enough.
        let found = code(net.transact(&[0], &terms.commit()));
        assert_eq!(found, Code::EndorsementPolicyFailure);
        net.cannot(0, "cc", "chaincode cc not found");
        for member in [1, 2] {
            assert!(net.refusal(member, &terms.commit()).ends_with(&format!(
                "chaincode definition not agreed to by this org (Org{}MSP)",
                member + 1
            )));
        }
    });
}

#[test]
fn approvals_come_in_every_order_and_the_last_may_come_behind_the_commit() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    each(|net, kind| {
        let package = kind.package("cc_1");
        let id = EVERYONE.map(|member| net.install_package(member, &package));
        for (number, order) in orders.into_iter().enumerate() {
            let name = format!("cc-{number}");
            let terms = Terms::named(&name);
            let [first, second, last] = order;
            net.approve(first, &terms, Some(&id[0]));
            net.approve(second, &terms, Some(&id[0]));
            net.works(&[first, second], &terms.commit());
            net.cannot(last, &name, &not_approved(&name, 1));
            net.approve(last, &terms, Some(&id[0]));
            let call = super::story::script_of(&name, r#"[["put","k","v"]]"#);
            net.works(&[last, first], &call);
        }
    });
}

#[test]
fn approving_without_a_package_agrees_and_runs_nothing() {
    each(|net, kind| {
        let package = kind.package("cc_1");
        let id = [0, 1].map(|member| net.install_package(member, &package));
        let terms = Terms::new();
        net.approve(0, &terms, Some(&id[0]));
        net.approve(1, &terms, Some(&id[0]));
        net.approve(2, &terms, None);
        net.works(&EVERYONE, &terms.commit());
        net.cannot(2, "cc", &not_installed("cc"));
        net.works(&[0, 1], &put("k"));
        assert!(net.stored(2, "k").is_some());
        // Approving the same again with a package is how one is attached, and how it is taken away.
        let id = net.install_package(2, &package);
        net.approve(2, &terms, Some(&id));
        net.works(&[2, 1], &put("l"));
        net.approve(2, &terms, None);
        net.cannot(2, "cc", &not_installed("cc"));
        // An approval may name a package that is installed later.
        net.approve(2, &terms, Some("cc_2:0000"));
        net.cannot(2, "cc", &not_installed("cc"));
    });
}

#[test]
fn lifecycle_endorsement_may_be_a_signature_policy() {
    each(|net, kind| {
        let policy = policy_from_string("AND('Org1MSP.member','Org3MSP.member')").unwrap();
        net.reconfigure(|config| {
            let groups = &mut config.channel_group.as_mut().unwrap().groups;
            let policies = &mut groups.get_mut("Application").unwrap().policies;
            let changed = ConfigPolicy {
                policy: Some(Policy {
                    r#type: PolicyType::Signature as i32,
                    value: policy.encode_to_vec().into(),
                }),
                ..policies["LifecycleEndorsement"].clone()
            };
            policies.insert("LifecycleEndorsement".to_owned(), changed);
        });
        let id = EVERYONE.map(|member| net.install_package(member, &kind.package("cc_1")));
        let terms = Terms::new();
        for member in EVERYONE {
            net.approve(member, &terms, Some(&id[0]));
        }
        let majority = code(net.transact(&[0, 1], &terms.commit()));
        assert_eq!(majority, Code::EndorsementPolicyFailure);
        net.works(&[0, 2], &terms.commit());
        net.works(&[0, 1], &put("k"));
    });
}

#[test]
fn without_a_lifecycle_policy_a_majority_of_members_commits() {
    each(|net, kind| {
        net.reconfigure(|config| {
            let groups = &mut config.channel_group.as_mut().unwrap().groups;
            let policies = &mut groups.get_mut("Application").unwrap().policies;
            policies.remove("LifecycleEndorsement").unwrap();
        });
        let id = EVERYONE.map(|member| net.install_package(member, &kind.package("cc_1")));
        let terms = Terms::new();
        for member in EVERYONE {
            net.approve(member, &terms, Some(&id[0]));
        }
        let alone = code(net.transact(&[1], &terms.commit()));
        assert_eq!(alone, Code::EndorsementPolicyFailure);
        net.works(&[1, 2], &terms.commit());
        net.works(&[0, 1], &put("k"));
    });
}

#[test]
fn plugins_are_carried_and_those_that_are_not_there_are_named() {
    each(|net, kind| {
        let mut terms = Terms::new();
        terms.0.endorsement_plugin = "mine".to_owned();
        net.deploy(kind, &terms, "cc_1");
        assert_eq!(
            net.refusal(0, &put("k")),
            "endorsing with plugin failed: plugin with name mine could not be used: plugin with name mine wasn't found"
        );
        let state = net.channel(1).ledger().snapshot();
        let key = "namespaces/fields/cc/EndorsementInfo";
        let stored = state.get("_lifecycle", key).unwrap().unwrap().value;
        assert!(stored.windows(4).any(|window| window == b"mine"));
        assert_eq!(net.channel(1).id(), CHANNEL);
    });
}
