//! A channel of two organisations with peers and one with ordering nodes, and changes of its configuration.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use prost::Message;
use selvedge_identity::{
    BatchParameters, ChannelConfig, ConfigError, SignedData, SigningIdentity,
    compute_config_update, config_signature_bytes,
    cryptogen::{CryptoOrganisation, NodeRole},
    genesis::{
        ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, RaftConsenter,
        genesis_block, raft_metadata,
    },
};
use selvedge_protos::common::{
    Config, ConfigEnvelope, ConfigGroup, ConfigSignature, ConfigUpdate, ConfigUpdateEnvelope,
    Envelope, Payload, SignatureHeader,
};

/// A moment in 2026.
pub(crate) const NOW: i64 = 1_795_200_000;

pub(crate) fn batch() -> BatchParameters {
    BatchParameters {
        max_message_count: 10,
        absolute_max_bytes: 10 << 20,
        preferred_max_bytes: 2 << 20,
        timeout: Duration::from_millis(300),
    }
}

pub(crate) struct Town {
    pub(crate) organisations: Vec<CryptoOrganisation>,
    pub(crate) orderer: CryptoOrganisation,
}

impl Town {
    pub(crate) fn new() -> Self {
        let organisation =
            |domain: &str, msp_id: &str| CryptoOrganisation::generate(domain, msp_id, NOW).unwrap();
        Self {
            organisations: vec![
                organisation("org1.example.com", "Org1MSP"),
                organisation("org2.example.com", "Org2MSP"),
            ],
            orderer: organisation("example.com", "OrdererMSP"),
        }
    }

    pub(crate) fn description(&self) -> ChannelDescription {
        let peers = (1..).zip(&self.organisations).map(|(n, organisation)| {
            let (name, msp_id) = (format!("Org{n}"), organisation.msp_id());
            OrganisationDescription::of_peers(&name, msp_id, organisation.msp_config())
        });
        let tls = self
            .orderer
            .tls("orderer.example.com", &["localhost".into()])
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
        let endpoints = vec!["127.0.0.1:7050".to_owned()];
        let orderers = OrganisationDescription::of_orderers(
            "OrdererOrg",
            "OrdererMSP",
            self.orderer.msp_config(),
            endpoints,
        );
        ChannelDescription::new(peers.collect(), vec![orderers], batch(), consensus)
    }

    pub(crate) fn genesis(&self, description: &ChannelDescription) -> Result<Bytes, ConfigError> {
        genesis_block(
            "mychannel",
            description,
            GenesisHeader {
                seconds: NOW,
                nonce: [7; 24],
            },
        )
    }

    pub(crate) fn channel(&self) -> ChannelConfig {
        ChannelConfig::from_block(&self.genesis(&self.description()).unwrap()).unwrap()
    }

    /// A new identity of one of the organisations; 2 is the orderers'.
    pub(crate) fn signer(&self, organisation: usize, role: NodeRole) -> SigningIdentity {
        let organisation = self
            .organisations
            .get(organisation)
            .unwrap_or(&self.orderer);
        organisation
            .enroll("someone", role, &BTreeMap::new())
            .unwrap()
            .signing_identity()
            .unwrap()
    }

    pub(crate) fn admins(&self) -> Vec<SigningIdentity> {
        (0..3)
            .map(|organisation| self.signer(organisation, NodeRole::Admin))
            .collect()
    }
}

pub(crate) fn signed(signer: &SigningIdentity, data: &'static [u8]) -> SignedData {
    SignedData {
        data: data.into(),
        identity: signer.serialized().clone(),
        signature: signer.sign(data).into(),
    }
}

/// The configuration with its channel group changed.
pub(crate) fn edited(current: &ChannelConfig, edit: impl FnOnce(&mut ConfigGroup)) -> Config {
    let mut config = current.config().clone();
    edit(config.channel_group.as_mut().unwrap());
    config
}

/// The group below another at a path such as `Application/Org1`.
pub(crate) fn at<'a>(group: &'a mut ConfigGroup, path: &str) -> &'a mut ConfigGroup {
    path.split('/')
        .fold(group, |group, name| group.groups.get_mut(name).unwrap())
}

/// An envelope that asks for an update.
pub(crate) fn envelope(update: &ConfigUpdate, signers: &[&SigningIdentity]) -> Envelope {
    let config_update: Bytes = update.encode_to_vec().into();
    let sign = |signer: &&SigningIdentity| {
        let header = SignatureHeader {
            creator: signer.serialized().clone(),
            nonce: "nonce".into(),
        };
        let signature_header: Bytes = header.encode_to_vec().into();
        let signature = signer
            .sign(&config_signature_bytes(&signature_header, &config_update))
            .into();
        ConfigSignature {
            signature_header,
            signature,
        }
    };
    let signatures = signers.iter().map(sign).collect();
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

/// Computes, signs and proposes a change.
pub(crate) fn propose(
    current: &ChannelConfig,
    wanted: &Config,
    signers: &[&SigningIdentity],
) -> Result<ConfigEnvelope, String> {
    let update = compute_config_update(current.channel_id(), current.config(), wanted).unwrap();
    current
        .propose_update(&envelope(&update, signers))
        .map_err(|error| error.to_string())
}
