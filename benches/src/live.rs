//! A network of one organisation as `selvedge node` runs it: gRPC over TLS, an orderer, and chaincode outside the peer.

use crate::serving::Load;
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{BatchParameters, SigningIdentity};
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::{
    Broadcaster, Call, Endpoint, Fresh, Proposal, Tls, assemble, connect, decode, lifecycle_call,
    process,
};
use selvedge_peer::node::{Clock, MakeBuilder, Member, Network, NetworkPlan};
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    InstallChaincodeArgs, InstallChaincodeResult,
};
use selvedge_protos::protos::{ProposalResponse, Response};
use selvedge_runtime::Builder;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

const CHANNEL: &str = "live";

/// Stops when it is dropped.
pub struct Live {
    runtime: Runtime,
    network: Option<Network>,
    endpoint: Endpoint,
    peer: Channel,
    orderer: Channel,
    directory: TempDir,
}

impl Live {
    /// Starts it with what runs chaincode inside the peer and outside of it. `make` is told the directory of the network
    /// and that it runs on Tokio.
    pub fn start(
        make: impl FnOnce(&std::path::Path) -> Result<(Vec<Arc<dyn Builder>>, Vec<MakeBuilder>)>,
    ) -> Result<Self> {
        let runtime = Runtime::new()?;
        let directory = TempDir::with_prefix("selvedge-benches-")?;
        let (builders, chaincode_builders) = {
            let _entered = runtime.enter();
            make(directory.path())?
        };
        let plan = NetworkPlan {
            channel: CHANNEL.to_owned(),
            organisations: 1,
            batch: BatchParameters {
                max_message_count: 100,
                absolute_max_bytes: 10 << 20,
                preferred_max_bytes: 2 << 20,
                timeout: Duration::from_millis(5),
            },
            builders,
            chaincode_tls: true,
            chaincode_builders,
            state_database: StateDatabase::default(),
            clock: Clock::system(),
            dir: directory.path().to_owned(),
        };
        let network = runtime.block_on(Network::start(plan))?;
        let member = network.members.first().context("a network has a member")?;
        let endpoint = over_tls(&member.names.address, &member.tls_ca);
        let ordering = over_tls(
            &network.orderer.address().to_string(),
            &network.orderer_tls_ca,
        );
        let peer = runtime.block_on(connect(&endpoint))?;
        let orderer = runtime.block_on(connect(&ordering))?;
        Ok(Self {
            network: Some(network),
            runtime,
            endpoint,
            peer,
            orderer,
            directory,
        })
    }

    /// Where its files are.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    fn member(&self) -> Result<&Member> {
        let network = self.network.as_ref().context("the network runs")?;
        network.members.first().context("a network has a member")
    }

    fn ask(&self, call: &Call, signer: &SigningIdentity) -> Result<(Proposal, ProposalResponse)> {
        let proposal = Proposal::new(call, signer, &Fresh::from_system()?)?;
        let answer = process(&self.peer, &self.endpoint.address, &proposal.signed);
        let (answer, response) = self.runtime.block_on(answer)?;
        ensure!(response.status == 200, "{}", response.message);
        Ok((proposal, answer))
    }

    /// Endorsed by the peer, ordered, and committed.
    fn submit(&self, call: &Call, signer: &SigningIdentity) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let (proposal, answer) = self.ask(call, signer)?;
        let envelope = assemble(&proposal, &[answer], signer)?;
        self.runtime.block_on(async {
            let mut broadcaster = Broadcaster::open(&self.orderer, "the orderer");
            broadcaster.send(envelope).await
        })?;
        let channel = self.member()?.running.peer().channel(CHANNEL);
        let channel = channel.context("the peer is on the channel")?;
        let start = Instant::now();
        loop {
            if let Some(status) = channel.ledger().tx_status(&proposal.tx_id)? {
                ensure!(status.code == 0, "{} is invalid", proposal.tx_id);
                return Ok(());
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "{} is never committed",
                proposal.tx_id
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Installs a package and commits a definition for it. Serialized.
    pub fn deploy(&self, name: &str, package: &[u8]) -> Result<()> {
        let admin = &self.member()?.admin;
        let args = InstallChaincodeArgs {
            chaincode_install_package: Bytes::copy_from_slice(package),
        };
        let (_, answer) = self.ask(&lifecycle_call("", "InstallChaincode", &args), admin)?;
        let response = answer.response.context("an answer without a response")?;
        let package_id = decode::<InstallChaincodeResult>(&response.payload)?.package_id;
        let local = SourceType::LocalPackage(Local { package_id });
        let approval = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: name.to_owned(),
            version: "1".to_owned(),
            source: Some(ChaincodeSource {
                r#type: Some(local),
            }),
            ..Default::default()
        };
        let approve = lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approval);
        self.submit(&approve, admin)?;
        let definition = CommitChaincodeDefinitionArgs {
            sequence: 1,
            name: name.to_owned(),
            version: "1".to_owned(),
            ..Default::default()
        };
        let commit = lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &definition);
        self.submit(&commit, admin)
    }

    /// A call for the network's client.
    pub fn call(chaincode: &str, args: &[&str]) -> Call {
        Call {
            channel: CHANNEL.to_owned(),
            ..crate::network::call(chaincode, args)
        }
    }

    /// Endorses once and requires success.
    pub fn invoke(&self, chaincode: &str, args: &[&str]) -> Result<Response> {
        let (_, answer) = self.ask(&Self::call(chaincode, args), &self.member()?.client)?;
        answer.response.context("an answer without a response")
    }

    /// Endorses, orders and commits.
    pub fn transact(&self, chaincode: &str, args: &[&str]) -> Result<()> {
        self.submit(&Self::call(chaincode, args), &self.member()?.client)
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

    /// Clients with a connection each.
    pub fn clients(&self, count: usize) -> Result<Load> {
        Load::new(&self.endpoint, count)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(network) = self.network.take() {
            self.runtime.block_on(network.stop());
        }
    }
}

fn over_tls(address: &str, root: &str) -> Endpoint {
    Endpoint {
        address: address.to_owned(),
        tls: Some(Tls {
            roots: root.as_bytes().to_vec(),
            ..Tls::default()
        }),
        timeout: Duration::from_secs(120),
    }
}
