//! Organisations with a peer each on a channel of older capabilities. Blocks are cut by the test.

use crate::organisation::NativeScript;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{
    BatchParameters, Msp, MspVersion, SigningIdentity, compute_config_update,
    config_signature_bytes,
    cryptogen::{CryptoOrganisation, NodeRole},
    genesis::{
        ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, RaftConsenter,
        genesis_block, raft_metadata,
    },
};
use selvedge_ledger::{BlockHeader, Options, data_hash};
use selvedge_peer::{
    client::{self, Call, Fresh, Proposal, signed_envelope},
    endorser::{Endorser, EndorserOptions},
    legacy::LegacyPackages,
    lifecycle::DefinedBlockToLive,
    node::{Channel, Clock, Parts, Peer, commit_block},
};
use selvedge_protos::{
    common::{
        self, Capabilities, Capability, ConfigSignature, ConfigUpdateEnvelope, HeaderType,
        SignatureHeader,
    },
    protos::{
        ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, ProposalResponse,
        Response, chaincode_spec,
    },
};
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, PackageStore, Runtimes};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

pub(crate) const CHANNEL: &str = "old";

pub(crate) struct Member {
    pub(crate) admin: SigningIdentity,
    pub(crate) user: SigningIdentity,
    /// What its peer signs with.
    pub(crate) signer: Arc<SigningIdentity>,
    pub(crate) peer: Arc<Peer>,
    endorser: Endorser,
}

pub(crate) struct Net {
    pub(crate) members: Vec<Member>,
    pub(crate) dir: tempfile::TempDir,
}

/// Runs the script chaincode behind packages of type GOLANG.
struct Golang;

impl Builder for Golang {
    fn kind(&self) -> &str {
        "golang"
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        match package.metadata.path.as_str() {
            "broken" => Err(BuildError::Rejected {
                kind: "golang",
                cause: "no luck".to_owned(),
            }),
            _ => Ok(Arc::new(NativeScript)),
        }
    }
}

/// A deployment specification of type GOLANG.
pub(crate) fn specification(version: &str, input: &[&str]) -> ChaincodeDeploymentSpec {
    let args = input
        .iter()
        .map(|arg| Bytes::copy_from_slice(arg.as_bytes()));
    ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Golang as i32,
            chaincode_id: Some(ChaincodeId {
                path: "example.com/cc".to_owned(),
                name: "cc".to_owned(),
                version: version.to_owned(),
            }),
            input: Some(ChaincodeInput {
                args: args.collect(),
                ..Default::default()
            }),
            timeout: 0,
        }),
        code_package: Bytes::new(),
    }
}

/// The same with code, as it is installed.
pub(crate) fn package(version: &str) -> ChaincodeDeploymentSpec {
    let files = BTreeMap::from([("src/main.go".to_owned(), version.as_bytes().to_vec())]);
    ChaincodeDeploymentSpec {
        code_package: selvedge_runtime::code_archive(&files).unwrap().into(),
        ..specification(version, &[])
    }
}

/// A call of `lscc`.
pub(crate) fn lscc(channel: &str, function: &str, args: &[Bytes]) -> Call {
    let function = Bytes::copy_from_slice(function.as_bytes());
    Call {
        channel: channel.to_owned(),
        chaincode: "lscc".to_owned(),
        args: std::iter::once(function)
            .chain(args.iter().cloned())
            .collect(),
        ..Call::default()
    }
}

pub(crate) fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// `deploy` or `upgrade` to a version, whose Init runs these operations.
pub(crate) fn deploy(function: &str, version: &str, init: &str) -> Call {
    let specification = specification(version, &["run", init]).encode_to_vec();
    lscc(CHANNEL, function, &[text(CHANNEL), specification.into()])
}

pub(crate) fn script(operations: &str) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: "cc".to_owned(),
        args: vec![text("run"), text(operations)],
        ..Call::default()
    }
}

impl Net {
    pub(crate) fn new(organisations: usize, capability: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Fresh::from_system().unwrap().now.seconds;
        let orderers = CryptoOrganisation::generate("example.com", "OrdererMSP", now).unwrap();
        let found: Vec<_> = (1..=organisations)
            .map(|n| {
                let (domain, msp) = (format!("org{n}.example.com"), format!("Org{n}MSP"));
                CryptoOrganisation::generate(&domain, &msp, now).unwrap()
            })
            .collect();
        let genesis = genesis(&orderers, &found, capability, now);
        let members = found
            .iter()
            .map(|organisation| member(dir.path(), organisation, &genesis))
            .collect();
        Self { members, dir }
    }

