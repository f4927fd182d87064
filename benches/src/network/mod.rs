//! Two organisations with a peer each, and the chaincode of the benchmarks on their channel.

mod deploy;
mod member;

pub use deploy::Definition;
pub(crate) use deploy::call;
pub use member::Member;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_identity::cryptogen::CryptoOrganisation;
use selvedge_identity::genesis::{
    ChannelDescription, Consensus, GenesisHeader, OrganisationDescription, RaftConsenter,
    genesis_block, raft_metadata,
};
use selvedge_identity::{BatchParameters, SigningIdentity};
use selvedge_ledger::{BlockHeader, ParsedBlock, data_hash, header_hash};
use selvedge_peer::bench::Scratch;
use selvedge_peer::client::{Call, Fresh, Proposal, assemble};
use selvedge_peer::node::commit_block;
use selvedge_protos::common;
use selvedge_protos::protos::ProposalResponse;
use selvedge_runtime::{EngineConfig, WasmEngine};
use std::sync::Arc;
use std::time::Duration;

pub const CHANNEL: &str = "bench";
/// Chaincode that one organisation may endorse.
pub const ONE: &str = "one";
/// Chaincode that both organisations must endorse.
pub const TWO: &str = "two";
/// Keys that both chaincodes have in their state, of 100 bytes each.
pub const KEYS: u32 = 500;

/// A channel with a ledger on each of two peers, all in one temporary directory.
pub struct Network {
    pub members: Vec<Member>,
    /// Another peer of the first organisation, which endorses nothing: a peer does not check what it signed itself.
    pub observer: Member,
    pub engine: Arc<WasmEngine>,
    /// Header of the last block, for the next.
    tip: Mutex<BlockHeader>,
    directory: Scratch,
}

impl Network {
    /// Founds the organisations, joins their peers and deploys [`ONE`] and [`TWO`] through the lifecycle.
    pub fn new() -> Result<Self> {
        Self::on(&EngineConfig::default())
    }

    /// The same on an engine of the caller's choice.
    pub fn on(engine: &EngineConfig) -> Result<Self> {
        let directory = Scratch::new(None)?;
        let fresh = Fresh::from_system()?;
        let now = fresh.now.seconds;
        let orderers = CryptoOrganisation::generate("example.com", "OrdererMSP", now)?;
        let organisations: Vec<CryptoOrganisation> = (1..=2)
            .map(|n| {
                CryptoOrganisation::generate(
                    &format!("org{n}.example.com"),
                    &format!("Org{n}MSP"),
                    now,
                )
            })
            .collect::<Result<_, _>>()?;
        let genesis = genesis(&orderers, &organisations, &fresh)?;
        let engine = Arc::new(WasmEngine::new(engine)?);
        let found = |root: &std::path::Path, organisation| {
            Member::found(root, organisation, &engine, &genesis)
        };
        let members = organisations
            .iter()
            .map(|organisation| found(directory.path(), organisation))
            .collect::<Result<_>>()?;
        let first = organisations.first().context("an organisation")?;
        let network = Self {
            members,
            observer: found(&directory.path().join("observer"), first)?,
            engine,
            tip: Mutex::new(ParsedBlock::parse(&genesis)?.header),
            directory,
        };
        network.deploy()?;
        Ok(network)
    }

    /// Where its files are.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    pub fn first(&self) -> Result<&Member> {
        self.members.first().context("a network has members")
    }

    /// A transaction that `endorsers` endorsed.
    pub fn transaction<'m>(
        &self,
        call: &Call,
        signer: &SigningIdentity,
        endorsers: impl IntoIterator<Item = &'m Member>,
    ) -> Result<Bytes> {
        let proposal = Proposal::new(call, signer, &Fresh::from_system()?)?;
        let signed = Bytes::from(proposal.signed.encode_to_vec());
        let responses: Vec<ProposalResponse> = endorsers
            .into_iter()
            .map(|member| member.endorser.process_proposal(signed.clone()))
            .collect::<Result<_, _>>()?;
        let envelope = assemble(&proposal, &responses, signer)?;
        Ok(envelope.encode_to_vec().into())
    }

    /// The next block of the channel. It becomes the channel's last: commit it before the next is made. No orderer
    /// signed it; checking that is the business of whoever receives blocks, not of those who commit them.
    pub fn block(&self, envelopes: Vec<Bytes>) -> Bytes {
        let mut tip = self.tip.lock();
        let header = BlockHeader {
            number: tip.number + 1,
            previous_hash: Bytes::copy_from_slice(&header_hash(&tip)),
            data_hash: Bytes::copy_from_slice(&data_hash(&envelopes)),
        };
        let block = common::Block {
            header: Some(common::BlockHeader {
                number: header.number,
                previous_hash: header.previous_hash.clone(),
                data_hash: header.data_hash.clone(),
            }),
            data: Some(common::BlockData { data: envelopes }),
            metadata: Some(common::BlockMetadata {
                metadata: vec![Bytes::new(); 5],
            }),
        };
        *tip = header;
        block.encode_to_vec().into()
    }

    /// Commits transactions in a block on every peer; all must be valid.
    pub fn commit(&self, envelopes: Vec<Bytes>) -> Result<()> {
        let block = self.block(envelopes);
        self.everybody()
            .try_for_each(|member| member.commit(block.clone()))
    }

    pub(crate) fn everybody(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().chain([&self.observer])
    }
}

impl Member {
    /// Validates and commits; every transaction must be valid.
    pub fn commit(&self, block: Bytes) -> Result<()> {
        let committed = commit_block(&self.peer, &self.channel, block)?;
        ensure!(
            committed.codes.iter().all(|code| *code == 0),
            "a transaction of block {} is invalid: {:?}",
            committed.number,
            committed.codes
        );
        Ok(())
    }
}

fn genesis(
    orderers: &CryptoOrganisation,
    organisations: &[CryptoOrganisation],
    fresh: &Fresh,
) -> Result<Bytes> {
    let described = (1..)
        .zip(organisations)
        .map(|(n, organisation)| {
            let config = organisation.msp_config();
            OrganisationDescription::of_peers(&format!("Org{n}"), organisation.msp_id(), config)
        })
        .collect();
    // Nothing listens there: the benchmarks cut their own blocks.
    let (host, port) = ("127.0.0.1", 7050);
    let ordering = OrganisationDescription::of_orderers(
        "Orderer",
        "OrdererMSP",
        orderers.msp_config(),
        vec![format!("{host}:{port}")],
    );
    let tls_certificate = orderers
        .tls("orderer.example.com", &[host.to_owned()])?
        .certificate;
    let consenter = RaftConsenter {
        host: host.to_owned(),
        port,
        tls_certificate,
    };
    let consensus = Consensus {
        kind: "etcdraft".to_owned(),
        metadata: raft_metadata(&[consenter]),
        consenters: Vec::new(),
    };
    let batch = BatchParameters {
        max_message_count: KEYS,
        absolute_max_bytes: 100 << 20,
        preferred_max_bytes: 10 << 20,
        timeout: Duration::from_secs(1),
    };
    let description = ChannelDescription::new(described, vec![ordering], batch, consensus);
    let header = GenesisHeader {
        seconds: fresh.now.seconds,
        nonce: fresh.nonce,
    };
    Ok(genesis_block(CHANNEL, &description, header)?)
}
