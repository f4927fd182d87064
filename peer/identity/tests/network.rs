//! Networks made here: certificates, directories, genesis block, updates.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod golden;

use std::{collections::BTreeMap, path::Path, time::Duration};

use bytes::Bytes;
use prost::Message;
use selvedge_identity::{
    Attributes, BatchParameters, Certificate, ChannelConfig, Msp, SignedData, SigningIdentity,
    compute_config_update, config_envelope_of, config_signature_bytes,
    cryptogen::{CryptoOrganisation, NodeRole, OrganisationKind},
    genesis::{
        ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, RaftConsenter,
        channel_group, genesis_block, raft_metadata,
    },
    msp_config_from_dir,
};
use selvedge_protos::{
    common::{
        Config, ConfigEnvelope, ConfigGroup, ConfigSignature, ConfigUpdateEnvelope, ConfigValue,
        Envelope, Payload, SignatureHeader, msp_role::MspRoleType,
    },
    msp::{FabricMspConfig, MspConfig},
    protos::{AnchorPeer, AnchorPeers},
};

/// A moment in 2026.
const NOW: i64 = 1_795_200_000;

fn batch() -> BatchParameters {
    BatchParameters {
        max_message_count: 10,
        absolute_max_bytes: 10 << 20,
        preferred_max_bytes: 2 << 20,
        timeout: Duration::from_millis(300),
    }
}

struct Network {
    organisations: Vec<CryptoOrganisation>,
    genesis: Bytes,
}

fn network() -> Network {
    let organisations: Vec<_> = (1..=2)
        .map(|n| {
            CryptoOrganisation::generate(&format!("org{n}.example.com"), &format!("Org{n}MSP"), NOW)
                .unwrap()
        })
        .collect();
    let orderer = CryptoOrganisation::generate("example.com", "OrdererMSP", NOW).unwrap();
    let peers = (1..).zip(&organisations).map(|(n, organisation)| {
        let (name, msp_id) = (format!("Org{n}"), organisation.msp_id());
        OrganisationDescription::of_peers(&name, msp_id, organisation.msp_config())
    });
    let endpoints = vec!["127.0.0.1:7050".to_owned()];
    let tls = orderer
        .tls(
            "orderer.example.com",
            &["localhost".into(), "127.0.0.1".into()],
        )
        .unwrap();
    let consenter = RaftConsenter {
        host: "127.0.0.1".into(),
        port: 7050,
        tls_certificate: tls.certificate,
    };
    let consensus = Consensus {
        kind: "etcdraft".into(),
        metadata: raft_metadata(&[consenter]),
        consenters: Vec::new(),
    };
    let orderers = vec![OrganisationDescription::of_orderers(
        "OrdererOrg",
        "OrdererMSP",
        orderer.msp_config(),
        endpoints,
    )];
    let description = ChannelDescription::new(peers.collect(), orderers, batch(), consensus);
    let header = GenesisHeader {
        seconds: NOW,
        nonce: [7; 24],
    };
    let genesis = genesis_block("mychannel", &description, header).unwrap();
    Network {
        organisations,
        genesis,
    }
}

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
    let network = network();
    let config = ChannelConfig::from_block(&network.genesis).unwrap();
    assert_eq!(config.channel_id(), "mychannel");
    assert_eq!(config.orderer().unwrap().batch, batch());
    let enrol = |index: usize, role| {
        let organisation: &CryptoOrganisation = &network.organisations[index];
        organisation
            .enroll("someone", role, &BTreeMap::new())
            .unwrap()
            .signing_identity()
            .unwrap()
    };
    let signed = |signer: &SigningIdentity| SignedData {
        data: "data".into(),
        identity: signer.serialized().clone(),
        signature: signer.sign(b"data").into(),
    };
    let (client, peer1, peer2) = (
        enrol(0, NodeRole::Client),
        enrol(0, NodeRole::Peer),
        enrol(1, NodeRole::Peer),
    );
    config
        .evaluate("/Channel/Application/Writers", &[signed(&client)])
        .unwrap();
    config
        .evaluate("/Channel/Application/Readers", &[signed(&peer1)])
        .unwrap();
    config
        .evaluate("/Channel/Application/Writers", &[signed(&peer1)])
        .unwrap_err();
    config
        .evaluate(
            "/Channel/Application/Endorsement",
            &[signed(&peer1), signed(&peer2)],
        )
        .unwrap();
    let one = config
        .evaluate(
            "/Channel/Application/Endorsement",
            &[signed(&peer1), signed(&peer1)],
        )
        .unwrap_err();
    assert_eq!(
        one.to_string(),
        "implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Endorsement' sub-policies to be satisfied"
    );
}

