//! Which certificates are members, one rule at a time.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod forge;

use forge::{Ca, config, ed25519, identity, key, leaf_params, msp, node_ous, try_msp, verdict};
use prost::Message;
use rcgen::{DnType, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use selvedge_identity::{Certificate, MspError, MspVersion};
use selvedge_protos::{
    common::{
        CombinedPrincipal, MspPrincipal, OrganizationUnit, msp_principal::Classification,
        msp_role::MspRoleType,
    },
    msp::FabricOuIdentifier,
};

#[test]
fn exactly_one_role_unit_is_needed() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    assert_eq!(verdict(&msp, &ca.leaf("u", &["client"])), Ok(()));
    assert_eq!(verdict(&msp, &ca.leaf("u", &["client", "sales"])), Ok(()));
    let none = verdict(&msp, &ca.leaf("u", &["sales"])).unwrap_err();
    assert!(
        none.contains("does not have an OU that resolves to client, peer, orderer, or admin role"),
        "{none}"
    );
    let two = verdict(&msp, &ca.leaf("u", &["client", "peer"])).unwrap_err();
    assert!(
        two.contains("must have a client, a peer, an orderer, or an admin OU role"),
        "{two}"
    );
    assert!(verdict(&msp, &ca.leaf("u", &["client", "client"])).is_err());
}

#[test]
fn roles_follow_units() {
    use MspRoleType::{Admin, Client, Member, Orderer, Peer};
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    for (unit, role) in [
        ("client", Client),
        ("peer", Peer),
        ("admin", Admin),
        ("orderer", Orderer),
    ] {
        let identity = identity(&msp, &ca.leaf("u", &[unit])).unwrap();
        for other in [Client, Peer, Admin, Orderer] {
            assert_eq!(
                identity.has_role(other).is_ok(),
                other == role,
                "{unit} as {other:?}"
            );
        }
        identity.has_role(Member).unwrap();
    }
    let client = identity(&msp, &ca.leaf("u", &["client"])).unwrap();
    let error = client.has_role(Admin).unwrap_err().to_string();
    assert_eq!(
        error,
        "The identity is not an admin under this MSP [TestMSP]: The identity does not contain OU [ADMIN], MSP: [TestMSP]"
    );
}

#[test]
fn without_node_ous_admins_are_listed() {
    let ca = Ca::root("ca");
    let bare = try_msp(&config(&[&ca]), MspVersion::V3_0)
        .unwrap_err()
        .to_string();
    assert_eq!(
        bare,
        "administrators must be declared when no admin ou classification is set"
    );
    let admin = ca.leaf("boss", &[]);
    let mut listed = config(&[&ca]);
    listed.admins.push(admin.clone().into());
    let msp = try_msp(&listed, MspVersion::V3_0).unwrap();
    identity(&msp, &admin)
        .unwrap()
        .has_role(MspRoleType::Admin)
        .unwrap();
    let other = identity(&msp, &ca.leaf("other", &[])).unwrap();
    assert_eq!(
        other.has_role(MspRoleType::Admin).unwrap_err().to_string(),
        "This identity is not an admin"
    );
    let client = other.has_role(MspRoleType::Client).unwrap_err().to_string();
    assert!(
        client.ends_with("NodeOUs not activated. Cannot tell apart identities."),
        "{client}"
    );
    let orderer = other
        .has_role(MspRoleType::Orderer)
        .unwrap_err()
        .to_string();
    assert_eq!(orderer, "invalid MSP role type 4");
    assert!(
        try_msp(&config(&[&ca]), MspVersion::V1_3).is_ok(),
        "older rules ask for no admin"
    );
}

#[test]
fn a_listed_admin_needs_the_client_or_admin_unit() {
    let ca = Ca::root("ca");
    let mut listed = config(&[&ca]);
    listed.fabric_node_ous = Some(node_ous(""));
    listed.admins.push(ca.leaf("boss", &["peer"]).into());
    let error = try_msp(&listed, MspVersion::V3_0).unwrap_err().to_string();
    assert!(
        error.starts_with("admin 0 is invalid [The identity does not contain OU [CLIENT]"),
        "{error}"
    );
    listed.admins[0] = ca.leaf("boss", &["client"]).into();
    try_msp(&listed, MspVersion::V3_0).unwrap();
}