    /// Three organisations with version 1.0 installed and instantiated; its Init has set `initial` to `one`.
    pub(crate) fn with_chaincode() -> Self {
        let net = Self::new(3, "V1_4_2");
        net.install("1.0");
        let init = r#"[["put","initial","one"]]"#;
        assert_eq!(net.transact(&[0, 1, 2], &deploy("deploy", "1.0", init)), 0);
        net
    }

    pub(crate) fn channel(&self, member: usize) -> Arc<Channel> {
        self.members[member].peer.channel(CHANNEL).unwrap()
    }

    pub(crate) fn install(&self, version: &str) {
        for member in 0..self.members.len() {
            let answer = self.ask(member, &install(&package(version).encode_to_vec()));
            assert_eq!(
                (answer.status, &answer.payload[..]),
                (200, &b"OK"[..]),
                "{answer:?}"
            );
        }
    }

    /// The answer of one peer to its administrator.
    pub(crate) fn ask(&self, member: usize, call: &Call) -> Response {
        self.ask_as(member, call, &self.members[member].admin)
    }

    pub(crate) fn ask_as(&self, member: usize, call: &Call, signer: &SigningIdentity) -> Response {
        let proposal = Proposal::new(call, signer, &Fresh::from_system().unwrap()).unwrap();
        let answer = self.process(member, &proposal).response.unwrap();
        Response {
            message: answer.message.replace(&proposal.tx_id, "TX"),
            ..answer
        }
    }

    /// The message of a refusal.
    pub(crate) fn refusal(&self, member: usize, call: &Call) -> String {
        let answer = self.ask(member, call);
        assert_eq!(answer.status, 500, "{answer:?}");
        answer.message
    }

    pub(crate) fn process(&self, member: usize, proposal: &Proposal) -> ProposalResponse {
        let signed = proposal.signed.encode_to_vec().into();
        self.members[member]
            .endorser
            .process_proposal(signed)
            .unwrap()
    }

    /// A transaction of the first one's administrator, endorsed by these.
    pub(crate) fn endorse(&self, by: &[usize], call: &Call) -> Bytes {
        let signer = &self.members[by[0]].admin;
        let proposal = Proposal::new(call, signer, &Fresh::from_system().unwrap()).unwrap();
        let answers: Vec<_> = by
            .iter()
            .map(|member| self.process(*member, &proposal))
            .collect();
        let envelope = client::assemble(&proposal, &answers, signer).unwrap();
        envelope.encode_to_vec().into()
    }

    /// The code of a transaction in a block of its own.
    pub(crate) fn transact(&self, by: &[usize], call: &Call) -> u8 {
        self.commit(vec![self.endorse(by, call)])[0]
    }

    /// One block on every peer; all must find the same codes.
    pub(crate) fn commit(&self, envelopes: Vec<Bytes>) -> Vec<u8> {
        let mut found: Option<Vec<u8>> = None;
        for (index, member) in self.members.iter().enumerate() {
            let channel = self.channel(index);
            let block = next_block(&channel, &envelopes);
            let codes = commit_block(&member.peer, &channel, block)
                .unwrap()
                .codes
                .clone();
            assert!(
                found.as_ref().is_none_or(|other| *other == codes),
                "{found:?} {codes:?}"
            );
            found = Some(codes);
        }
        found.unwrap()
    }

    /// Gives the channel another application capability, in a block of its own.
    pub(crate) fn raise(&self, capability: &str) {
        let channel = self.channel(0).config();
        let original = channel.config().clone();
        let mut updated = original.clone();
        let groups = &mut updated.channel_group.as_mut().unwrap().groups;
        let values = &mut groups.get_mut("Application").unwrap().values;
        let capabilities = Capabilities {
            capabilities: BTreeMap::from([(capability.to_owned(), Capability::default())]),
        };
        values.get_mut("Capabilities").unwrap().value = capabilities.encode_to_vec().into();
        let update = compute_config_update(CHANNEL, &original, &updated).unwrap();
        let config_update = Bytes::from(update.encode_to_vec());
        let signatures = self.members.iter().map(|member| {
            let header = SignatureHeader {
                creator: member.admin.serialized().clone(),
                nonce: Bytes::from_static(&[7; 24]),
            };
            let signature_header = Bytes::from(header.encode_to_vec());
            let signed = config_signature_bytes(&signature_header, &config_update);
            ConfigSignature {
                signature: member.admin.sign(&signed).into(),
                signature_header,
            }
        });
        let envelope = ConfigUpdateEnvelope {
            signatures: signatures.collect(),
            config_update: config_update.clone(),
        };
        let update = self.envelope(HeaderType::ConfigUpdate, &envelope);
        let proposed = channel.propose_update(&update).unwrap();
        let transaction = self.envelope(HeaderType::Config, &proposed);
        assert_eq!(self.commit(vec![transaction.encode_to_vec().into()]), [0]);
    }