#[test]
fn bad_descriptions_make_no_block() {
    let organisation = CryptoOrganisation::generate("o.example.com", "OMSP", NOW).unwrap();
    let peers = vec![OrganisationDescription::of_peers(
        "O",
        "OMSP",
        organisation.msp_config(),
    )];
    let orderers = vec![OrganisationDescription::of_orderers(
        "Ord",
        "OMSP",
        organisation.msp_config(),
        Vec::new(),
    )];
    let mut description = ChannelDescription::new(peers, orderers, batch(), Consensus::default());
    let header = GenesisHeader {
        seconds: NOW,
        nonce: [0; 24],
    };
    let error = |description: &ChannelDescription, name: &str| {
        genesis_block(name, description, header)
            .unwrap_err()
            .to_string()
    };
    assert!(
        error(&description, "c").ends_with("some orderer organizations endpoints are empty: [Ord]")
    );
    description.orderer_organisations[0]
        .endpoints
        .push("h:1".into());
    assert!(error(&description, "Big").ends_with("'Big' contains illegal characters"));
    description.batch.max_message_count = 0;
    assert!(error(&description, "c").ends_with("max message count to an invalid value: 0"));
    description.batch.max_message_count = 1;
    description.capabilities = vec!["V9_0".into(), "V3_0".into()];
    assert_eq!(
        error(&description, "c"),
        "Channel capability V9_0 is required but not supported"
    );
}

/// Adds an anchor peer to the first organisation, signed by its admin, as the ordering service and then a peer see it.
#[test]
fn an_update_is_computed_signed_ordered_and_validated() {
    let network = network();
    let current = ChannelConfig::from_block(&network.genesis).unwrap();
    let mut wanted = current.config().clone();
    let anchors = AnchorPeers {
        anchor_peers: vec![AnchorPeer {
            host: "h".into(),
            port: 7051,
        }],
    };
    let value = ConfigValue {
        version: 0,
        value: anchors.encode_to_vec().into(),
        mod_policy: "Admins".into(),
    };
    let application = wanted
        .channel_group
        .as_mut()
        .unwrap()
        .groups
        .get_mut("Application")
        .unwrap();
    application
        .groups
        .get_mut("Org1")
        .unwrap()
        .values
        .insert("AnchorPeers".into(), value);
    let signer = |index: usize, role| {
        let organisation: &CryptoOrganisation = &network.organisations[index];
        organisation
            .enroll("someone", role, &BTreeMap::new())
            .unwrap()
            .signing_identity()
            .unwrap()
    };

    let by_other = current.propose_update(&update(&current, &wanted, &signer(1, NodeRole::Admin)));
    let text = by_other.unwrap_err().to_string();
    assert!(
        text.contains("policy for [Group]  /Channel/Application/Org1 not satisfied"),
        "{text}"
    );
    let by_client =
        current.propose_update(&update(&current, &wanted, &signer(0, NodeRole::Client)));
    assert!(by_client.is_err());

    let envelope = update(&current, &wanted, &signer(0, NodeRole::Admin));
    let proposed = current.propose_update(&envelope).unwrap();
    let next = current.validate_update(&proposed).unwrap();
    assert_eq!(next.sequence(), 1);
    assert_eq!(
        next.organisation_of("Org1MSP").unwrap().anchor_peers[0].port,
        7051
    );
    let mut cheated: ConfigEnvelope = proposed;
    cheated
        .config
        .as_mut()
        .unwrap()
        .channel_group
        .as_mut()
        .unwrap()
        .mod_policy = "Writers".into();
    let text = current.validate_update(&cheated).unwrap_err().to_string();
    assert_eq!(
        text,
        "ConfigEnvelope LastUpdate did not produce the supplied config result"
    );
    let nothing =
        compute_config_update("mychannel", current.config(), current.config()).unwrap_err();
    assert_eq!(
        nothing.to_string(),
        "no differences detected between original and updated config"
    );
}

fn update(current: &ChannelConfig, wanted: &Config, signer: &SigningIdentity) -> Envelope {
    let update = compute_config_update(current.channel_id(), current.config(), wanted).unwrap();
    let config_update: Bytes = update.encode_to_vec().into();
    let header = SignatureHeader {
        creator: signer.serialized().clone(),
        nonce: "nonce".into(),
    };
    let signature_header: Bytes = header.encode_to_vec().into();
    let signature = signer
        .sign(&config_signature_bytes(&signature_header, &config_update))
        .into();
    let signatures = vec![ConfigSignature {
        signature_header,
        signature,
    }];
    let data = ConfigUpdateEnvelope {
        config_update,
        signatures,
    }
    .encode_to_vec()
    .into();
    let payload = Payload { header: None, data };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    }
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
    signer.check_expiry(NOW).unwrap();
    let late = signer
        .check_expiry(signer.not_after() + 3661)
        .unwrap_err()
        .to_string();
    assert_eq!(late, "signing identity expired 1h1m1s ago");
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
