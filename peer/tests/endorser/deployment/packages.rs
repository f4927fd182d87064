//! Which package runs a definition is each organisation's own business.

use super::story::{EVERYONE, Kind, Terms, code, each, script, script_of};
use prost::Message as _;
use selvedge_peer::client::{Fresh, Proposal, lifecycle_call};
use selvedge_protos::{
    lifecycle::{QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult},
    protos::TxValidationCode as Code,
};

#[test]
fn each_organisation_has_its_own_package() {
    each(|net, kind| {
        // The last one runs the chaincode on another runtime than the others.
        let other = match kind {
            Kind::Native => Kind::Wasm,
            Kind::Wasm => Kind::Native,
        };
        let packages = [
            kind.package("one"),
            kind.package("two"),
            other.package("three"),
        ];
        let terms = Terms::new();
        for (member, package) in packages.iter().enumerate() {
            let id = net.install_package(member, package);
            net.approve(member, &terms, Some(&id));
        }
        net.works(&EVERYONE, &terms.commit());
        let call = script(r#"[["get","k"],["put","k","v"],["event","e","p"]]"#);
        let signer = &net.members[0].admin;
        let proposal = Proposal::new(&call, signer, &Fresh::from_system().unwrap()).unwrap();
        let answers = EVERYONE.map(|member| net.process(member, &proposal));
        assert!(
            answers
                .iter()
                .all(|other| other.payload == answers[0].payload)
        );
        net.works(&EVERYONE, &call);
    });
}

#[test]
fn two_chaincodes_from_one_package_have_their_own_policies_and_state() {
    each(|net, kind| {
        let loose = Terms::named("loose").policy("OR('Org1MSP.member','Org2MSP.member')");
        let strict = Terms::named("strict").policy("AND('Org1MSP.member','Org2MSP.member')");
        let id = net.deploy(kind, &loose, "both_1");
        net.agree(&strict, &id);
        let write = |name: &str| script_of(name, r#"[["put","k","v"]]"#);
        net.works(&[0], &write("loose"));
        assert_eq!(
            code(net.transact(&[0], &write("strict"))),
            Code::EndorsementPolicyFailure
        );
        let state = net.channel(2).ledger().snapshot();
        assert!(state.get("loose", "k").unwrap().is_some());
        assert!(state.get("strict", "k").unwrap().is_none());
        net.works(&[0, 1], &write("strict"));
        // One package, and both definitions point at it.
        let asked = lifecycle_call(
            "",
            "QueryInstalledChaincodes",
            &QueryInstalledChaincodesArgs {},
        );
        let found = net.ask(0, &asked).payload;
        let found = QueryInstalledChaincodesResult::decode(found).unwrap();
        let [package] = &found.installed_chaincodes[..] else {
            panic!("{found:?}")
        };
        let listed = &package.references[super::story::CHANNEL].chaincodes;
        let names: Vec<_> = listed.iter().map(|found| &*found.name).collect();
        assert_eq!(names, ["loose", "strict"]);
    });
}
