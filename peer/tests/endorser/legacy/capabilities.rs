//! What each application capability below V2_0 adds, as committing peers show it.

use super::{
    forge::{Forged, data},
    net::{CHANNEL, Net, deploy, lscc, script, specification, text},
    verdicts::{ADMIN, code, package, verdict},
};
use prost::Message as _;
use selvedge_protos::protos::TxValidationCode as Code;

/// What a channel of one capability asks for.
struct Level {
    capability: &'static str,
    /// Of two transactions with one ID in a block the second is none.
    unique_ids: bool,
    /// The new instantiation policy guards an upgrade as well.
    both_policies: bool,
    /// An instantiation may bring collections.
    collections: bool,
    /// The invoked chaincode is judged where it wrote nothing, and collections are checked.
    v1_2: bool,
    key_policies: bool,
}

const fn level(capability: &'static str, asks: [bool; 5]) -> Level {
    let [unique_ids, both_policies, collections, v1_2, key_policies] = asks;
    Level {
        capability,
        unique_ids,
        both_policies,
        collections,
        v1_2,
        key_policies,
    }
}

const LEVELS: [Level; 6] = [
    level("", [false; 5]),
    level(
        "V1_1_PVTDATA_EXPERIMENTAL",
        [false, false, true, false, false],
    ),
    level("V1_1", [true, true, false, false, false]),
    level("V1_2", [true, true, true, true, false]),
    level("V1_3", [true; 5]),
    level("V1_4_2", [true; 5]),
];

fn or(asked: bool, refusal: Code) -> Code {
    match asked {
        true => refusal,
        false => Code::Valid,
    }
}

#[test]
fn who_is_invoked_and_writes_nothing_need_not_exist_before_v1_2() {
    for level in LEVELS {
        let net = Net::new(1, level.capability);
        let call = Forged::call("nobody", "1.0", &[]);
        let expected = or(level.v1_2, Code::InvalidOtherReason);
        assert_eq!(verdict(&net, &call), expected, "{}", level.capability);
    }
}

#[test]
fn an_id_may_occur_twice_in_a_block_before_v1_1() {
    for level in LEVELS {
        let net = Net::new(1, level.capability);
        assert_eq!(verdict(&net, &Forged::deploy()), Code::Valid);
        let call = Forged::call("cc", "1.0", &[("cc", "k")]);
        let twice = call.envelope(&net, ADMIN, &[0]);
        let codes = net.commit(vec![twice.clone(), twice.clone()]);
        let expected = or(level.unique_ids, Code::DuplicateTxid);
        assert_eq!(
            [code(codes[0]), code(codes[1])],
            [Code::Valid, expected],
            "{}",
            level.capability
        );
        // In another block it is one everywhere.
        assert_eq!(code(net.commit(vec![twice])[0]), Code::DuplicateTxid);
    }
}

#[test]
fn collections_come_with_v1_2_or_the_experiment_before_it() {
    let refused = Code::EndorsementPolicyFailure;
    for level in LEVELS {
        let what = level.capability;
        let net = Net::new(1, what);
        let with =
            |collections: &[u8]| Forged::deploy().with_collections(collections, Some(collections));
        // The experiment does not look at what is in them.
        let twice = with(&package(&[("a", 1), ("a", 1)]));
        let expected = or(level.v1_2 || !level.collections, refused);
        assert_eq!(verdict(&net, &twice), expected, "{what}: a name twice");
        let net = Net::new(1, what);
        let good = with(&package(&[("a", 1)]));
        let expected = or(!level.collections, refused);
        assert_eq!(verdict(&net, &good), expected, "{what}: good ones");
    }
    let net = Net::new(1, "V1_1");
    let six = vec![text(CHANNEL); 6];
    assert_eq!(
        net.refusal(0, &lscc(CHANNEL, "deploy", &six)),
        "as V1_2 or later capability is not enabled, private channel collections and data are not available"
    );
}

#[test]
fn the_new_instantiation_policy_guards_an_upgrade_from_v1_1_on() {
    for level in LEVELS {
        let net = Net::new(3, level.capability);
        assert_eq!(verdict(&net, &Forged::deploy()), Code::Valid);
        let others = selvedge_identity::policy_from_string("AND('Org2MSP.admin')").unwrap();
        let mut record = data("2.0");
        record.instantiation_policy = others.encode_to_vec().into();
        let upgrade = Forged::deployment("upgrade", specification("2.0", &[]), record);
        let expected = or(level.both_policies, Code::EndorsementPolicyFailure);
        assert_eq!(verdict(&net, &upgrade), expected, "{}", level.capability);
    }
}

#[test]
fn keys_have_policies_of_their_own_from_v1_3_on() {
    let policy = selvedge_identity::policy_from_string("AND('Org2MSP.member')").unwrap();
    for level in LEVELS {
        let net = Net::new(2, level.capability);
        assert_eq!(verdict(&net, &Forged::deploy()), Code::Valid);
        let guarded = Forged::call("cc", "1.0", &[("cc", "k")]).with(|forged| {
            let policy = policy.encode_to_vec().into();
            forged.key_policies.push(("k".to_owned(), policy));
        });
        assert_eq!(verdict(&net, &guarded), Code::Valid);
        let change = Forged::call("cc", "1.0", &[("cc", "k")]);
        let expected = or(level.key_policies, Code::EndorsementPolicyFailure);
        assert_eq!(verdict(&net, &change), expected, "{}", level.capability);
        let by_its_owner = change.envelope(&net, ADMIN, &[1]);
        assert_eq!(code(net.commit(vec![by_its_owner])[0]), Code::Valid);
    }
}

/// Through the endorsing peer as well: from the instantiation to a call, and to the upgrade.
#[test]
fn a_chaincode_lives_on_a_channel_of_any_capability() {
    for level in LEVELS {
        let net = Net::new(3, level.capability);
        net.install("1.0");
        let one = deploy("deploy", "1.0", r#"[["put","initial","one"]]"#);
        assert_eq!(net.transact(&[0, 1, 2], &one), 0, "{}", level.capability);
        assert_eq!(net.transact(&[1], &script(r#"[["put","k","v"]]"#)), 0);
        net.install("2.0");
        assert_eq!(net.transact(&[0], &deploy("upgrade", "2.0", "[]")), 0);
        let found = net.ask(2, &script(r#"[["get","initial"],["get","k"]]"#));
        let expected = format!(r#"["{}","{}"]"#, hex::encode("one"), hex::encode("v"));
        assert_eq!(found.payload, expected);
    }
}
