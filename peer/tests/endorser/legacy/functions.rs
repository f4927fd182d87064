//! The functions of `lscc` one by one, and their refusals.

use super::net::{CHANNEL, Net, deploy, install, lscc, package, script, specification, text};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, Fresh, Proposal};
use selvedge_peer::endorser::{Endorser, EndorserOptions};
use selvedge_protos::{
    ccprovider::ChaincodeData,
    common::{ChannelHeader, Envelope, Header, HeaderType, Payload},
    protos::{
        ChaincodeDeploymentSpec, ChaincodeQueryResponse, SignedChaincodeDeploymentSpec,
        chaincode_spec,
    },
};
use std::sync::Arc;

fn on_channel(function: &str) -> Call {
    lscc(CHANNEL, function, &[text(CHANNEL), text("cc")])
}

#[test]
fn what_is_instantiated_can_be_asked_for_under_both_names() {
    let net = Net::with_chaincode();
    let state = net.channel(0).ledger().snapshot();
    let stored = state.get("lscc", "cc").unwrap().unwrap().value;
    for function in ["getid", "ChaincodeExists"] {
        assert_eq!(net.ask(0, &on_channel(function)).payload, &b"cc"[..]);
    }
    for function in ["getccdata", "GetChaincodeData"] {
        assert_eq!(net.ask(0, &on_channel(function)).payload, stored);
    }
    for function in ["getdepspec", "GetDeploymentSpec"] {
        let found = net.ask(0, &on_channel(function)).payload;
        assert_eq!(found, package("1.0").encode_to_vec());
    }
    for function in ["getchaincodes", "GetChaincodes"] {
        let found = net.ask(0, &lscc(CHANNEL, function, &[])).payload;
        let found = ChaincodeQueryResponse::decode(found).unwrap().chaincodes;
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].name, &*found[0].version), ("cc", "1.0"));
        assert_eq!(
            (&*found[0].escc, &*found[0].path),
            ("escc", "example.com/cc")
        );
    }
    for function in ["getinstalledchaincodes", "GetInstalledChaincodes"] {
        let found = net.ask(0, &lscc("", function, &[])).payload;
        let found = ChaincodeQueryResponse::decode(found).unwrap().chaincodes;
        assert_eq!((found.len(), &*found[0].version), (1, "1.0"));
        let data = ChaincodeData::decode(stored.clone()).unwrap();
        assert_eq!(found[0].id, data.id);
    }
    for function in ["getcollectionsconfig", "GetCollectionsConfig"] {
        assert_eq!(
            net.refusal(0, &lscc(CHANNEL, function, &[text("cc")])),
            "collections config not defined for chaincode cc"
        );
    }
}

#[test]
fn arguments_names_and_permissions_are_checked() {
    let net = Net::new(2, "V1_4_2");
    let spec = |version: &str| Bytes::from(specification(version, &[]).encode_to_vec());
    let named = |name: &str| {
        let mut spec = package("1.0");
        let chaincode = spec.chaincode_spec.as_mut().unwrap();
        chaincode.chaincode_id.as_mut().unwrap().name = name.to_owned();
        install(&spec.encode_to_vec())
    };
    let many = vec![text(CHANNEL); 7];
    let rows = [
        (lscc("", "x", &[]), "invalid function to lscc: x"),
        (
            lscc("", "install", &[]),
            "invalid number of arguments to lscc: 1",
        ),
        (
            lscc(CHANNEL, "deploy", &[text(CHANNEL)]),
            "invalid number of arguments to lscc: 2",
        ),
        (
            lscc(CHANNEL, "deploy", &many),
            "invalid number of arguments to lscc: 8",
        ),
        (
            lscc(CHANNEL, "getid", &[text(CHANNEL)]),
            "invalid number of arguments to lscc: 2",
        ),
        (
            lscc(CHANNEL, "getchaincodes", &[text("x")]),
            "invalid number of arguments to lscc: 2",
        ),
        (
            lscc(CHANNEL, "deploy", &[text(""), spec("1.0")]),
            "invalid channel name: ",
        ),
        (
            lscc(CHANNEL, "deploy", &[text("nowhere"), spec("1.0")]),
            "programming error, non-existent appplication config for channel 'nowhere'",
        ),
        (
            lscc(CHANNEL, "deploy", &[text(CHANNEL), spec("1 0")]),
            "invalid chaincode version '1 0'. Versions must not be empty and can only consist of alphanumerics, '_',  '-', '+', and '.'",
        ),
        (
            on_channel("getid"),
            "could not find chaincode with name 'cc'",
        ),
        (
            deploy("upgrade", "1.0", "[]"),
            "cannot get package for chaincode (cc:1.0)",
        ),
        (
            install(b"junk"),
            "could not unmarshal chaincode package to CDS or SignedCDS",
        ),
        (
            named("a/b"),
            "invalid chaincode name 'a/b'. Names must start with an alphanumeric character and can only consist of alphanumerics, '_', and '-'",
        ),
        (
            named("lscc"),
            "cannot install: lscc is the name of a system chaincode",
        ),
        (
            lscc(CHANNEL, "getid", &[text("nowhere"), text("cc")]),
            "access denied for [getid][nowhere]: Failed to get policy manager for channel [nowhere]",
        ),
    ];
    for (call, message) in rows {
        assert_eq!(net.refusal(0, &call), message);
    }
    net.install("1.0");
    assert_eq!(
        net.refusal(0, &deploy("upgrade", "1.0", "[]")),
        "could not find chaincode with name 'cc'"
    );
    let file = net.dir.path().join("Org1MSP/chaincodes/cc.1.0");
    assert_eq!(
        net.refusal(0, &install(&package("1.0").encode_to_vec())),
        format!(
            "error installing chaincode code cc:1.0(chaincode {} exists)",
            file.display()
        )
    );
}

