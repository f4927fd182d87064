//! What else a definition says: which endorsements of its commit count, and plugins.

use super::{EVERYONE, network, put};
use crate::harness::{CHANNEL, Definition, Runtime, on_every_runtime};
use prost::Message as _;
use selvedge_identity::policy_from_string;
use selvedge_protos::common::{ConfigPolicy, Policy, policy::PolicyType};
use selvedge_protos::protos::TxValidationCode as Code;

on_every_runtime!(
    lifecycle_endorsement_may_be_a_signature_policy,
    without_a_lifecycle_policy_a_majority_of_members_commits,
    plugins_are_carried_and_those_that_are_not_there_are_named,
);

fn lifecycle_endorsement_may_be_a_signature_policy(runtime: Runtime) {
    let net = network(runtime);
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
    let package = runtime.script_package("cc_1");
    let id = EVERYONE.map(|peer| net.install_package(peer, &package));
    let terms = Definition::new("cc");
    for peer in EVERYONE {
        net.approve(peer, &terms, Some(&id[0]));
    }
    let majority = net.verdict(&[0, 1], &terms.commit());
    assert_eq!(majority, Code::EndorsementPolicyFailure);
    net.works(&[0, 2], &terms.commit());
    net.works(&[0, 1], &put("k"));
}

fn without_a_lifecycle_policy_a_majority_of_members_commits(runtime: Runtime) {
    let net = network(runtime);
    net.reconfigure(|config| {
        let groups = &mut config.channel_group.as_mut().unwrap().groups;
        let policies = &mut groups.get_mut("Application").unwrap().policies;
        policies.remove("LifecycleEndorsement").unwrap();
    });
    let package = runtime.script_package("cc_1");
    let id = EVERYONE.map(|peer| net.install_package(peer, &package));
    let terms = Definition::new("cc");
    for peer in EVERYONE {
        net.approve(peer, &terms, Some(&id[0]));
    }
    let alone = net.verdict(&[1], &terms.commit());
    assert_eq!(alone, Code::EndorsementPolicyFailure);
    net.works(&[1, 2], &terms.commit());
    net.works(&[0, 1], &put("k"));
}

fn plugins_are_carried_and_those_that_are_not_there_are_named(runtime: Runtime) {
    let net = network(runtime);
    let terms = Definition::new("cc").with_endorsement_plugin("mine");
    net.deploy(&terms, &runtime.script_package("cc_1"));
    assert_eq!(
        net.refusal(&put("k")).1,
        "endorsing with plugin failed: plugin with name mine could not be used: plugin with name mine wasn't found"
    );
    let key = "namespaces/fields/cc/EndorsementInfo";
    let stored = net.stored(1, "_lifecycle", key).unwrap();
    assert!(stored.windows(4).any(|window| window == b"mine"));
    assert_eq!(net.channel(1).id(), CHANNEL);
}
