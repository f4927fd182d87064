//! Networks made here: certificates, directories, genesis block.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod golden;
mod town;

use std::{collections::BTreeMap, path::Path};

use prost::Message;
use selvedge_identity::{
    Attributes, Certificate, ChannelConfig, Msp, SignedData, SigningIdentity, config_envelope_of,
    cryptogen::{CryptoOrganisation, NodeRole, OrganisationKind},
    genesis::{
        ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, channel_group,
        genesis_block,
    },
    msp_config_from_dir,
};
use selvedge_protos::{
    common::{ConfigGroup, msp_role::MspRoleType},
    msp::{FabricMspConfig, MspConfig},
    protos::AnchorPeers,
};
use town::{NOW, Town, signed};

/// From the recorded MSPs, the recorded configuration must come out.
#[test]
fn the_recorded_genesis_configuration_is_made_again() {
    let (_, recorded) = config_envelope_of(&golden::file("genesis.block")).unwrap();
    let recorded = recorded.config.unwrap().channel_group.unwrap();
    let msp = |group: &str, name: &str| {
        MspConfig::decode(
            recorded.groups[group].groups[name].values["MSP"]
                .value
                .clone(),
        )
        .unwrap()
    };
    let anchors = |name: &str| {
        let values = &recorded.groups["Application"].groups[name].values;
        let anchors = values
            .get("AnchorPeers")
            .map(|value| AnchorPeers::decode(value.value.clone()).unwrap());
        let anchors = anchors.unwrap_or_default().anchor_peers.into_iter();
        anchors
            .map(|anchor| (anchor.host, u16::try_from(anchor.port).unwrap()))
            .collect()
    };
    let organisations = (1..=3).map(|n| {
        let (name, msp_id) = (format!("Org{n}"), format!("Org{n}MSP"));
        let organisation =
            OrganisationDescription::of_peers(&name, &msp_id, msp("Application", &name));
        OrganisationDescription {
            anchor_peers: anchors(&name),
            ..organisation
        }
    });
    let orderers = vec![OrganisationDescription::of_orderers(
        "OrdererOrg",
        "OrdererMSP",
        msp("Orderer", "OrdererOrg"),
        vec!["127.0.0.1:17050".into()],
    )];
    let config = ChannelConfig::from_block(&golden::file("genesis.block")).unwrap();
    let orderer = config.orderer().unwrap();
    let consensus = Consensus {
        kind: "etcdraft".into(),
        metadata: orderer.consensus_metadata.clone(),
        consenters: Vec::new(),
    };
    let made = channel_group(&ChannelDescription::new(
        organisations.collect(),
        orderers,
        orderer.batch,
        consensus,
    ));
    same("Channel", &made, &recorded);
}

/// Compares element by element, so that a failure names the element and not the whole tree.
fn same(path: &str, made: &ConfigGroup, recorded: &ConfigGroup) {
    assert_eq!(
        (made.version, &made.mod_policy),
        (recorded.version, &recorded.mod_policy),
        "{path}"
    );
    assert!(made.values.keys().eq(recorded.values.keys()), "{path}");
    assert!(made.policies.keys().eq(recorded.policies.keys()), "{path}");
    assert!(made.groups.keys().eq(recorded.groups.keys()), "{path}");
    for (key, value) in &made.values {
        assert!(*value == recorded.values[key], "{path}/{key}");
    }
    for (key, policy) in &made.policies {
        assert_eq!(*policy, recorded.policies[key], "{path}/{key}");
    }
    for (key, group) in &made.groups {
        same(&format!("{path}/{key}"), group, &recorded.groups[key]);
    }
}

#[test]
fn a_genesis_block_is_a_channel() {
    let town = Town::new();
    let config = town.channel();
    assert_eq!(config.channel_id(), "mychannel");
    assert_eq!(config.orderer().unwrap().batch, town::batch());
    let signature = |organisation, role| signed(&town.signer(organisation, role), b"data");
    let (client, peer1, peer2) = (
        signature(0, NodeRole::Client),
        signature(0, NodeRole::Peer),
        signature(1, NodeRole::Peer),
    );
    let evaluate = |path: &str, signatures: &[SignedData]| {
        config
            .evaluate(&format!("/Channel/Application/{path}"), signatures)
            .map_err(|error| error.to_string())
    };
    assert_eq!(evaluate("Writers", std::slice::from_ref(&client)), Ok(()));
    assert_eq!(evaluate("Readers", std::slice::from_ref(&peer1)), Ok(()));
    assert!(evaluate("Writers", std::slice::from_ref(&peer1)).is_err());
    assert_eq!(evaluate("Endorsement", &[peer1.clone(), peer2]), Ok(()));
    let twice = evaluate("Endorsement", &[peer1.clone(), peer1]).unwrap_err();
    assert_eq!(
        twice,
        "implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Endorsement' sub-policies to be satisfied"
    );
}