#[test]
fn a_package_that_cannot_be_built_stays_installed() {
    let net = Net::new(1, "V1_4_2");
    let mut broken = package("1.0");
    let spec = broken.chaincode_spec.as_mut().unwrap();
    spec.chaincode_id.as_mut().unwrap().path = "broken".to_owned();
    assert_eq!(
        net.refusal(0, &install(&broken.encode_to_vec())),
        "chaincode installed to peer but could not build chaincode: golang build failed: no luck"
    );
    let call = deploy("deploy", "1.0", "[]");
    assert_eq!(
        net.refusal(0, &call),
        "error in simulation: could not launch chaincode cc:1.0: error building chaincode: error building image: golang build failed: no luck"
    );
}

#[test]
fn index_definitions_are_looked_at() {
    let net = Net::new(1, "V1_4_2");
    let with = |version: &str, file: &str| {
        let files = std::collections::BTreeMap::from([(file.to_owned(), b"{}".to_vec())]);
        let spec = ChaincodeDeploymentSpec {
            code_package: selvedge_runtime::code_archive(&files).unwrap().into(),
            ..specification(version, &[])
        };
        install(&spec.encode_to_vec())
    };
    assert_eq!(
        net.refusal(0, &with("1", "META-INF/statedb/couchdb/indexes/a.json")),
        "invalid state database artifact: Index metadata file [META-INF/statedb/couchdb/indexes/a.json] is not a valid index definition: Index definition must include a \"fields\" definition"
    );
    assert!(
        net.refusal(0, &with("2", "META-INF/statedb/x.json"))
            .starts_with("invalid state database artifact: metadata file path must include")
    );
    let no_archive = specification("3", &[]).encode_to_vec();
    assert_eq!(
        net.refusal(0, &install(&no_archive)),
        "invalid deployment spec"
    );
}