#[test]
fn an_unknown_authority_fails_while_deserializing() {
    let (ca, other) = (Ca::root("ca"), Ca::root("ca"));
    let msp = msp(config(&[&ca]));
    let error = identity(&msp, &other.leaf("u", &["client"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the supplied identity is not valid: x509: certificate signed by unknown authority"
    );
}

#[test]
fn an_authority_is_no_identity() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let error = verdict(&msp, &ca.pem).unwrap_err();
    assert!(
        error.contains("Certificate Authority equals true cannot be used as an identity"),
        "{error}"
    );
}

#[test]
fn a_leaf_may_be_expired_but_its_authority_must_cover_its_beginning() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let mut expired = leaf_params("u", &["client"]);
    expired.not_after = date_time_ymd(2020, 1, 2);
    assert_eq!(verdict(&msp, &ca.sign(&expired, &key())), Ok(()));
    let mut early = leaf_params("u", &["client"]);
    early.not_before = date_time_ymd(2019, 1, 1);
    let error = verdict(&msp, &ca.sign(&early, &key())).unwrap_err();
    assert!(
        error.contains("certificate has expired or is not yet valid"),
        "{error}"
    );
}

#[test]
fn an_authority_with_authorities_below_issues_no_identities() {
    let root = Ca::root("root");
    let intermediate = root.intermediate("intermediate");
    let mut tree = config(&[&root]);
    tree.intermediate_certs
        .push(intermediate.pem.clone().into());
    let msp = msp(tree);
    assert_eq!(verdict(&msp, &intermediate.leaf("u", &["client"])), Ok(()));
    let error = verdict(&msp, &root.leaf("u", &["client"])).unwrap_err();
    assert!(
        error.contains("Parent certificate should be a leaf of the certification tree"),
        "{error}"
    );
}

#[test]
fn path_length_is_kept() {
    let root = Ca::root_with_path_length("root", 0);
    let intermediate = root.intermediate("intermediate");
    let mut tree = config(&[&root]);
    tree.fabric_node_ous = Some(node_ous(""));
    try_msp(&tree, MspVersion::V3_0).unwrap();
    tree.intermediate_certs
        .push(intermediate.pem.clone().into());
    // The intermediate itself is fine under such a root; what it issues is not.
    let msp = try_msp(&tree, MspVersion::V3_0).unwrap();
    let error = verdict(&msp, &intermediate.leaf("u", &["client"])).unwrap_err();
    assert!(
        error.contains("too many intermediates for path length constraint"),
        "{error}"
    );
}

#[test]
fn revoked_identities_are_refused_whatever_the_date() {
    let ca = Ca::root("ca");
    let (gone, stays) = (ca.leaf("gone", &["client"]), ca.leaf("stays", &["client"]));
    let serial = Certificate::from_pem(gone.as_bytes())
        .unwrap()
        .serial()
        .to_vec();
    let mut with_list = config(&[&ca]);
    with_list.revocation_list.push(ca.revoke(&[&serial]));
    let checked = msp(with_list);
    let error = verdict(&checked, &gone).unwrap_err();
    assert!(
        error.ends_with("The certificate has been revoked"),
        "{error}"
    );
    assert_eq!(verdict(&checked, &stays), Ok(()));
    // A list that another key signed in the name of this authority does not count.
    let mut forged = Ca::root("ca");
    forged.params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(
        Certificate::from_pem(ca.pem.as_bytes())
            .unwrap()
            .subject_key_id()
            .unwrap()
            .to_vec(),
    );
    let mut with_forged = config(&[&ca]);
    with_forged.revocation_list.push(forged.revoke(&[&serial]));
    assert_eq!(verdict(&msp(with_forged), &gone), Ok(()));
}

#[test]
fn node_units_come_from_the_named_authority() {
    let (first, second) = (Ca::root("first"), Ca::root("second"));
    let mut two = config(&[&first, &second]);
    two.fabric_node_ous = Some(node_ous(&first.pem));
    let msp = msp(two);
    assert_eq!(verdict(&msp, &first.leaf("u", &["client"])), Ok(()));
    let error = verdict(&msp, &second.leaf("u", &["client"])).unwrap_err();
    assert!(
        error.contains("certifiersIdentifier does not match: [client("),
        "{error}"
    );
}

