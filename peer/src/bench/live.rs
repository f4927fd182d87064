//! A network as `selvedge node` runs it: gRPC over TLS, an orderer, and the contract in whatever way it can run.

use super::artifacts::Packaged;
use super::outside::{Service, docker, programs};
use super::processes::Processes;
use super::{Artifacts, Load, Way};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_identity::{BatchParameters, SigningIdentity};
use selvedge_ledger::StateDatabase;
use selvedge_protos::protos::{ProposalResponse, Response};
use selvedge_runtime::{Builder, CacheConfig, ChildCompiler, Compiler, EngineConfig, WasmEngine};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tonic::transport::Channel;

use crate::client::{Broadcaster, Call, Endpoint, Fresh, Proposal, assemble, connect, process};
use crate::endorser::{Endorser, EndorserOptions};
use crate::node::{Clock, Member, Network, NetworkPlan, NodeOptions};
use crate::scratch::Scratch;

/// The one channel.
pub(super) const CHANNEL: &str = "live";

/// To connect.
const CONNECTING: Duration = Duration::from_secs(120);

/// What a network is like.
#[derive(Clone, Debug)]
pub struct LivePlan {
    pub organisations: usize,
    /// How long the orderer waits for a block to be full.
    pub batch_timeout: Duration,
    /// How many transactions a full block has.
    pub block: u32,
    pub state_database: StateDatabase,
    pub compiler: Compiler,
}

impl LivePlan {
    /// The default, with components compiled by a child of the program `selvedge`, as `selvedge node` has it.
    pub(super) fn of_program() -> Result<Self> {
        Ok(Self {
            compiler: Compiler::Child(ChildCompiler::new(std::env::current_exe()?)),
            ..Self::default()
        })
    }
}

impl Default for LivePlan {
    /// One organisation, and blocks without much waiting.
    fn default() -> Self {
        Self {
            organisations: 1,
            batch_timeout: Duration::from_millis(5),
            block: 100,
            state_database: StateDatabase::default(),
            compiler: Compiler::InProcess,
        }
    }
}

/// Stops when it is dropped.
pub struct Live {
    pub(super) runtime: Runtime,
    network: Option<Network>,
    /// Of the peers, in the order of the organisations.
    endpoints: Vec<Endpoint>,
    pub(super) peers: Vec<Channel>,
    orderer: Channel,
    engine: Arc<WasmEngine>,
    services: Mutex<Vec<Service>>,
    /// Of every package that was installed, by the name it was deployed under.
    package_ids: Mutex<BTreeMap<String, String>>,
    artifacts: Arc<Artifacts>,
    /// From nothing until every peer had joined.
    pub(super) ready: Duration,
    _directory: Scratch,
}

impl Live {
    pub fn start(plan: &LivePlan, artifacts: &Arc<Artifacts>) -> Result<Self> {
        let runtime = Runtime::new()?;
        let directory = Scratch::new(None)?;
        let engine = engine(plan, directory.path())?;
        let start = Instant::now();
        let network = runtime.block_on(found(plan, artifacts, &engine, directory.path()))?;
        let ready = start.elapsed();
        let endpoints: Vec<Endpoint> = network
            .members
            .iter()
            .map(|member| Endpoint::over_tls(&member.names.address, &member.tls_ca, CONNECTING))
            .collect();
        let ordering = Endpoint::over_tls(
            &network.orderer.address().to_string(),
            &network.orderer_tls_ca,
            CONNECTING,
        );
        let connected = async {
            let mut peers = Vec::new();
            for endpoint in &endpoints {
                peers.push(connect(endpoint).await?);
            }
            anyhow::Ok((peers, connect(&ordering).await?))
        };
        let (peers, orderer) = runtime.block_on(connected)?;
        Ok(Self {
            network: Some(network),
            runtime,
            endpoints,
            peers,
            orderer,
            engine,
            services: Mutex::default(),
            package_ids: Mutex::default(),
            artifacts: Arc::clone(artifacts),
            ready,
            _directory: directory,
        })
    }

