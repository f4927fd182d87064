//! The life of a chaincode from its instantiation to the new lifecycle.

use super::net::{CHANNEL, Net, deploy, lscc, package, script, specification, text};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, Fresh, Proposal, lifecycle_call};
use selvedge_protos::{
    ccprovider::ChaincodeData,
    lifecycle::{
        ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
        InstallChaincodeArgs, InstallChaincodeResult,
        chaincode_source::{Local, Type as SourceType},
    },
    protos::{
        ChaincodeAction, ChaincodeEvent, CollectionConfig, CollectionConfigPackage,
        CollectionPolicyConfig, LifecycleEvent, ProposalResponsePayload, StaticCollectionConfig,
        TxValidationCode as Code, collection_config, collection_policy_config,
    },
};
use selvedge_runtime::PackageSource;
use std::collections::BTreeMap;

const EVERYONE: [usize; 3] = [0, 1, 2];

fn value(net: &Net, member: usize) -> String {
    let answer = net.ask(member, &script(r#"[["get","initial"]]"#));
    assert_eq!(answer.status, 200, "{answer:?}");
    String::from_utf8(answer.payload.to_vec()).unwrap()
}

fn is(net: &Net, expected: &str) {
    for member in EVERYONE {
        assert_eq!(
            value(net, member),
            format!(r#"["{}"]"#, hex::encode(expected))
        );
    }
}

#[test]
fn instantiation_writes_the_definition_and_runs_init_in_one_transaction() {
    let net = Net::new(3, "V1_4_2");
    assert_eq!(
        net.refusal(0, &script("[]")),
        "make sure the chaincode cc has been successfully defined on channel old and try again: chaincode cc not found"
    );
    let init = r#"[["put","initial","one"]]"#;
    let call = deploy("deploy", "1.0", init);
    assert_eq!(
        net.refusal(0, &call),
        "cannot get package for chaincode (cc:1.0)"
    );
    net.install("1.0");
    let signer = &net.members[0].admin;
    let proposal = Proposal::new(&call, signer, &Fresh::from_system().unwrap()).unwrap();
    let answers = EVERYONE.map(|member| net.process(member, &proposal));
    // All three write and sign the same.
    assert!(
        answers
            .iter()
            .all(|other| other.payload == answers[0].payload)
    );
    let answer = answers[0].response.clone().unwrap();
    let data = ChaincodeData::decode(answer.payload).unwrap();
    assert_eq!((&*data.name, &*data.version), ("cc", "1.0"));
    assert_eq!((&*data.escc, &*data.vscc), ("escc", "vscc"));
    let any_member = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP", "Org3MSP"]);
    assert_eq!(data.policy, any_member.encode_to_vec());
    let envelope = selvedge_peer::client::assemble(&proposal, &answers, signer).unwrap();
    assert_eq!(net.commit(vec![envelope.encode_to_vec().into()]), [0]);
    is(&net, "one");
    let stored = net
        .channel(1)
        .ledger()
        .snapshot()
        .get("lscc", "cc")
        .unwrap();
    assert_eq!(stored.unwrap().value, data.encode_to_vec());
    assert_eq!(
        net.refusal(0, &call),
        "chaincode with name 'cc' already exists"
    );
    // A call that has nothing to do with the lifecycle is endorsed under the version of the record.
    assert_eq!(net.transact(&[0], &script(r#"[["put","k","v"]]"#)), 0);
    let init = Call {
        is_init: true,
        ..script("[]")
    };
    assert!(net.refusal(0, &init).ends_with(
        "invalid invocation: chaincode 'cc' does not require initialization but called as init"
    ));
}

#[test]
fn only_whom_the_instantiation_policy_names_may_instantiate() {
    let net = Net::new(2, "V1_4_2");
    net.install("1.0");
    let call = deploy("deploy", "1.0", "[]");
    let refused = net.ask_as(0, &call, &net.members[0].user);
    assert_eq!(refused.status, 500);
    assert!(
        refused
            .message
            .starts_with("instantiation policy violation: "),
        "{refused:?}"
    );
    let installing = super::net::install(&package("9").encode_to_vec());
    let refused = net.ask_as(0, &installing, &net.members[0].user);
    assert!(
        refused.message.starts_with("access denied for [install]: Failed verifying that proposal's creator satisfies local MSP principal"),
        "{refused:?}"
    );
    // Whose peer is asked does not matter.
    assert_eq!(net.ask_as(0, &call, &net.members[1].admin).status, 200);
}

#[test]
fn an_init_that_fails_leaves_nothing() {
    let net = Net::new(3, "V1_4_2");
    net.install("1.0");
    assert_eq!(
        net.refusal(0, &deploy("deploy", "1.0", r#"[["fail","no luck"]]"#)),
        "error in simulation: transaction returned with failure: no luck"
    );
    let private = r#"[["putpvt","secret","k","v"]]"#;
    assert!(
        net.refusal(0, &deploy("deploy", "1.0", private))
            .ends_with("private data APIs are not allowed in chaincode Init()")
    );
    let with_code = lscc(
        CHANNEL,
        "deploy",
        &[text(CHANNEL), package("1.0").encode_to_vec().into()],
    );
    assert_eq!(
        net.refusal(0, &with_code),
        "error in simulation: lscc upgrade/deploy should not include a code packages"
    );
    let state = net.channel(0).ledger().snapshot();
    assert!(state.get("lscc", "cc").unwrap().is_none());
    assert_eq!(net.transact(&EVERYONE, &deploy("deploy", "1.0", "[]")), 0);
}

#[test]
fn an_upgrade_runs_init_again_and_says_so_in_an_event() {
    let net = Net::with_chaincode();
    let init = r#"[["put","initial","two"]]"#;
    assert_eq!(
        net.refusal(0, &deploy("upgrade", "1.0", init)),
        "version already exists for chaincode with name 'cc'"
    );
    net.install("2.0");
    let call = deploy("upgrade", "2.0", init);
    let signer = &net.members[0].admin;
    let proposal = Proposal::new(&call, signer, &Fresh::from_system().unwrap()).unwrap();
    let answer = net.process(0, &proposal);
    let payload = ProposalResponsePayload::decode(answer.payload.clone()).unwrap();
    let action = ChaincodeAction::decode(payload.extension).unwrap();
    let event = ChaincodeEvent::decode(action.events).unwrap();
    assert_eq!(
        (&*event.chaincode_id, &*event.event_name),
        ("lscc", "upgrade")
    );
    let event = LifecycleEvent::decode(event.payload).unwrap();
    assert_eq!(event.chaincode_name, "cc");
    assert_eq!(net.transact(&EVERYONE, &call), 0);
    is(&net, "two");
}

#[test]
fn a_chaincode_outlives_the_legacy_lifecycle_and_is_taken_over() {
    let net = Net::new(3, "V1_4_2");
    net.install("1.0");
    let approve = |sequence| ApproveChaincodeDefinitionForMyOrgArgs {
        sequence,
        name: "cc".to_owned(),
        version: "2.0".to_owned(),
        ..Default::default()
    };
    let refused = net.refusal(
        0,
        &lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approve(1)),
    );
    assert_eq!(
        refused,
        "cannot use new lifecycle for channel 'old' as it does not have the required capabilities enabled"
    );
    let collections = collections("secret", 5).encode_to_vec();
    let specification = specification("1.0", &["run", r#"[["put","initial","one"]]"#]);
    let call = lscc(
        CHANNEL,
        "deploy",
        &[
            text(CHANNEL),
            specification.encode_to_vec().into(),
            Bytes::new(),
            Bytes::new(),
            Bytes::new(),
            collections.into(),
        ],
    );
    assert_eq!(net.transact(&EVERYONE, &call), 0);
    let private = r#"[["putpvt","secret","k","v"]]"#;
    assert_eq!(net.transact(&[0], &script(private)), 0);

    net.raise("V2_5");
    is(&net, "one");
    assert_eq!(net.transact(&[0], &script(r#"[["put","after","v"]]"#)), 0);
    assert_eq!(net.transact(&[1], &script(private)), 0);
    assert_eq!(
        net.refusal(0, &deploy("upgrade", "1.0", "[]")),
        "Channel 'old' has been migrated to the new lifecycle, LSCC is now read-only"
    );
    let known = lscc(CHANNEL, "getid", &[text(CHANNEL), text("cc")]);
    assert_eq!(net.ask(0, &known).payload, &b"cc"[..]);

    take_over(&net, approve);
}

/// The definition must keep the collections; then it counts, and the legacy one no more.
fn take_over(net: &Net, approve: impl Fn(i64) -> ApproveChaincodeDefinitionForMyOrgArgs) {
    let refused = net.refusal(
        0,
        &lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approve(1)),
    );
    assert_eq!(
        refused,
        "failed to invoke backing implementation of 'ApproveChaincodeDefinitionForMyOrg': error validating chaincode definition: the proposed collection config does not contain previously defined collections"
    );
    let source = PackageSource {
        label: "cc_2".to_owned(),
        kind: "golang".to_owned(),
        path: String::new(),
        files: BTreeMap::new(),
    };
    let args = InstallChaincodeArgs {
        chaincode_install_package: source.write().unwrap().into(),
    };
    let mut package_id = String::new();
    for member in EVERYONE {
        let answer = net.ask(member, &lifecycle_call("", "InstallChaincode", &args));
        let result = InstallChaincodeResult::decode(answer.payload).unwrap();
        package_id = result.package_id;
        let approval = ApproveChaincodeDefinitionForMyOrgArgs {
            collections: Some(collections("secret", 5)),
            init_required: true,
            source: Some(ChaincodeSource {
                r#type: Some(SourceType::LocalPackage(Local {
                    package_id: package_id.clone(),
                })),
            }),
            ..approve(1)
        };
        let call = lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approval);
        assert_eq!(net.transact(&[member], &call), 0);
    }
    assert!(package_id.starts_with("cc_2:"));
    // Until the definition commits the instantiation counts.
    is(net, "one");
    let commit = CommitChaincodeDefinitionArgs {
        sequence: 1,
        name: "cc".to_owned(),
        version: "2.0".to_owned(),
        collections: Some(collections("secret", 5)),
        init_required: true,
        ..Default::default()
    };
    let call = lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &commit);
    assert_eq!(net.transact(&EVERYONE, &call), 0);
    // No Init of the legacy lifecycle counts for the new one.
    assert!(net.refusal(0, &script("[]")).ends_with(
        "chaincode 'cc' has not been initialized for this version, must call as init first"
    ));
    let init = Call {
        is_init: true,
        ..script(r#"[["put","initial","three"]]"#)
    };
    // The default policy of the new definition is a majority.
    let failure = Code::EndorsementPolicyFailure as i32 as u8;
    assert_eq!(net.transact(&[0], &init), failure);
    assert_eq!(net.transact(&[0, 1], &init), 0);
    is(net, "three");
}

fn collections(name: &str, block_to_live: u64) -> CollectionConfigPackage {
    let policy = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP"]);
    let collection = StaticCollectionConfig {
        name: name.to_owned(),
        block_to_live,
        member_orgs_policy: Some(CollectionPolicyConfig {
            payload: Some(collection_policy_config::Payload::SignaturePolicy(policy)),
        }),
        ..Default::default()
    };
    CollectionConfigPackage {
        config: vec![CollectionConfig {
            payload: Some(collection_config::Payload::StaticCollectionConfig(
                collection,
            )),
        }],
    }
}