#[test]
fn units_of_the_list_are_required() {
    let ca = Ca::root("ca");
    let mut limited = config(&[&ca]);
    limited
        .organizational_unit_identifiers
        .push(FabricOuIdentifier {
            certificate: ca.pem.clone().into(),
            organizational_unit_identifier: "sales".into(),
        });
    let msp = msp(limited);
    assert_eq!(verdict(&msp, &ca.leaf("u", &["client", "sales"])), Ok(()));
    let error = verdict(&msp, &ca.leaf("u", &["client"])).unwrap_err();
    assert!(
        error.contains("none of the identity's organizational units [client("),
        "{error}"
    );
    let none = verdict(&msp, &ca.leaf("u", &[])).unwrap_err();
    assert!(
        none.ends_with("does not contain an Organizational Unit (OU)"),
        "{none}"
    );
}

#[test]
fn unit_principals_compare_certifiers() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let identity = identity(&msp, &ca.leaf("u", &["client", "sales"])).unwrap();
    let certifiers = identity.organizational_units()[1]
        .certifiers_identifier
        .to_vec();
    let principal = |unit: &str, certifiers: &[u8]| MspPrincipal {
        principal_classification: Classification::OrganizationUnit as i32,
        principal: OrganizationUnit {
            msp_identifier: "TestMSP".into(),
            organizational_unit_identifier: unit.into(),
            certifiers_identifier: certifiers.to_vec().into(),
        }
        .encode_to_vec()
        .into(),
    };
    identity
        .satisfies(&principal("sales", &certifiers))
        .unwrap();
    for wrong in [principal("sales", b"x"), principal("buying", &certifiers)] {
        assert_eq!(
            identity.satisfies(&wrong).unwrap_err().to_string(),
            "The identities do not match"
        );
    }
}

fn role(role: MspRoleType) -> MspPrincipal {
    selvedge_identity::role_principal("TestMSP", role)
}

fn combined(principals: Vec<MspPrincipal>) -> MspPrincipal {
    MspPrincipal {
        principal_classification: Classification::Combined as i32,
        principal: CombinedPrincipal { principals }.encode_to_vec().into(),
    }
}

#[test]
fn all_parts_of_a_combined_principal_must_hold() {
    let ca = Ca::root("ca");
    let client = ca.leaf("u", &["client"]);
    let msp = msp(config(&[&ca]));
    let who = identity(&msp, &client).unwrap();
    let (member, is_client, is_peer) = (
        role(MspRoleType::Member),
        role(MspRoleType::Client),
        role(MspRoleType::Peer),
    );
    who.satisfies(&combined(vec![
        member.clone(),
        combined(vec![is_client.clone()]),
    ]))
    .unwrap();
    who.satisfies(&combined(vec![is_client.clone(), is_peer]))
        .unwrap_err();
    let empty = who
        .satisfies(&combined(Vec::new()))
        .unwrap_err()
        .to_string();
    assert_eq!(empty, "No principals in CombinedPrincipal");
    let mut old = config(&[&ca]);
    old.fabric_node_ous = Some(node_ous(""));
    let old = try_msp(&old, MspVersion::V1_1).unwrap();
    let error = identity(&old, &client)
        .unwrap()
        .satisfies(&combined(vec![member]))
        .unwrap_err();
    assert_eq!(error.to_string(), "invalid principal type 4");
    let deep = (0..200).fold(is_client, |inner, _| combined(vec![inner]));
    assert!(who.satisfies(&deep).is_err());
}