    pub(super) fn members(&self) -> Result<&[Member]> {
        let network = self.network.as_ref().context("the network runs")?;
        Ok(&network.members)
    }

    pub(super) fn member(&self) -> Result<&Member> {
        self.members()?.first().context("a network has a member")
    }

    /// The first peer's endorser, without gRPC.
    pub fn endorser(&self) -> Result<Endorser> {
        let peer = Arc::clone(self.member()?.running.peer());
        Ok(Endorser::new(peer, EndorserOptions::default())?)
    }

    /// What runs components on every peer.
    pub fn engine(&self) -> &Arc<WasmEngine> {
        &self.engine
    }

    /// Asks the peer of the organisation with this index; only success counts.
    pub(super) fn ask(
        &self,
        index: usize,
        call: &Call,
        signer: &SigningIdentity,
    ) -> Result<ProposalResponse> {
        let proposal = Proposal::new(call, signer, &Fresh::from_system()?)?;
        self.endorse(index, &proposal)
    }

    fn endorse(&self, index: usize, proposal: &Proposal) -> Result<ProposalResponse> {
        let found = self.peers.get(index).zip(self.endpoints.get(index));
        let (peer, endpoint) = found.context("there is no such peer")?;
        let answer = process(peer, &endpoint.address, &proposal.signed);
        let (answer, response) = self.runtime.block_on(answer)?;
        ensure!(response.status == 200, "{}", response.message);
        Ok(answer)
    }

    /// Has every transaction endorsed by the peers with its indexes and ordered, and waits until all are committed.
    pub(super) fn submit(
        &self,
        transactions: &[(&[usize], &Call, &SigningIdentity)],
    ) -> Result<()> {
        let mut ordered = Vec::new();
        for (endorsers, call, signer) in transactions {
            let proposal = Proposal::new(call, signer, &Fresh::from_system()?)?;
            let answers: Vec<ProposalResponse> = endorsers
                .iter()
                .map(|index| self.endorse(*index, &proposal))
                .collect::<Result<_>>()?;
            let envelope = assemble(&proposal, &answers, signer)?;
            self.runtime.block_on(async {
                let mut broadcaster = Broadcaster::open(&self.orderer, "the orderer");
                broadcaster.send(envelope).await
            })?;
            ordered.push(proposal.tx_id);
        }
        ordered.iter().try_for_each(|tx_id| self.committed(tx_id))
    }

