//! The verdicts of committing peers on transactions of channels without capability V2_0, good and forged.

use super::{
    forge::{Forged, data},
    net::{Net, deploy, script, specification, text},
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::{
    ccprovider::ChaincodeData,
    protos::{
        ChaincodeDeploymentSpec, ChaincodeId, CollectionConfig, CollectionConfigPackage,
        CollectionPolicyConfig, StaticCollectionConfig, TxValidationCode as Code,
        collection_config, collection_policy_config,
    },
};

pub(super) const ADMIN: (usize, bool) = (0, true);
const USER: (usize, bool) = (0, false);

/// The verdict on one transaction that nobody else's precedes.
pub(super) fn verdict(net: &Net, forged: &Forged) -> Code {
    let codes = net.commit(vec![forged.envelope(net, ADMIN, &[0])]);
    code(codes[0])
}

pub(super) fn code(code: u8) -> Code {
    Code::try_from(i32::from(code)).unwrap()
}

fn spec(change: impl FnOnce(&mut ChaincodeDeploymentSpec)) -> Bytes {
    let mut spec = specification("1.0", &[]);
    change(&mut spec);
    spec.encode_to_vec().into()
}

fn id(change: impl FnOnce(&mut ChaincodeId)) -> Bytes {
    spec(|spec| {
        let spec = spec.chaincode_spec.as_mut().unwrap();
        change(spec.chaincode_id.as_mut().unwrap());
    })
}

fn record(forged: &mut Forged, change: impl FnOnce(&mut ChaincodeData)) {
    let mut data = data("1.0");
    change(&mut data);
    forged.writes[0].1[0].1 = data.encode_to_vec().into();
}

/// Instantiations that are not what they say.
fn false_instantiations() -> Vec<(&'static str, Forged)> {
    let good = Forged::deploy;
    let arg = |value: Bytes| good().with(|forged| forged.args[2] = value);
    vec![
        (
            "another function",
            good().with(|f| f.args[0] = text("install")),
        ),
        ("too few arguments", good().with(|f| f.args.truncate(2))),
        (
            "too many arguments",
            good().with(|f| f.args.resize(8, Bytes::new())),
        ),
        ("no arguments", good().with(|f| f.args.clear())),
        ("no specification", arg(text("junk"))),
        ("no chaincode", arg(spec(|spec| spec.chaincode_spec = None))),
        (
            "a type of its own",
            arg(spec(|spec| {
                spec.chaincode_spec.as_mut().unwrap().r#type = 9
            })),
        ),
        (
            "no type",
            arg(spec(|spec| {
                spec.chaincode_spec.as_mut().unwrap().r#type = 0
            })),
        ),
        ("a bad name", arg(id(|id| id.name = "c/c".to_owned()))),
        ("a reserved name", arg(id(|id| id.name = "vscc".to_owned()))),
        ("a bad version", arg(id(|id| id.version = "1 0".to_owned()))),
        ("nothing written", good().with(|f| f.writes.clear())),
        (
            "nothing written in lscc",
            good().with(|f| f.writes[0].1.clear()),
        ),
        (
            "another key",
            good().with(|f| f.writes[0].1[0].0 = "other".to_owned()),
        ),
        (
            "no record",
            good().with(|f| f.writes[0].1[0].1 = text("junk")),
        ),
        (
            "another name in the record",
            good().with(|f| record(f, |data| data.name = "other".to_owned())),
        ),
        (
            "another version in the record",
            good().with(|f| record(f, |data| data.version = "2.0".to_owned())),
        ),
        (
            "no instantiation policy",
            good().with(|f| record(f, |data| data.instantiation_policy = Bytes::new())),
        ),
        (
            "an instantiation policy that is none",
            good().with(|f| record(f, |data| data.instantiation_policy = text("junk"))),
        ),
        (
            "writes elsewhere",
            good().with(|f| {
                f.writes
                    .push(("other".to_owned(), vec![("k".to_owned(), text("v"))]))
            }),
        ),
        (
            "a third write",
            good().with(|f| {
                f.writes[0]
                    .1
                    .push(("cc~collection".to_owned(), Bytes::new()));
                f.writes[0].1.push(("more".to_owned(), text("v")));
            }),
        ),
    ]
}

#[test]
fn false_instantiations_are_endorsement_failures() {
    let net = Net::new(3, "V1_4_2");
    for (what, forged) in false_instantiations() {
        assert_eq!(
            verdict(&net, &forged),
            Code::EndorsementPolicyFailure,
            "{what}"
        );
    }
    let by_user = Forged::deploy().envelope(&net, USER, &[0]);
    assert_eq!(
        code(net.commit(vec![by_user])[0]),
        Code::EndorsementPolicyFailure
    );
    let unendorsed = Forged::deploy().with(|f| f.version.clear());
    assert_eq!(verdict(&net, &unendorsed), Code::InvalidOtherReason);
    // Where it may write: its own namespace, for its Init.
    let good = Forged::deploy().with(|f| {
        f.writes
            .insert(0, ("cc".to_owned(), vec![("k".to_owned(), text("v"))]))
    });
    assert_eq!(verdict(&net, &good), Code::Valid);
    assert_eq!(
        verdict(&net, &Forged::deploy()),
        Code::EndorsementPolicyFailure,
        "again"
    );
}

#[test]
fn upgrades_are_judged_by_what_is_there() {
    let net = Net::new(3, "V1_4_2");
    let upgrade = |version: &str, change: &dyn Fn(&mut ChaincodeData)| {
        let mut data = data(version);
        change(&mut data);
        Forged::deployment("upgrade", specification(version, &[]), data)
    };
    let refused = Code::EndorsementPolicyFailure;
    assert_eq!(
        verdict(&net, &upgrade("2.0", &|_| ())),
        refused,
        "of nothing"
    );
    assert_eq!(verdict(&net, &Forged::deploy()), Code::Valid);
    assert_eq!(
        verdict(&net, &upgrade("1.0", &|_| ())),
        refused,
        "to the same version"
    );
    let no_policy = upgrade("2.0", &|data| data.instantiation_policy = Bytes::new());
    assert_eq!(verdict(&net, &no_policy), refused, "without a policy");
    // The new policy counts too.
    let others = selvedge_identity::policy_from_string("AND('Org2MSP.admin')").unwrap();
    let others = upgrade("2.0", &|data| {
        data.instantiation_policy = others.encode_to_vec().into();
    });
    assert_eq!(verdict(&net, &others), refused, "to a policy of another");
    assert_eq!(verdict(&net, &upgrade("2.0", &|_| ())), Code::Valid);
}

pub(super) fn package(collections: &[(&str, u64)]) -> Vec<u8> {
    let config = collections.iter().map(|(name, block_to_live)| {
        let policy = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP"]);
        let collection = StaticCollectionConfig {
            name: (*name).to_owned(),
            block_to_live: *block_to_live,
            member_orgs_policy: Some(CollectionPolicyConfig {
                payload: Some(collection_policy_config::Payload::SignaturePolicy(policy)),
            }),
            ..Default::default()
        };
        CollectionConfig {
            payload: Some(collection_config::Payload::StaticCollectionConfig(
                collection,
            )),
        }
    });
    CollectionConfigPackage {
        config: config.collect(),
    }
    .encode_to_vec()
}

#[test]
fn collections_must_be_those_of_the_arguments_and_stay() {
    let net = Net::new(3, "V1_4_2");
    let refused = Code::EndorsementPolicyFailure;
    let (a, ab) = (package(&[("a", 1)]), package(&[("a", 1), ("b", 2)]));
    let deploy = |argument: &[u8], written: Option<&[u8]>| {
        Forged::deploy().with_collections(argument, written)
    };
    for (what, forged) in [
        ("not written", deploy(&a, None)),
        ("others written", deploy(&a, Some(&ab))),
        ("not asked for", deploy(b"", Some(&a))),
        ("no package", deploy(b"junk", Some(b"junk"))),
        ("a name twice", {
            let twice = package(&[("a", 1), ("a", 1)]);
            deploy(&twice, Some(&twice))
        }),
        ("a bad name", {
            let bad = package(&[("a b", 1)]);
            deploy(&bad, Some(&bad))
        }),
        ("no name", {
            let bad = package(&[("", 1)]);
            deploy(&bad, Some(&bad))
        }),
    ] {
        assert_eq!(verdict(&net, &forged), refused, "{what}");
    }
    assert_eq!(verdict(&net, &deploy(&ab, Some(&ab))), Code::Valid);
    let upgrade = |collections: &[u8]| {
        Forged::deployment("upgrade", specification("2.0", &[]), data("2.0"))
            .with_collections(collections, Some(collections))
    };
    assert_eq!(verdict(&net, &upgrade(&a)), refused, "one is missing");
    let longer = package(&[("a", 1), ("b", 3)]);
    assert_eq!(
        verdict(&net, &upgrade(&longer)),
        refused,
        "one keeps its data longer"
    );
    let more = package(&[("c", 0), ("b", 2), ("a", 1)]);
    assert_eq!(verdict(&net, &upgrade(&more)), Code::Valid);
}

#[test]
fn applications_have_the_codes_of_their_channel() {
    let net = Net::new(3, "V1_4_2");
    let call = Forged::call;
    let rows = [
        (
            "not instantiated",
            call("cc", "1.0", &[("cc", "k")]),
            Code::InvalidOtherReason,
        ),
        (
            "of the new lifecycle",
            call("_lifecycle", "syscc", &[]),
            Code::InvalidOtherReason,
        ),
    ];
    for (what, forged, expected) in rows {
        assert_eq!(verdict(&net, &forged), expected, "{what}");
    }
    assert_eq!(verdict(&net, &Forged::deploy()), Code::Valid);
    let rows = [
        ("good", call("cc", "1.0", &[("cc", "k")]), Code::Valid),
        ("nothing written", call("cc", "1.0", &[]), Code::Valid),
        (
            "another version",
            call("cc", "0.9", &[("cc", "k")]),
            Code::ExpiredChaincode,
        ),
        (
            "lscc",
            call("cc", "1.0", &[("lscc", "cc")]),
            Code::IllegalWriteset,
        ),
        (
            "cscc",
            call("cc", "1.0", &[("cscc", "k")]),
            Code::IllegalWriteset,
        ),
        ("vscc", call("vscc", "syscc", &[]), Code::IllegalWriteset),
        (
            "a stranger",
            call("cc", "1.0", &[("cc", "k"), ("nobody", "k")]),
            Code::InvalidOtherReason,
        ),
        ("qscc", call("qscc", "syscc", &[]), Code::Valid),
        (
            "twice",
            call("cc", "1.0", &[("cc", "k"), ("cc", "l")]),
            Code::IllegalWriteset,
        ),
    ];
    for (what, forged, expected) in rows {
        assert_eq!(verdict(&net, &forged), expected, "{what}");
    }
    let unsigned = call("cc", "1.0", &[("cc", "k")]).envelope(&net, ADMIN, &[0]);
    assert_eq!(
        code(net.commit(vec![unsigned.clone(), unsigned])[1]),
        Code::DuplicateTxid
    );
}

#[test]
fn an_upgrade_shuts_out_the_calls_of_its_block() {
    let net = Net::with_chaincode();
    net.install("2.0");
    let everyone = [0, 1, 2];
    let before = net.endorse(&everyone, &script(r#"[["put","k","1"]]"#));
    let late = net.endorse(&everyone, &script(r#"[["put","k","2"]]"#));
    let upgrade = net.endorse(&everyone, &deploy("upgrade", "2.0", "[]"));
    let conflict = Code::ChaincodeVersionConflict;
    let codes = net.commit(vec![before, upgrade]).into_iter().map(code);
    assert_eq!(codes.collect::<Vec<_>>(), [conflict, Code::Valid]);
    // Endorsed for the version before.
    assert_eq!(code(net.commit(vec![late])[0]), Code::ExpiredChaincode);
    assert_eq!(net.transact(&everyone, &script(r#"[["put","k","3"]]"#)), 0);
    // Of two upgrades in a block the last one counts; the one before it is no conflict of reads, it is shut out.
    net.install("3.0");
    net.install("4.0");
    let both =
        ["3.0", "4.0"].map(|version| net.endorse(&everyone, &deploy("upgrade", version, "[]")));
    let codes = net.commit(both.to_vec()).into_iter().map(code);
    assert_eq!(codes.collect::<Vec<_>>(), [conflict, Code::Valid]);
}