#[test]
fn older_rules_know_clients_and_peers_only() {
    let ca = Ca::root("ca");
    let mut old = config(&[&ca]);
    let mut ous = node_ous("");
    ous.peer_ou_identifier = None;
    old.fabric_node_ous = Some(ous);
    let error = try_msp(&old, MspVersion::V1_3).unwrap_err().to_string();
    assert_eq!(
        error,
        "Failed setting up NodeOUs. PeerOU must be different from nil."
    );
    old.fabric_node_ous = Some(node_ous(""));
    let msp = try_msp(&old, MspVersion::V1_3).unwrap();
    let error = verdict(&msp, &ca.leaf("u", &["admin"])).unwrap_err();
    assert!(
        error.contains("does not have an OU that resolves to client or peer"),
        "{error}"
    );
    let client = identity(&msp, &ca.leaf("u", &["client", "admin"])).unwrap();
    client.validate().unwrap();
    let error = client.has_role(MspRoleType::Admin).unwrap_err().to_string();
    assert_eq!(error, "This identity is not an admin");
    let error = client
        .has_role(MspRoleType::Orderer)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "invalid MSP role type 4");
}

#[test]
fn ed25519_needs_the_newest_rules() {
    let ca = Ca::root("ca");
    let pem = ca.sign(&leaf_params("u", &["client"]), &ed25519());
    assert_eq!(verdict(&msp(config(&[&ca])), &pem), Ok(()));
    let mut older = config(&[&ca]);
    older.fabric_node_ous = Some(node_ous(""));
    let older = try_msp(&older, MspVersion::V1_4_3).unwrap();
    let error = verdict(&older, &pem).unwrap_err();
    assert_eq!(
        error,
        "could not validate identity's public key algorithm: Ed25519 is not supported"
    );
}

/// About half of all signatures are high, so a few attempts find one.
#[test]
fn a_high_signature_of_the_authority_is_rewritten() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let rewritten = (0..64)
        .map(|_| ca.leaf("u", &["client"]))
        .find(|pem| {
            let identity = identity(&msp, pem).unwrap();
            identity.validate().unwrap();
            Certificate::from_pem(pem.as_bytes()).unwrap() != **identity.certificate()
        })
        .expect("a high signature among 64");
    let clean = identity(&msp, &rewritten).unwrap().certificate().to_pem();
    let again = identity(&msp, &clean).unwrap();
    assert_eq!(
        again.id(),
        identity(&msp, &rewritten).unwrap().id(),
        "one certificate, one identity"
    );
    assert_eq!(again.certificate().to_pem(), clean);
}

#[test]
fn key_usage_of_web_pki_counts_where_present() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let mut params = leaf_params("u", &["client"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let error = verdict(&msp, &ca.sign(&params, &key())).unwrap_err();
    assert!(error.contains("incompatible key usage"), "{error}");
    params
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ServerAuth);
    assert_eq!(verdict(&msp, &ca.sign(&params, &key())), Ok(()));
}

#[test]
fn configured_authorities_are_checked() {
    let text = |config| try_msp(&config, MspVersion::V3_0).unwrap_err().to_string();
    assert_eq!(text(config(&[])), "expected at least one CA certificate");
    let mut params = leaf_params("leaf", &[]);
    params.is_ca = IsCa::NoCa;
    let leaf = Ca::root_with(params);
    let error = text(config(&[&leaf]));
    assert!(
        error.starts_with("failed to traverse certificate verification chain for leaf"),
        "{error}"
    );
    let garbage = config(&[]);
    let garbage = selvedge_protos::msp::FabricMspConfig {
        root_certs: vec!["x".into()],
        ..garbage
    };
    assert_eq!(text(garbage), "could not decode the PEM structure");
}

#[test]
fn a_common_name_that_is_a_host_name_is_fine() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let mut params = leaf_params("peer0.org1.example.com", &["peer"]);
    params
        .distinguished_name
        .push(DnType::OrganizationName, "o");
    assert_eq!(verdict(&msp, &ca.sign(&params, &key())), Ok(()));
}

#[test]
fn other_msps_and_garbage_are_refused() {
    let ca = Ca::root("ca");
    let msp = msp(config(&[&ca]));
    let error = msp.deserialize(b"\x0a\x01x").unwrap_err();
    assert_eq!(error.to_string(), "expected MSP ID TestMSP, received x");
    assert!(matches!(
        msp.deserialize(b"\xff"),
        Err(MspError::SerializedIdentity(_))
    ));
    assert!(verdict(&msp, "no pem").is_err());
}