#[test]
fn bad_descriptions_make_no_block() {
    let town = Town::new();
    let error = |edit: &dyn Fn(&mut ChannelDescription)| {
        let mut description = town.description();
        edit(&mut description);
        town.genesis(&description).unwrap_err().to_string()
    };
    let endpoints = error(&|description| description.orderer_organisations[0].endpoints.clear());
    assert!(
        endpoints.ends_with("some orderer organizations endpoints are empty: [OrdererOrg]"),
        "{endpoints}"
    );
    let count = error(&|description| description.batch.max_message_count = 0);
    assert!(
        count.ends_with("max message count to an invalid value: 0"),
        "{count}"
    );
    let capability = error(&|description| description.capabilities.push("V9_0".into()));
    assert_eq!(
        capability,
        "Channel capability V9_0 is required but not supported"
    );
    let orderer = error(&|description| description.orderer_capabilities.clear());
    assert_eq!(
        orderer,
        "cannot enable channel capabilities without orderer support first"
    );
    let header = GenesisHeader {
        seconds: NOW,
        nonce: [0; 24],
    };
    let name = genesis_block("Big", &town.description(), header)
        .unwrap_err()
        .to_string();
    assert!(
        name.ends_with("'Big' contains illegal characters"),
        "{name}"
    );
}

#[test]
fn directories_are_written_and_read() {
    let root = tempfile::tempdir().unwrap();
    let organisation = CryptoOrganisation::generate("org1.example.com", "Org1MSP", NOW).unwrap();
    let dir = organisation
        .write(root.path(), OrganisationKind::Peer)
        .unwrap();
    assert_eq!(dir, root.path().join("peerOrganizations/org1.example.com"));
    let name = "peer0.org1.example.com";
    let names = [name.to_owned(), "localhost".into(), "127.0.0.1".into()];
    let identity = organisation
        .enroll(name, NodeRole::Peer, &BTreeMap::new())
        .unwrap();
    let tls = organisation.tls(name, &names).unwrap();
    let node = organisation
        .write_node(root.path(), OrganisationKind::Peer, &identity, &tls)
        .unwrap();
    for file in ["ca.crt", "server.crt", "server.key"] {
        assert!(node.join("tls").join(file).is_file(), "{file}");
    }
    assert_eq!(
        msp_config_from_dir(dir.join("msp"), "Org1MSP").unwrap(),
        organisation.msp_config()
    );
    check_member(&node.join("msp"), "Org1MSP", MspRoleType::Peer);

    let again = CryptoOrganisation::read(&dir, "org1.example.com", "Org1MSP").unwrap();
    assert_eq!(again.msp_config(), organisation.msp_config());
    let later = again
        .enroll("User1@org1.example.com", NodeRole::Client, &BTreeMap::new())
        .unwrap();
    let user = again
        .write_user(root.path(), OrganisationKind::Peer, &later, &tls)
        .unwrap();
    check_member(&user.join("msp"), "Org1MSP", MspRoleType::Client);
    let outside = again
        .enroll("../x", NodeRole::Client, &BTreeMap::new())
        .unwrap();
    assert!(again.write_local_msp(root.path(), &outside).is_err());
}

/// Loads a directory, signs with it and verifies.
fn check_member(dir: &Path, msp_id: &str, role: MspRoleType) {
    let msp =
        Msp::from_dir(dir, msp_id).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let signer = SigningIdentity::from_msp_dir(dir, msp_id).unwrap();
    let identity = msp.deserialize(signer.serialized()).unwrap();
    identity.validate().unwrap();
    msp.satisfies_role(&identity, role).unwrap();
    identity.verify(b"m", &signer.sign(b"m")).unwrap();
    identity.verify(b"other", &signer.sign(b"m")).unwrap_err();
    let own = identity.sign(&signer, b"own");
    identity.verify(b"own", &own).unwrap();
    identity.verify(b"other", &own).unwrap_err();
    signer.check_expiry(NOW).unwrap();
    let late = signer
        .check_expiry(signer.not_after() + 3661)
        .unwrap_err()
        .to_string();
    assert_eq!(late, "signing identity expired 1h1m1s ago");
}

