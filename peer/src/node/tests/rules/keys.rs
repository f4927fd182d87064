//! Policies of keys and collections.

use super::bench::Bench;
use super::draft::{entry, policy};
use selvedge_identity::{accept_all, member_of, members, reject_all};
use selvedge_protos::common::SignaturePolicyEnvelope;
use selvedge_protos::common::msp_role::MspRoleType;

fn peer_of(msp_id: &str) -> SignaturePolicyEnvelope {
    members(1, MspRoleType::Peer, &[msp_id])
}

/// A key that only Org2 may write, one that nobody may, one that anybody may, and one whose policy is no policy.
fn with_policies(bench: &Bench) {
    let mut draft = bench.draft();
    for (key, entries) in [
        ("of-org2", vec![policy(&peer_of("Org2MSP"))]),
        ("of-nobody", vec![policy(&reject_all())]),
        ("of-anybody", vec![policy(&accept_all())]),
        ("broken", vec![entry("VALIDATION_PARAMETER", b"garbage")]),
        ("other-name", vec![entry("VALIDATION_PARAMETER_V2", b"x")]),
        ("empty", vec![entry("VALIDATION_PARAMETER", b"")]),
        (
            "twice",
            vec![policy(&reject_all()), policy(&peer_of("Org1MSP"))],
        ),
    ] {
        draft = draft.put("kv", key, "v").metadata("kv", key, entries);
    }
    let hashed = vec![policy(&peer_of("Org2MSP"))];
    let draft = draft
        .put_hash("kv", "collB", "secret", b"hash")
        .metadata_hash("kv", "collB", "secret", hashed);
    assert_eq!(bench.commit(&[draft]), [0]);
}

/// Fabric: core/common/validation/statebased/validator_keylevel.go, checkSBAndCCEP.
#[test]
fn a_key_with_a_policy_is_judged_by_it_alone() {
    let bench = Bench::new();
    with_policies(&bench);
    let (org1, org2, org3) = (&bench.org1, &bench.org2, &bench.org3);
    for (key, endorsers, code) in [
        ("of-org2", vec![org1], 10),
        ("of-org2", vec![org2], 0),
        ("of-org2", vec![org1, org2], 0),
        ("of-nobody", vec![org1, org2, org3], 10),
        ("of-anybody", vec![], 0),
        ("broken", vec![org1, org2, org3], 10),
        ("other-name", vec![org1], 0),
        ("other-name", vec![], 10),
        ("empty", vec![org3], 0),
        ("empty", vec![], 10),
        ("twice", vec![org1], 0),
        ("twice", vec![org2], 10),
    ] {
        let draft = || bench.draft().endorsed_by(&endorsers);
        let put = draft().put("kv", key, "new");
        assert_eq!(bench.code(&put), code, "write {key}");
        let delete = draft().delete("kv", key);
        assert_eq!(bench.code(&delete), code, "delete {key}");
        // A new policy is judged by the old one.
        let metadata = draft().metadata("kv", key, vec![policy(&accept_all())]);
        assert_eq!(bench.code(&metadata), code, "metadata {key}");
    }
}

/// Keys without a policy next to one that has: both are asked.
#[test]
fn the_chaincodes_policy_covers_the_other_keys() {
    let bench = Bench::new();
    with_policies(&bench);
    let mixed = || {
        bench
            .draft()
            .put("kv", "of-anybody", "1")
            .put("kv", "k", "2")
    };
    assert_eq!(bench.code(&mixed().endorsed_by(&[])), 10);
    assert_eq!(bench.code(&mixed()), 0);
    // One key's policy does not stand for another's.
    let two = || {
        bench
            .draft()
            .put("kv", "of-org2", "1")
            .put("kv", "twice", "2")
    };
    assert_eq!(bench.code(&two().endorsed_by(&[&bench.org2])), 10);
    assert_eq!(
        bench.code(&two().endorsed_by(&[&bench.org1, &bench.org2])),
        0
    );
}

