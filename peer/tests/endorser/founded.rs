//! Organisations with a peer each, founded for the test, each with its own store. Blocks are cut by the test.

use crate::organisation::NativeScript;
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
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
        self, Capabilities, Capability, Config, ConfigSignature, ConfigUpdateEnvelope, HeaderType,
        SignatureHeader,
    },
    protos::{ProposalResponse, Response},
};
use selvedge_runtime::{
    BuildError, Builder, Chaincode, EngineConfig, Package, PackageStore, Runtimes, WasmEngine,
};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

/// The channel that everyone joins.
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
    organisations: Vec<CryptoOrganisation>,
    orderers: CryptoOrganisation,
    /// Of each channel, the genesis block first.
    blocks: Mutex<BTreeMap<String, Vec<Bytes>>>,
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
            "slow" => {
                let (finish, told) = &SLOW_BUILDS;
                let mut finish = finish.lock();
                told.wait_while(&mut finish, |finish| !*finish);
                Ok(Arc::new(NativeScript))
            }
            _ => Ok(Arc::new(NativeScript)),
        }
    }
}

static SLOW_BUILDS: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// Those of packages of path `slow`, until here.
pub(crate) fn finish_slow_builds() {
    let (finish, told) = &SLOW_BUILDS;
    *finish.lock() = true;
    told.notify_all();
}

/// One engine for all peers of the process: what it has compiled it does not compile again.
fn wasm() -> Arc<dyn Builder> {
    static ENGINE: LazyLock<Arc<WasmEngine>> =
        LazyLock::new(|| Arc::new(WasmEngine::new(&EngineConfig::default()).unwrap()));
    Arc::clone(&*ENGINE) as Arc<dyn Builder>
}

impl Net {
    /// Organisations whose peers have joined [`CHANNEL`], of this application capability; of none if it is empty.
    pub(crate) fn new(organisations: usize, capability: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Fresh::from_system().unwrap().now.seconds;
        let orderers = CryptoOrganisation::generate("example.com", "OrdererMSP", now).unwrap();
        let organisations: Vec<_> = (1..=organisations)
            .map(|n| {
                let (domain, msp) = (format!("org{n}.example.com"), format!("Org{n}MSP"));
                CryptoOrganisation::generate(&domain, &msp, now).unwrap()
            })
            .collect();
        let members = organisations.iter().map(|org| member(dir.path(), org));
        let net = Self {
            members: members.collect(),
            dir,
            organisations,
            orderers,
            blocks: Mutex::default(),
        };
        net.found(CHANNEL, capability);
        for member in 0..net.members.len() {
            net.join(member, CHANNEL);
        }
        net
    }

    /// One more channel of all organisations. Nobody has joined it yet.
    pub(crate) fn found(&self, channel: &str, capability: &str) {
        let genesis = genesis(channel, &self.orderers, &self.organisations, capability);
        self.blocks.lock().insert(channel.to_owned(), vec![genesis]);
    }

    /// A peer joins a channel and gets all of its blocks.
    pub(crate) fn join(&self, member: usize, channel: &str) {
        let genesis = self.blocks.lock()[channel][0].clone();
        self.members[member].peer.join(genesis).unwrap();
        self.catch_up(member, channel);
    }

    fn catch_up(&self, member: usize, channel: &str) {
        let peer = &self.members[member].peer;
        let joined = peer.channel(channel).unwrap();
        let height = usize::try_from(joined.ledger().height()).unwrap();
        let missing = self.blocks.lock()[channel][height..].to_vec();
        for block in missing {
            commit_block(peer, &joined, block).unwrap();
        }
    }

    pub(crate) fn channel(&self, member: usize) -> Arc<Channel> {
        self.members[member].peer.channel(CHANNEL).unwrap()
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
        assert!(answer.status >= 400, "{answer:?}");
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
        self.commit_on(&call.channel, vec![self.endorse(by, call)])[0]
    }

