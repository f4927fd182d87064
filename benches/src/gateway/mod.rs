//! Two organisations with a peer each, an orderer, and applications at the first peer's gateway, all over TLS.

mod application;
mod cpu;
mod elsewhere;
mod listening;
mod load;
mod measurements;

pub use application::{Application, Prepared};
pub use cpu::Share;
pub use elsewhere::{Cost, Elsewhere, Place};
pub use listening::Listeners;
pub use load::{APPLICATIONS, CROWD, Keys, Load};
pub use measurements::{Measured, measure};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use cpu::Threads;
use selvedge_identity::{BatchParameters, SigningIdentity};
use selvedge_ledger::StateDatabase;
use selvedge_peer::bench::Scratch;
use selvedge_peer::client::{
    Broadcaster, Call, Endpoint, Fresh, Proposal, connect, decode, lifecycle_call, process,
};
use selvedge_peer::node::{Clock, Network, NetworkPlan};
use selvedge_protos::common::Envelope;
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    InstallChaincodeArgs, InstallChaincodeResult,
};
use selvedge_runtime::{EngineConfig, PackageSource, WasmEngine};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Channel;

const CHANNEL: &str = "applications";
const CHAINCODE: &str = "bench";
/// How long anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Stops when it is dropped.
pub struct Gateway {
    /// The orderer and the second organisation's peer.
    others: Runtime,
    /// The first organisation's peer, on threads of its own.
    own: Runtime,
    /// Clients: the calling thread.
    clients: Runtime,
    network: Option<Network>,
    orderer: Channel,
    _directory: Scratch,
}

impl Gateway {
    /// Starts the network and deploys the benchmarks' contract, which both organisations must endorse.
    pub fn start(batch_timeout: Duration) -> Result<Self> {
        let runtime = |name| {
            Builder::new_multi_thread()
                .thread_name(name)
                .enable_all()
                .build()
        };
        let (others, own) = (runtime("others")?, runtime(cpu::OWN)?);
        let clients = Builder::new_current_thread().enable_all().build()?;
        let directory = Scratch::new(None)?;
        let plan = NetworkPlan {
            channel: CHANNEL.to_owned(),
            organisations: 2,
            batch: BatchParameters {
                max_message_count: 100,
                absolute_max_bytes: 10 << 20,
                preferred_max_bytes: 2 << 20,
                timeout: batch_timeout,
            },
            builders: vec![Arc::new(WasmEngine::new(&EngineConfig::default())?)],
            chaincode_tls: true,
            chaincode_builders: Vec::new(),
            state_database: StateDatabase::default(),
            clock: Clock::system(),
            dir: directory.path().to_owned(),
        };
        // Listeners count as open requests.
        let tune = Arc::new(|options: &mut selvedge_peer::node::NodeOptions| {
            options.serve.gateway.limit = 0;
        });
        let mut network = others.block_on(Network::start_tuned(plan, |_| {}, tune))?;
        let halted = others.block_on(network.halt(0)).context("a first peer")?;
        own.block_on(network.resume(0, halted))?;
        let ordering = Endpoint::over_tls(
            &network.orderer.address().to_string(),
            &network.orderer_tls_ca,
            PATIENCE,
        );
        let orderer = clients.block_on(connect(&ordering))?;
        let gateway = Self {
            others,
            own,
            clients,
            network: Some(network),
            orderer,
            _directory: directory,
        };
        gateway.deploy()?;
        Ok(gateway)
    }

    fn network(&self) -> Result<&Network> {
        self.network.as_ref().context("the network runs")
    }

    fn endpoint(&self, member: usize) -> Result<Endpoint> {
        let member = self
            .network()?
            .members
            .get(member)
            .context("no such member")?;
        Ok(Endpoint::over_tls(
            &member.names.address,
            &member.tls_ca,
            PATIENCE,
        ))
    }

    /// An application with a connection of its own.
    fn application(&self, member: usize, signer: Arc<SigningIdentity>) -> Result<Application> {
        let endpoint = self.endpoint(member)?;
        let connection = self.clients.block_on(connect(&endpoint))?;
        Ok(Application::new(connection, endpoint.address, signer))
    }

    /// Applications of the first organisation's user at its peer.
    pub fn applications(&self, count: usize) -> Result<Vec<Application>> {
        let user = Arc::clone(&self.network()?.members.first().context("a member")?.client);
        (0..count)
            .map(|_| self.application(0, Arc::clone(&user)))
            .collect()
    }