/// Fabric: core/common/validation/statebased/v20.go, CheckCCEPIfNotChecked, and
/// core/chaincode/lifecycle/deployedcc_infoprovider.go, CollectionValidationInfo.
#[test]
fn collections() {
    let bench = Bench::new();
    with_policies(&bench);
    let (org1, org2, org3) = (&bench.org1, &bench.org2, &bench.org3);
    for (collection, key, endorsers, code) in [
        // Its own policy: Org1.
        ("collB", "k", vec![org1], 0),
        ("collB", "k", vec![org2], 10),
        // The chaincode's: any of three.
        ("collA", "k", vec![org3], 0),
        ("collC", "k", vec![org1], 0),
        ("collC", "k", vec![], 10),
        // An organisation's own.
        ("_implicit_org_Org2MSP", "k", vec![org2], 0),
        ("_implicit_org_Org2MSP", "k", vec![org1, org3], 10),
        ("_implicit_org_Org9MSP", "k", vec![org1, org2, org3], 10),
        ("_implicit_org_", "k", vec![org1, org2, org3], 10),
        ("unknown", "k", vec![org1, org2, org3], 10),
        ("", "k", vec![], 10),
        // The key's.
        ("collB", "secret", vec![org2], 0),
        ("collB", "secret", vec![org1], 10),
    ] {
        let draft = || bench.draft().endorsed_by(&endorsers);
        let put = draft().put_hash("kv", collection, key, b"hash");
        assert_eq!(bench.code(&put), code, "{collection} {key}");
        let metadata = draft().metadata_hash("kv", collection, key, Vec::new());
        assert_eq!(bench.code(&metadata), code, "{collection} {key} metadata");
    }
    // The public keys of the same transaction are asked for separately.
    let both = || {
        bench
            .draft()
            .put("kv", "k", "v")
            .put_hash("kv", "collB", "k", b"h")
    };
    assert_eq!(bench.code(&both().endorsed_by(&[org2])), 10);
    assert_eq!(bench.code(&both()), 0);
    // Members of an organisation are not peers of it.
    let member = member_of("Org2MSP");
    assert_eq!(member.identities.len(), 1);
    let by_user = bench
        .draft()
        .put_hash("kv", "_implicit_org_Org2MSP", "k", b"h")
        .endorsed_by(&[&bench.user]);
    assert_eq!(bench.code(&by_user), 10);
}

/// Fabric: core/common/validation/statebased/vpmanagerimpl.go.
#[test]
fn a_key_whose_policy_the_block_changes_is_closed_for_the_rest_of_it() {
    let bench = Bench::new();
    let change = || {
        bench
            .draft()
            .metadata("kv", "k", vec![policy(&accept_all())])
    };
    let put = || bench.draft().put("kv", "k", "v");
    let other = || bench.draft().put("kv", "other", "v");
    let codes = |drafts: &[&super::draft::Draft<'_>]| {
        bench.judge(drafts.iter().map(|draft| draft.envelope()).collect())
    };
    assert_eq!(codes(&[&change(), &put(), &other()]), [0, 10, 0]);
    assert_eq!(codes(&[&put(), &change(), &change()]), [0, 0, 10]);
    // Only an endorsement that holds counts.
    let refused = change().endorsed_by(&[]);
    assert_eq!(codes(&[&refused, &put()]), [10, 0]);
    // The changing transaction may be a duplicate, or fail for what it read: its endorsement held.
    let first = put();
    let duplicate = change().edit(|d| d.nonce = first.nonce.clone());
    assert_eq!(codes(&[&first, &duplicate, &put()]), [0, 9, 10]);
    let stale = change().read("kv", "absent", Some((1, 1)));
    assert_eq!(bench.commit(&[stale, put(), other()]), [11, 10, 0]);
    // Another namespace's key of the same name is another key.
    let elsewhere = bench.draft().put("cc2", "k", "v");
    assert_eq!(codes(&[&change(), &elsewhere]), [0, 0]);
}

#[test]
fn and_so_is_a_private_one() {
    let bench = Bench::new();
    let change = || {
        let entries = vec![policy(&accept_all())];
        bench.draft().metadata_hash("kv", "collB", "k", entries)
    };
    let put = |collection| bench.draft().put_hash("kv", collection, "k", b"h");
    let envelopes = [change(), put("collB"), put("collA")].map(|draft| draft.envelope());
    assert_eq!(bench.judge(envelopes.to_vec()), [0, 10, 0]);
}

/// A transaction that never gets as far as its endorsements declares nothing. Go peers wait for it for ever.
#[test]
fn a_malformed_transaction_changes_no_policy() {
    let bench = Bench::new();
    let change = || {
        bench
            .draft()
            .metadata("kv", "k", vec![policy(&accept_all())])
    };
    let put = || bench.draft().put("kv", "k", "v");
    let unsigned = change().edit(|d| d.with.signature = Some("x".into()));
    let headless = change().edit(|d| d.with.header = Some(None));
    let actionless = change().edit(|d| d.with.endorsed_action = Some(None));
    for (first, code) in [(unsigned, 4), (headless, 3), (actionless, 5)] {
        let envelopes = vec![first.envelope(), put().envelope()];
        assert_eq!(bench.judge(envelopes), [code, 0]);
    }
}