    fn committed(&self, tx_id: &str) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(60);
        for member in self.members()? {
            let channel = member.running.peer().channel(CHANNEL);
            let channel = channel.context("the peer is on the channel")?;
            let start = Instant::now();
            loop {
                if let Some(status) = channel.ledger().tx_status(tx_id)? {
                    ensure!(status.code == 0, "{tx_id} is invalid: {}", status.code);
                    break;
                }
                ensure!(start.elapsed() < PATIENCE, "{tx_id} is never committed");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }

    /// A service listens before its package is installed, as an operator would have it.
    pub(super) fn serve(&self, packaged: &Packaged, package_id: &str) -> Result<()> {
        if let Some(address) = &packaged.address {
            let program = self.artifacts.program();
            let service = Service::start(program, package_id, address)?;
            self.services.lock().push(service);
        }
        Ok(())
    }

    pub(super) fn remember(&self, name: &str, package_id: &str) {
        let mut ids = self.package_ids.lock();
        ids.insert(name.to_owned(), package_id.to_owned());
    }

    /// Those of the chaincode deployed under this name; none for a component.
    pub(super) fn processes(&self, name: &str) -> Processes {
        let id = self.package_ids.lock().get(name).cloned();
        Processes::of(&id.into_iter().collect())
    }

    /// Those of all chaincode.
    pub(super) fn all_processes(&self) -> Processes {
        let ids: BTreeSet<String> = self.package_ids.lock().values().cloned().collect();
        Processes::of(&ids)
    }

    /// A call for the network's client.
    pub fn call(chaincode: &str, args: &[&str]) -> Call {
        let args = args.iter();
        Call {
            channel: CHANNEL.to_owned(),
            chaincode: chaincode.to_owned(),
            args: args
                .map(|arg| Bytes::copy_from_slice(arg.as_bytes()))
                .collect(),
            ..Call::default()
        }
    }

    /// Endorses once on the first peer and requires success.
    pub fn invoke(&self, chaincode: &str, args: &[&str]) -> Result<Response> {
        let answer = self.ask(0, &Self::call(chaincode, args), &self.member()?.client)?;
        answer.response.context("an answer without a response")
    }

    /// Endorses on every peer, orders and commits.
    pub fn transact(&self, chaincode: &str, args: &[&str]) -> Result<()> {
        let all: Vec<usize> = (0..self.peers.len()).collect();
        let call = Self::call(chaincode, args);
        self.submit(&[(&all, &call, &self.member()?.client)])
    }

    /// Writes that many keys of 100 bytes, in transactions of a thousand.
    pub fn fill(&self, chaincode: &str, keys: usize) -> Result<()> {
        const MOST: usize = 1_000;
        for first in (0..keys).step_by(MOST) {
            let count = MOST.min(keys - first).to_string();
            self.transact(chaincode, &["fill", &count, &first.to_string()])?;
        }
        Ok(())
    }

    /// Signed proposals (serialized `protos.SignedProposal`), all different, for one call.
    pub fn proposals(&self, chaincode: &str, args: &[&str], count: usize) -> Result<Vec<Bytes>> {
        let (call, signer) = (Self::call(chaincode, args), &self.member()?.client);
        let proposal = |_| -> Result<Bytes> {
            let proposal = Proposal::new(&call, signer, &Fresh::from_system()?)?;
            Ok(proposal.signed.encode_to_vec().into())
        };
        (0..count).map(proposal).collect()
    }

    /// Clients of the first peer with a connection each.
    pub fn clients(&self, count: usize) -> Result<Load> {
        let endpoint = self.endpoints.first().context("a network has a peer")?;
        Load::new(endpoint, count)
    }

    pub(super) fn has(&self, way: Way) -> bool {
        self.package_ids.lock().contains_key(way.name())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(network) = self.network.take() {
            self.runtime.block_on(network.stop());
        }
    }
}

/// Machine code is in files, as `selvedge node` has it.
fn engine(plan: &LivePlan, dir: &std::path::Path) -> Result<Arc<WasmEngine>> {
    Ok(Arc::new(WasmEngine::new(&EngineConfig {
        compiler: plan.compiler.clone(),
        cache: Some(CacheConfig {
            dir: dir.join("wasm"),
            fresh_key: [7; 32],
        }),
        ..EngineConfig::default()
    })?))
}

async fn found(
    plan: &LivePlan,
    artifacts: &Artifacts,
    engine: &Arc<WasmEngine>,
    dir: &std::path::Path,
) -> Result<Network> {
    let network = NetworkPlan {
        channel: CHANNEL.to_owned(),
        organisations: plan.organisations,
        batch: BatchParameters {
            max_message_count: plan.block,
            absolute_max_bytes: 100 << 20,
            preferred_max_bytes: 10 << 20,
            timeout: plan.batch_timeout,
        },
        builders: vec![Arc::clone(engine) as Arc<dyn Builder>],
        chaincode_tls: true,
        chaincode_builders: vec![programs(artifacts)],
        state_database: plan.state_database,
        clock: Clock::system(),
        dir: dir.to_owned(),
    };
    let endpoint = artifacts.engine.clone();
    let tune = move |options: &mut NodeOptions| {
        // As in production: a block is on the disk before it counts.
        options.sync = true;
        let home = options.dir.clone();
        options.chaincode.docker = endpoint.as_deref().map(|endpoint| docker(endpoint, &home));
    };
    Ok(Network::start_tuned(network, |_| {}, Arc::new(tune)).await?)
}