    /// Runs something of the clients, on the calling thread.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.clients.block_on(future)
    }

    /// CPU time that the gateway's peer took for `work`.
    pub fn cost<T>(&self, share: Share, work: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
        let before = Threads::now()?;
        let done = work()?;
        Ok((done, Threads::now()?.gateway_since(&before, share)))
    }

    /// Orders transactions and waits until the gateway's peer has them all.
    pub fn order(&self, envelopes: Vec<Envelope>, last: &str) -> Result<Duration> {
        let start = Instant::now();
        self.clients.block_on(async {
            let mut broadcaster = Broadcaster::open(&self.orderer, "the orderer");
            for envelope in envelopes {
                broadcaster.send(envelope).await?;
            }
            anyhow::Ok(())
        })?;
        let channel = self.network()?.members.first().context("a member")?;
        let channel = channel
            .running
            .peer()
            .channel(CHANNEL)
            .context("no channel")?;
        while channel.ledger().tx_status(last)?.is_none() {
            ensure!(start.elapsed() < PATIENCE, "{last} is never committed");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(start.elapsed())
    }

    /// Stops the second organisation's peer; what it has endorsed is good.
    pub fn stop_the_other(&mut self) -> Result<()> {
        let network = self.network.as_mut().context("the network runs")?;
        let halted = self.others.block_on(network.halt(1));
        halted.context("a second peer").map(drop)
    }

    /// Seconds that the gateway's peer has spent on blocks so far, by its own metrics.
    pub fn block_seconds(&self) -> Result<f64> {
        let member = self.network()?.members.first().context("a member")?;
        let metrics = member.running.peer().operations().metrics().text()?;
        let sum = metrics
            .lines()
            .filter_map(|line| line.strip_prefix("ledger_block_processing_time_sum{"))
            .find_map(|line| line.rsplit_once(' ')?.1.parse().ok());
        sum.context("no metric of block processing")
    }

    fn install(&self) -> Result<String> {
        let component = selvedge_testkit::component(&bench_contract::CHAINCODE).to_vec();
        let package = PackageSource::wasm("bench_1", component, BTreeMap::new()).write()?;
        let args = InstallChaincodeArgs {
            chaincode_install_package: package.into(),
        };
        let call = lifecycle_call("", "InstallChaincode", &args);
        let mut package_id = String::new();
        for (place, member) in self.network()?.members.iter().enumerate() {
            let endpoint = self.endpoint(place)?;
            let proposal = Proposal::new(&call, &member.admin, &Fresh::from_system()?)?;
            let (_, response) = self.clients.block_on(async {
                let peer = connect(&endpoint).await?;
                anyhow::Ok(process(&peer, &endpoint.address, &proposal.signed).await?)
            })?;
            ensure!(response.status == 200, "{}", response.message);
            package_id = decode::<InstallChaincodeResult>(&response.payload)?.package_id;
        }
        Ok(package_id)
    }

    fn deploy(&self) -> Result<()> {
        let package_id = self.install()?;
        let source = ChaincodeSource {
            r#type: Some(SourceType::LocalPackage(Local { package_id })),
        };
        let approval = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: CHAINCODE.to_owned(),
            version: "1".to_owned(),
            source: Some(source),
            ..Default::default()
        };
        let approve = lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approval);
        for (place, member) in self.network()?.members.iter().enumerate() {
            let admin = self.application(place, Arc::clone(&member.admin))?;
            self.wait(admin.transact(&approve, &[&member.msp_id]))?;
        }
        let definition = CommitChaincodeDefinitionArgs {
            sequence: 1,
            name: CHAINCODE.to_owned(),
            version: "1".to_owned(),
            ..Default::default()
        };
        let commit = lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &definition);
        let first = self.network()?.members.first().context("a member")?;
        let admin = self.application(0, Arc::clone(&first.admin))?;
        self.until_done(|| self.wait(admin.transact(&commit, &[])))?;
        let user = self.application(0, Arc::clone(&first.client))?;
        let fill = call(&["fill", "1000"]);
        self.until_done(|| self.wait(user.transact(&fill, &[])))
    }

    /// The peers have to learn of each other, and of what the other has installed.
    fn until_done(&self, mut attempt: impl FnMut() -> Result<()>) -> Result<()> {
        let start = Instant::now();
        loop {
            match attempt() {
                Ok(()) => return Ok(()),
                Err(error) if start.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }
}

/// A call of the benchmarks' contract.
pub fn call(args: &[&str]) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        ..crate::network::call(CHAINCODE, args)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut network) = self.network.take() {
            if let Some(halted) = self.own.block_on(network.halt(0)) {
                drop(halted);
            }
            self.others.block_on(network.stop());
        }
    }
}

/// What somebody signs, and the signature.
fn signed(message: &impl prost::Message, signer: &SigningIdentity) -> (Bytes, Bytes) {
    let bytes = Bytes::from(message.encode_to_vec());
    let signature = signer.sign(&bytes).into();
    (bytes, signature)
}