#[test]
fn directories_may_be_incomplete() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path();
    let error = msp_config_from_dir(dir, "M").unwrap_err().to_string();
    assert!(error.ends_with("no valid CA certificate found"), "{error}");
    let organisation = CryptoOrganisation::generate("o.example.com", "M", NOW).unwrap();
    std::fs::create_dir(dir.join("cacerts")).unwrap();
    std::fs::write(dir.join("cacerts/ca.pem"), organisation.ca_certificate()).unwrap();
    std::fs::write(dir.join("cacerts/README"), "no certificate").unwrap();
    let fabric = |text: &str| {
        std::fs::write(dir.join("config.yaml"), text).unwrap();
        let config = msp_config_from_dir(dir, "M").map_err(|error| error.to_string())?;
        Ok::<_, String>(FabricMspConfig::decode(config.config).unwrap())
    };
    for text in [
        "",
        "# nothing\n",
        "NodeOUs:\n  Enable: false\n",
        "Other: 1\n",
    ] {
        let config = fabric(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(
            (config.root_certs.len(), config.fabric_node_ous),
            (1, None),
            "{text:?}"
        );
    }
    let text = "NodeOUs:\n  Enable: true\n  PeerOUIdentifier:\n    Certificate: cacerts/gone.pem\n    OrganizationalUnitIdentifier: peer\n";
    let ous = fabric(text).unwrap().fabric_node_ous.unwrap();
    assert!(
        ous.peer_ou_identifier.unwrap().certificate.is_empty(),
        "unreadable: any CA of the MSP"
    );
    assert!(ous.client_ou_identifier.is_none());
    let text = "OrganizationalUnitIdentifiers:\n  - Certificate: cacerts/gone.pem\n    OrganizationalUnitIdentifier: x\n";
    assert!(fabric(text).unwrap_err().contains("gone.pem"));
    fabric("").unwrap();
    let error = SigningIdentity::from_msp_dir(dir, "M")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("could not load a valid signer certificate from directory"),
        "{error}"
    );
}

#[test]
fn keys_may_be_in_another_folder() {
    let root = tempfile::tempdir().unwrap();
    let organisation = CryptoOrganisation::generate("o.example.com", "M", NOW).unwrap();
    let user = organisation
        .enroll("user", NodeRole::Client, &BTreeMap::new())
        .unwrap();
    let msp = root.path().join("msp");
    organisation.write_local_msp(&msp, &user).unwrap();
    let elsewhere = root.path().join("keys");
    std::fs::rename(msp.join("keystore"), &elsewhere).unwrap();
    let error = SigningIdentity::from_msp_dir(&msp, "M").unwrap_err();
    assert!(error.to_string().contains("keystore"), "{error}");
    let signer = SigningIdentity::with_keystore(&msp, &elsewhere, "M").unwrap();
    let local = Msp::from_dir(&msp, "M").unwrap();
    let identity = local.deserialize(signer.serialized()).unwrap();
    identity.verify(b"m", &signer.sign(b"m")).unwrap();
}

#[test]
fn recorded_directories_are_read() {
    let mut checked = 0;
    for (kind, tree) in [
        ("peer", "crypto/peerOrganizations"),
        ("orderer", "crypto/ordererOrganizations"),
    ] {
        for organisation in children(&golden::path(tree)) {
            let msp_id = match organisation.file_name().unwrap().to_str().unwrap() {
                "example.com" => "OrdererMSP".to_owned(),
                domain => format!("Org{}MSP", &domain[3..4]),
            };
            let made = msp_config_from_dir(organisation.join("msp"), &msp_id).unwrap();
            let recorded =
                MspConfig::decode(golden::file(&format!("policy/{msp_id}.mspconfig"))).unwrap();
            let fabric = |config: MspConfig| FabricMspConfig::decode(config.config).unwrap();
            let (made, recorded) = (fabric(made), fabric(recorded));
            assert_eq!(
                (made.root_certs, made.tls_root_certs),
                (recorded.root_certs, recorded.tls_root_certs)
            );
            assert_eq!(made.fabric_node_ous, recorded.fabric_node_ous, "{msp_id}");
            let node_role = if kind == "peer" {
                MspRoleType::Peer
            } else {
                MspRoleType::Orderer
            };
            for node in children(&organisation.join(format!("{kind}s"))) {
                check_member(&node.join("msp"), &msp_id, node_role);
                checked += 1;
            }
            for user in children(&organisation.join("users")) {
                let admin = user
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with("Admin");
                let role = if admin {
                    MspRoleType::Admin
                } else {
                    MspRoleType::Client
                };
                check_member(&user.join("msp"), &msp_id, role);
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
}

fn children(dir: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn attributes_are_in_the_certificate() {
    let organisation = CryptoOrganisation::generate("o.example.com", "OMSP", NOW).unwrap();
    let wanted = BTreeMap::from([("colour".to_owned(), "\"blue\"\n".to_owned())]);
    let with = organisation
        .enroll("user1", NodeRole::Client, &wanted)
        .unwrap();
    let read =
        Attributes::of(&Certificate::from_pem(with.certificate.as_bytes()).unwrap()).unwrap();
    assert_eq!(read.values["colour"], "\"blue\"\n");
    assert_eq!(
        (
            &read.values["hf.EnrollmentID"][..],
            &read.values["hf.Type"][..]
        ),
        ("user1", "client")
    );
    let without = organisation
        .enroll("user2", NodeRole::Client, &BTreeMap::new())
        .unwrap();
    let read =
        Attributes::of(&Certificate::from_pem(without.certificate.as_bytes()).unwrap()).unwrap();
    assert_eq!(read, Attributes::default());
}