    fn envelope(&self, kind: HeaderType, data: &impl prost::Message) -> common::Envelope {
        let fresh = Fresh::from_system().unwrap();
        let signer = &self.members[0].admin;
        signed_envelope(kind, CHANNEL, data, Bytes::new(), signer, &fresh).unwrap()
    }
}

pub(crate) fn install(package: &[u8]) -> Call {
    lscc("", "install", &[Bytes::copy_from_slice(package)])
}

fn next_block(channel: &Channel, envelopes: &[Bytes]) -> Bytes {
    let info = channel.ledger().chain_info().unwrap();
    let header = BlockHeader {
        number: info.height,
        previous_hash: info.current_block_hash,
        data_hash: data_hash(envelopes).to_vec().into(),
    };
    let block = common::Block {
        header: Some(common::BlockHeader {
            number: header.number,
            previous_hash: header.previous_hash,
            data_hash: header.data_hash,
        }),
        data: Some(common::BlockData {
            data: envelopes.to_vec(),
        }),
        metadata: Some(common::BlockMetadata {
            metadata: vec![Bytes::new(); 5],
        }),
    };
    block.encode_to_vec().into()
}

fn member(dir: &Path, organisation: &CryptoOrganisation, genesis: &Bytes) -> Member {
    let dir = dir.join(organisation.msp_id());
    let identity = |name: &str, role| {
        let enrolled = organisation.enroll(name, role, &BTreeMap::new()).unwrap();
        enrolled.signing_identity().unwrap()
    };
    let legacy = Arc::new(LegacyPackages::open(dir.join("chaincodes")).unwrap());
    let store = PackageStore::open(dir.join("lifecycle/chaincodes")).unwrap();
    let runtimes = Runtimes::new(store, vec![Arc::new(Golang)]).with_others(legacy.clone());
    let signer = Arc::new(identity("peer0", NodeRole::Peer));
    let peer = Arc::new(
        Peer::open(Parts {
            signer: Arc::clone(&signer),
            local_msp: Arc::new(
                Msp::from_config(&organisation.msp_config(), MspVersion::V3_0).unwrap(),
            ),
            runtimes: Arc::new(runtimes),
            legacy,
            clock: Clock::system(),
            ledgers: dir.join("ledgers"),
            ledger_options: Options {
                block_to_live: Arc::new(DefinedBlockToLive),
                sync: false,
                ..Options::default()
            },
        })
        .unwrap(),
    );
    peer.join(genesis.clone()).unwrap();
    Member {
        admin: identity("admin", NodeRole::Admin),
        user: identity("user", NodeRole::Client),
        endorser: Endorser::new(Arc::clone(&peer), EndorserOptions::default()).unwrap(),
        signer,
        peer,
    }
}

fn genesis(
    orderers: &CryptoOrganisation,
    organisations: &[CryptoOrganisation],
    capability: &str,
    now: i64,
) -> Bytes {
    let described = (1..).zip(organisations).map(|(n, organisation)| {
        let config = organisation.msp_config();
        OrganisationDescription::of_peers(&format!("Org{n}"), organisation.msp_id(), config)
    });
    let ordering = OrganisationDescription::of_orderers(
        "Orderer",
        "OrdererMSP",
        orderers.msp_config(),
        vec!["127.0.0.1:7050".to_owned()],
    );
    let names = ["orderer.example.com".to_owned()];
    let consenter = RaftConsenter {
        host: "127.0.0.1".to_owned(),
        port: 7050,
        tls_certificate: orderers
            .tls("orderer.example.com", &names)
            .unwrap()
            .certificate,
    };
    let consensus = Consensus {
        kind: "etcdraft".to_owned(),
        metadata: raft_metadata(&[consenter]),
        consenters: Vec::new(),
    };
    let batch = BatchParameters {
        max_message_count: 10,
        absolute_max_bytes: 10 << 20,
        preferred_max_bytes: 2 << 20,
        timeout: Duration::from_secs(1),
    };
    let description = ChannelDescription {
        application_capabilities: vec![capability.to_owned()],
        ..ChannelDescription::new(described.collect(), vec![ordering], batch, consensus)
    };
    let header = GenesisHeader {
        seconds: now,
        nonce: [7; 24],
    };
    genesis_block(CHANNEL, &description, header).unwrap()
}