    /// One block of [`CHANNEL`].
    pub(crate) fn commit(&self, envelopes: Vec<Bytes>) -> Vec<u8> {
        self.commit_on(CHANNEL, envelopes)
    }

    /// One block on every peer that has joined; all must find the same codes.
    pub(crate) fn commit_on(&self, channel: &str, envelopes: Vec<Bytes>) -> Vec<u8> {
        let mut found: Option<Vec<u8>> = None;
        for member in &self.members {
            let Some(joined) = member.peer.channel(channel) else {
                continue;
            };
            if found.is_none() {
                let block = next_block(&joined, &envelopes);
                self.blocks.lock().get_mut(channel).unwrap().push(block);
            }
            let block = self.blocks.lock()[channel].last().unwrap().clone();
            let codes = commit_block(&member.peer, &joined, block).unwrap();
            let codes = codes.codes.clone();
            assert!(
                found.as_ref().is_none_or(|other| *other == codes),
                "{found:?} {codes:?}"
            );
            found = Some(codes);
        }
        found.unwrap()
    }

    /// Gives [`CHANNEL`] another application capability, in a block of its own.
    pub(crate) fn raise(&self, capability: &str) {
        self.reconfigure(|config| {
            let groups = &mut config.channel_group.as_mut().unwrap().groups;
            let values = &mut groups.get_mut("Application").unwrap().values;
            let capabilities = Capabilities {
                capabilities: BTreeMap::from([(capability.to_owned(), Capability::default())]),
            };
            values.get_mut("Capabilities").unwrap().value = capabilities.encode_to_vec().into();
        });
    }

    /// An update of [`CHANNEL`] that all administrators sign.
    pub(crate) fn reconfigure(&self, change: impl FnOnce(&mut Config)) {
        let channel = self.channel(0).config();
        let original = channel.config().clone();
        let mut updated = original.clone();
        change(&mut updated);
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

fn member(dir: &Path, organisation: &CryptoOrganisation) -> Member {
    let dir = dir.join(organisation.msp_id());
    let identity = |name: &str, role| {
        let enrolled = organisation.enroll(name, role, &BTreeMap::new()).unwrap();
        enrolled.signing_identity().unwrap()
    };
    let legacy = Arc::new(LegacyPackages::open(dir.join("chaincodes")).unwrap());
    let store = PackageStore::open(dir.join("lifecycle/chaincodes")).unwrap();
    let runtimes = Runtimes::new(store, vec![Arc::new(Golang), wasm()]).with_others(legacy.clone());
    let signer = Arc::new(identity("peer0", NodeRole::Peer));
    let peer = Arc::new(
        Peer::open(Parts {
            signer: Arc::clone(&signer),
            local_msp: Arc::new(
                Msp::from_config(&organisation.msp_config(), MspVersion::V3_0).unwrap(),
            ),
            runtimes: Arc::new(runtimes),
            legacy,
            operations: Default::default(),
            clock: Clock::system(),
            ledgers: dir.join("ledgers"),
            validators: 0,
            ledger_options: Options {
                block_to_live: Arc::new(DefinedBlockToLive),
                sync: false,
                ..Options::default()
            },
        })
        .unwrap(),
    );
    Member {
        admin: identity("admin", NodeRole::Admin),
        user: identity("user", NodeRole::Client),
        endorser: Endorser::new(Arc::clone(&peer), EndorserOptions::default()).unwrap(),
        signer,
        peer,
    }
}

fn genesis(
    channel: &str,
    orderers: &CryptoOrganisation,
    organisations: &[CryptoOrganisation],
    capability: &str,
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
        application_capabilities: match capability {
            "" => Vec::new(),
            capability => vec![capability.to_owned()],
        },
        ..ChannelDescription::new(described.collect(), vec![ordering], batch, consensus)
    };
    let header = GenesisHeader {
        seconds: Fresh::from_system().unwrap().now.seconds,
        nonce: [7; 24],
    };
    genesis_block(channel, &description, header).unwrap()
}
