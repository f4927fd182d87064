//! Who has to agree, and what becomes of those who do not.

use super::{EVERYONE, network, put};
use crate::harness::{
    Definition, Runtime, not_approved, not_installed, on_every_runtime, script_of,
};
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::json;

on_every_runtime!(
    one_organisation_disagrees,
    the_channel_does_not_agree,
    approvals_come_in_every_order_and_the_last_may_come_behind_the_commit,
    approving_without_a_package_agrees_and_runs_nothing,
);

fn one_organisation_disagrees(runtime: Runtime) {
    let net = network(runtime);
    let id = EVERYONE.map(|peer| net.install_package(peer, &runtime.script_package("cc_1")));
    let terms = Definition::new("cc");
    net.approve(0, &terms, Some(&id[0]));
    net.approve(1, &terms, Some(&id[0]));
    let other = Definition::new("cc").policy("OR('Org3MSP.member')");
    net.approve(2, &other.sequence(1, "other"), Some(&id[0]));
    let differs = vec!["EndorsementInfo".to_owned(), "ValidationInfo".to_owned()];
    let expected = [(true, vec![]), (true, vec![]), (false, differs)];
    for peer in EVERYONE {
        assert_eq!(net.readiness(peer, &terms), expected);
    }
    // Its own peer does not commit it; the others are a majority.
    assert_eq!(
        net.refusal_of(2, &terms.commit()).1,
        "failed to invoke backing implementation of 'CommitChaincodeDefinition': chaincode definition not agreed to by this org (Org3MSP)"
    );
    net.works(&[0, 1], &terms.commit());
    net.cannot(2, "cc", &not_approved("cc", 1));
    net.works(&[0, 1], &put("k"));
    assert!(net.stored(2, "cc", "k").is_some(), "its ledger follows");
    // It may change its mind.
    net.approve(2, &terms, Some(&id[0]));
    net.works(&[1, 2], &put("l"));
}

fn the_channel_does_not_agree(runtime: Runtime) {
    let net = network(runtime);
    let id = net.install_package(0, &runtime.script_package("cc_1"));
    let terms = Definition::new("cc");
    net.approve(0, &terms, Some(&id));
    let missing = || vec!["ChaincodeParameters".to_owned()];
    let expected = [(true, vec![]), (false, missing()), (false, missing())];
    assert_eq!(net.readiness(1, &terms), expected);
    // One organisation can endorse the commit, and that is not enough.
    let found = net.verdict(&[0], &terms.commit());
    assert_eq!(found, Code::EndorsementPolicyFailure);
    net.cannot(0, "cc", "chaincode cc not found");
    for peer in [1, 2] {
        // Committing is not for an organisation that has not approved.
        let (_, refused) = net.refusal_of(peer, &terms.commit());
        let organisation = peer + 1;
        assert!(
            refused.ends_with(&format!(
                "chaincode definition not agreed to by this org (Org{organisation}MSP)"
            )),
            "{refused}"
        );
    }
}

fn approvals_come_in_every_order_and_the_last_may_come_behind_the_commit(runtime: Runtime) {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let net = network(runtime);
    let package = runtime.script_package("cc_1");
    let id = EVERYONE.map(|peer| net.install_package(peer, &package));
    for (number, [first, second, last]) in orders.into_iter().enumerate() {
        let name = format!("cc-{number}");
        let terms = Definition::new(&name);
        net.approve(first, &terms, Some(&id[0]));
        net.approve(second, &terms, Some(&id[0]));
        net.works(&[first, second], &terms.commit());
        net.cannot(last, &name, &not_approved(&name, 1));
        net.approve(last, &terms, Some(&id[0]));
        let call = script_of(&name, &json!([["put", "k", "v"]]));
        net.works(&[last, first], &call);
    }
}

fn approving_without_a_package_agrees_and_runs_nothing(runtime: Runtime) {
    let net = network(runtime);
    let package = runtime.script_package("cc_1");
    let id = [0, 1].map(|peer| net.install_package(peer, &package));
    let terms = Definition::new("cc");
    net.approve(0, &terms, Some(&id[0]));
    net.approve(1, &terms, Some(&id[0]));
    net.approve(2, &terms, None);
    net.works(&EVERYONE, &terms.commit());
    net.cannot(2, "cc", &not_installed("cc"));
    net.works(&[0, 1], &put("k"));
    assert!(net.stored(2, "cc", "k").is_some());
    // Approving the same again with a package is how one is attached, and how it is taken away.
    let id = net.install_package(2, &package);
    net.approve(2, &terms, Some(&id));
    net.works(&[2, 1], &put("l"));
    net.approve(2, &terms, None);
    net.cannot(2, "cc", &not_installed("cc"));
    // An approval may name a package that is installed later.
    let later = runtime.script_package("cc_later");
    let announced = selvedge_runtime::Package::parse(&later).unwrap().id;
    net.approve(2, &terms, Some(announced.as_str()));
    net.cannot(2, "cc", &not_installed("cc"));
    net.install_package(2, &later);
    net.works(&[2, 0], &put("m"));
}