#[test]
fn a_package_that_is_not_what_was_instantiated_is_not_run() {
    let net = Net::with_chaincode();
    let other = ChaincodeDeploymentSpec {
        code_package: package("other").code_package,
        ..package("1.0")
    };
    let file = net.dir.path().join("Org2MSP/chaincodes/cc.1.0");
    std::fs::write(&file, other.encode_to_vec()).unwrap();
    // The peers that ran it before remember what they checked.
    let refused = net.refusal(1, &on_channel("getdepspec"));
    assert_eq!(refused, "chaincode fingerprint mismatch: data mismatch");
    assert_eq!(
        net.refusal(1, &script("[]")),
        "make sure the chaincode cc has been successfully defined on channel old and try again: failed security checks: chaincode fingerprint mismatch: data mismatch"
    );
    std::fs::remove_file(net.dir.path().join("Org3MSP/chaincodes/cc.1.0")).unwrap();
    let missing = net.dir.path().join("Org3MSP/chaincodes/cc.1.0");
    assert_eq!(
        net.refusal(2, &script("[]")),
        format!(
            "make sure the chaincode cc has been successfully defined on channel old and try again: failed security checks: invalid deployment spec: open {}: no such file or directory",
            missing.display()
        )
    );
    // Its ledger follows all the same.
    assert_eq!(net.transact(&[0], &script(r#"[["put","k","v"]]"#)), 0);
}

/// A signed package whose policy names one organisation's administrator.
fn signed(version: &str, policy: &str) -> Vec<u8> {
    let policy = selvedge_identity::policy_from_string(policy).unwrap();
    let signed = SignedChaincodeDeploymentSpec {
        chaincode_deployment_spec: package(version).encode_to_vec().into(),
        instantiation_policy: policy.encode_to_vec().into(),
        owner_endorsements: Vec::new(),
    };
    let header = ChannelHeader {
        r#type: HeaderType::ChaincodePackage as i32,
        ..Default::default()
    };
    let payload = Payload {
        header: Some(Header {
            channel_header: header.encode_to_vec().into(),
            signature_header: Bytes::new(),
        }),
        data: signed.encode_to_vec().into(),
    };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    }
    .encode_to_vec()
}

#[test]
fn a_signed_package_brings_its_own_instantiation_policy() {
    let net = Net::new(2, "V1_4_2");
    for member in 0..2 {
        let answer = net.ask(member, &install(&signed("1.0", "AND('Org1MSP.admin')")));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let call = deploy("deploy", "1.0", "[]");
    assert!(
        net.refusal(1, &call)
            .starts_with("instantiation policy violation: "),
        "another organisation's administrator"
    );
    assert_eq!(net.transact(&[0, 1], &call), 0);
    assert_eq!(net.ask(1, &script("[]")).status, 200);
    // The old policy guards the upgrade, whatever the new package says.
    for member in 0..2 {
        net.ask(
            member,
            &install(&signed("2.0", "OR('Org1MSP.admin','Org2MSP.admin')")),
        );
    }
    let upgrade = deploy("upgrade", "2.0", "[]");
    assert!(
        net.refusal(1, &upgrade)
            .starts_with("instantiation policy violation: ")
    );
    assert_eq!(net.transact(&[0, 1], &upgrade), 0);
    assert_eq!(
        specification("1.0", &[]).chaincode_spec.unwrap().r#type,
        chaincode_spec::Type::Golang as i32
    );
}

/// A Go peer does not start over such a file.
#[test]
fn a_broken_file_is_left_out_and_stops_nobody() {
    let net = Net::with_chaincode();
    let dir = net.dir.path().join("Org1MSP/chaincodes");
    std::fs::write(dir.join("broken.1.0"), b"junk").unwrap();
    std::fs::create_dir(dir.join("a.directory")).unwrap();
    std::fs::write(dir.join("nodot"), b"junk").unwrap();
    let reopened = selvedge_peer::legacy::LegacyPackages::open(dir.clone()).unwrap();
    assert_eq!(
        reopened.store().list().unwrap(),
        ["broken:1.0", "cc:1.0"],
        "names with a dot are packages, directories are not"
    );
    let found = net.ask(0, &lscc("", "getinstalledchaincodes", &[])).payload;
    let found = ChaincodeQueryResponse::decode(found).unwrap().chaincodes;
    let names: Vec<_> = found.iter().map(|found| &*found.name).collect();
    assert_eq!(names, ["cc"]);
    assert_eq!(net.ask(0, &script("[]")).status, 200);
    // Whoever names it is told.
    let mut spec = specification("1.0", &[]);
    let chaincode = spec.chaincode_spec.as_mut().unwrap();
    chaincode.chaincode_id.as_mut().unwrap().name = "broken".to_owned();
    let call = lscc(
        CHANNEL,
        "deploy",
        &[text(CHANNEL), spec.encode_to_vec().into()],
    );
    assert_eq!(
        net.refusal(0, &call),
        "cannot get package for chaincode (broken:1.0)"
    );
}

#[test]
fn a_peer_that_does_not_serve_a_system_chaincode_answers_as_fabric_3_does() {
    let net = Net::with_chaincode();
    let options = EndorserOptions {
        disabled: ["lscc", "qscc"].map(str::to_owned).into(),
        ..EndorserOptions::default()
    };
    let without = Endorser::new(Arc::clone(&net.members[0].peer), options).unwrap();
    let chain_info = Call {
        chaincode: "qscc".to_owned(),
        ..lscc(CHANNEL, "GetChainInfo", &[text(CHANNEL)])
    };
    // The second time from the memory of the failure.
    for call in [
        on_channel("getid"),
        install(&package("2.0").encode_to_vec()),
        chain_info,
    ] {
        let id = format!("{}.syscc", call.chaincode);
        let file = net.dir.path().join("Org1MSP/chaincodes").join(&id);
        let signer = &net.members[0].admin;
        let proposal = Proposal::new(&call, signer, &Fresh::from_system().unwrap()).unwrap();
        let signed = proposal.signed.encode_to_vec().into();
        let answer = without.process_proposal(signed).unwrap().response.unwrap();
        assert_eq!(
            (answer.status, answer.message),
            (
                500,
                format!(
                    "error in simulation: failed to execute transaction {}: could not launch chaincode {id}: error building chaincode: error building image: failed to get chaincode package for external build: could not get legacy chaincode package '{id}': open {}: no such file or directory",
                    proposal.tx_id,
                    file.display()
                )
            )
        );
    }
    // What was instantiated runs.
    let proposal = Proposal::new(
        &script("[]"),
        &net.members[0].user,
        &Fresh::from_system().unwrap(),
    );
    let signed = proposal.unwrap().signed.encode_to_vec().into();
    let answer = without.process_proposal(signed).unwrap();
    assert_eq!(answer.response.unwrap().status, 200);
}
