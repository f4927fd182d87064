//! Which package runs a definition is each organisation's own business.

use super::{EVERYONE, network};
use crate::harness::{CHANNEL, Definition, Endorsed, Runtime, on_every_runtime, script_of, sign};
use prost::Message as _;
use selvedge_peer::client::lifecycle_call;
use selvedge_protos::lifecycle::{QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult};
use selvedge_protos::protos::TxValidationCode as Code;
use serde_json::json;

on_every_runtime!(
    each_organisation_has_its_own_package,
    two_chaincodes_from_one_package_have_their_own_policies_and_state,
);

fn each_organisation_has_its_own_package(runtime: Runtime) {
    let net = network(runtime);
    // The last one runs the chaincode on another runtime than the others.
    let other = match runtime {
        Runtime::Wasm => Runtime::Process,
        _ => Runtime::Wasm,
    };
    let packages = [
        runtime.script_package("one"),
        runtime.script_package("two"),
        other.script_package("three"),
    ];
    let height = net.channel(0).ledger().height();
    let ids = net.deploy_each(&Definition::new("cc"), &packages);
    // A block for each approval, one for the commit, and none besides.
    let blocks = u64::try_from(EVERYONE.len()).unwrap() + 1;
    assert_eq!(net.channel(0).ledger().height(), height + blocks);
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    let operations = json!([["get", "k"], ["put", "k", "v"], ["event", "e", "p"]]);
    let proposal = sign(&script_of("cc", &operations), net.user(0));
    let answers = EVERYONE.map(|peer| net.ask(peer, &proposal.signed).unwrap());
    for answer in &answers {
        assert_eq!(answer.payload, answers[0].payload);
        assert!(answer.endorsement.is_some());
    }
    let together = Endorsed::new(&proposal, &answers, net.user(0));
    assert!(net.order(&[&together])[0].is_valid());
}

fn two_chaincodes_from_one_package_have_their_own_policies_and_state(runtime: Runtime) {
    let net = network(runtime);
    let loose = Definition::new("loose").policy("OR('Org1MSP.member','Org2MSP.member')");
    let strict = Definition::new("strict").policy("AND('Org1MSP.member','Org2MSP.member')");
    let id = net.deploy(&loose, &runtime.script_package("both_1"));
    net.define(&strict, &id);
    let write = |name: &str| script_of(name, &json!([["put", "k", "v"]]));
    net.works(&[0], &write("loose"));
    assert_eq!(
        net.verdict(&[0], &write("strict")),
        Code::EndorsementPolicyFailure
    );
    assert!(net.stored(2, "loose", "k").is_some());
    assert!(net.stored(2, "strict", "k").is_none());
    net.works(&[0, 1], &write("strict"));
    // One package, and both definitions point at it.
    let asked = QueryInstalledChaincodesArgs {};
    let asked = lifecycle_call("", "QueryInstalledChaincodes", &asked);
    let answer = net.ask(0, &sign(&asked, net.admin(0)).signed).unwrap();
    let found = answer.response.unwrap().payload;
    let found = QueryInstalledChaincodesResult::decode(found).unwrap();
    let [package] = &found.installed_chaincodes[..] else {
        panic!("{found:?}")
    };
    let listed = &package.references[CHANNEL].chaincodes;
    let names: Vec<_> = listed.iter().map(|found| &*found.name).collect();
    assert_eq!(names, ["loose", "strict"]);
}
