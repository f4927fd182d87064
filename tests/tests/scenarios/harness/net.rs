use super::scratch::Scratch;
use super::{Runtime, results, script};
use bytes::Bytes;
use selvedge_identity::genesis::ChannelDescription;
use selvedge_identity::{BatchParameters, SigningIdentity};
use selvedge_ledger::StateDatabase;
use selvedge_peer::client::{Call, Endpoint, Fresh, Proposal, Tls, connect};
use selvedge_peer::node::{self, Clock, Halted, Network, NetworkError, NetworkPlan, Tune};
use selvedge_protos::protos::endorser_client::EndorserClient;
use selvedge_protos::protos::{ProposalResponse, SignedProposal};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tonic::transport::Channel;

pub(crate) const CHANNEL: &str = "scenarios";

/// How long anything may take before the test gives up; generous, for a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(super) const MAX_MESSAGE: usize = 100 << 20;

/// Servers and clients run here, whichever test started them.
pub(super) static REACTOR: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
});

/// Waits for something of an engine or a peer.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    REACTOR.block_on(future)
}

/// Does something beside the test.
pub(crate) fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    REACTOR.spawn(future)
}

pub(crate) struct Plan {
    pub(crate) runtime: Runtime,
    pub(crate) organisations: usize,
    /// Transactions in a block at most; a block that is not full waits 20 ms for more.
    pub(crate) batch: u32,
}

/// A running network. Stops when it is dropped.
pub(crate) struct Net {
    network: Option<Network>,
    peers: Vec<Channel>,
    pub(super) orderer: Channel,
    dir: Scratch,
}

impl Net {
    pub(crate) fn start(plan: &Plan) -> Self {
        Self::start_on(plan, StateDatabase::default())
    }

    pub(crate) fn start_on(plan: &Plan, state_database: StateDatabase) -> Self {
        Self::start_as(plan, state_database, |_| {})
    }

    /// The same on a channel that `change` makes another one.
    pub(crate) fn start_as(
        plan: &Plan,
        state_database: StateDatabase,
        change: impl FnOnce(&mut ChannelDescription),
    ) -> Self {
        Self::start_tuned(plan, state_database, change, Arc::new(|_| {}))
    }

    /// The same with peers that `tune` makes other ones.
    pub(crate) fn start_tuned(
        plan: &Plan,
        state_database: StateDatabase,
        change: impl FnOnce(&mut ChannelDescription),
        tune: Tune,
    ) -> Self {
        let dir = Scratch::new();
        let network = NetworkPlan {
            channel: CHANNEL.to_owned(),
            organisations: plan.organisations,
            batch: BatchParameters {
                max_message_count: plan.batch,
                absolute_max_bytes: 10 << 20,
                preferred_max_bytes: 2 << 20,
                timeout: Duration::from_millis(20),
            },
            builders: vec![Runtime::builder()],
            chaincode_tls: true,
            chaincode_builders: plan.runtime.outside(),
            state_database,
            clock: Clock::system(),
            dir: dir.path().to_owned(),
        };
        let network = REACTOR
            .block_on(Network::start_tuned(network, change, tune))
            .unwrap();
        let orderer = dial(
            &network.orderer.address().to_string(),
            &network.orderer_tls_ca,
        );
        let mut net = Self {
            peers: Vec::new(),
            orderer,
            dir,
            network: Some(network),
        };
        net.connect();
        net
    }

    /// A network with `script` deployed.
    pub(crate) fn with_script(plan: &Plan) -> Self {
        let net = Self::start(plan);
        net.deploy(
            &super::Definition::new("script"),
            &plan.runtime.script_package("script_1"),
        );
        net
    }

    fn connect(&mut self) {
        let members = self.network.as_ref().unwrap().members.iter();
        self.peers = members
            .map(|member| dial(&member.names.address, &member.tls_ca))
            .collect();
    }

    pub(super) fn network(&self) -> &Network {
        self.network.as_ref().unwrap()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn size(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn peer(&self, index: usize) -> (&Channel, &str) {
        (
            &self.peers[index],
            &self.network().members[index].names.address,
        )
    }

    /// A client's connection to a peer.
    pub(crate) fn connection(&self, peer: usize) -> Channel {
        self.peers[peer].clone()
    }

    /// What the peer of an organisation knows of the channel.
    pub(crate) fn channel(&self, peer: usize) -> Arc<node::Channel> {
        self.joined(peer).unwrap()
    }

    pub(super) fn has_joined(&self, peer: usize, channel: &str) -> bool {
        let member = &self.network().members[peer];
        member.running.peer().channel(channel).is_some()
    }

    /// `None` where the peer could not open it.
    pub(crate) fn joined(&self, peer: usize) -> Option<Arc<node::Channel>> {
        self.network().members[peer].running.peer().channel(CHANNEL)
    }

    /// The chaincode that a peer has started outside of itself.
    pub(crate) fn running(&self, peer: usize) -> Vec<String> {
        let chaincode = self.network().members[peer].running.chaincode();
        chaincode
            .map(|chaincode| chaincode.running())
            .unwrap_or_default()
    }

    pub(crate) fn admin(&self, member: usize) -> &SigningIdentity {
        &self.network().members[member].admin
    }

    pub(crate) fn user(&self, member: usize) -> &SigningIdentity {
        &self.network().members[member].client
    }

    /// A user of the first organisation whose certificate has these attributes, as Fabric's CA writes them.
    pub(crate) fn user_with(&self, attributes: &[(&str, &str)]) -> SigningIdentity {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let attributes = attributes.iter().map(owned).collect();
        self.network()
            .enroll_client(0, "attributed", &attributes)
            .unwrap()
    }

    /// The folder of one more peer of the first organisation, whose TLS authority is that of the first peer.
    pub(crate) fn write_peer(&self, host: &str) -> (PathBuf, String) {
        let root = self.dir().join("outside");
        let folder = self.network().write_peer(0, host, &root).unwrap();
        (folder, self.network().members[0].tls_ca.clone())
    }

    pub(crate) fn genesis(&self) -> Bytes {
        self.network().genesis.clone()
    }

    /// Stops a peer and starts it over the same files.
    pub(crate) fn restart(&mut self, peer: usize) {
        let network = self.network.as_mut().unwrap();
        REACTOR.block_on(network.restart(peer)).unwrap();
        self.connect();
    }

    /// Stops a peer and takes its organisation out of the network; those behind it move up.
    pub(crate) fn halt(&mut self, peer: usize) -> Halted {
        let network = self.network.as_mut().unwrap();
        let halted = REACTOR.block_on(network.halt(peer)).unwrap();
        self.connect();
        halted
    }

    /// Starts it again; the error is the peer's own.
    pub(crate) fn try_resume(&mut self, peer: usize, halted: Halted) -> Result<(), NetworkError> {
        let network = self.network.as_mut().unwrap();
        REACTOR.block_on(network.resume(peer, halted))
    }

    pub(crate) fn resume(&mut self, peer: usize, halted: Halted) {
        let network = self.network.as_mut().unwrap();
        REACTOR.block_on(network.resume(peer, halted)).unwrap();
        self.connect();
    }

    /// Starts a second peer of an organisation; it becomes the last one.
    pub(crate) fn add_peer(&mut self, organisation: usize) -> usize {
        let network = self.network.as_mut().unwrap();
        REACTOR.block_on(network.add_peer(organisation)).unwrap();
        self.connect();
        self.peers.len() - 1
    }

    /// The organisations whose peers another peer knows to be alive on the channel, its own included, sorted.
    pub(crate) fn known_to(&self, peer: usize) -> Vec<String> {
        let peer = self.network().members[peer].running.peer();
        let peers = peer.membership().unwrap().channel_peers(CHANNEL);
        let mut known: Vec<String> = peers.into_iter().map(|peer| peer.member.msp_id).collect();
        known.sort();
        known
    }

    /// How many peers of the channel, as a peer knows them, have a chaincode.
    pub(crate) fn peers_with(&self, peer: usize, chaincode: &str) -> usize {
        let peer = self.network().members[peer].running.peer();
        peer.membership().unwrap().peers_with(CHANNEL, chaincode)
    }

    /// Waits until something is so.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(
                std::time::Instant::now() < deadline,
                "waited in vain: {what}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a proposal to one peer; an error is the gRPC status.
    pub(crate) fn ask(
        &self,
        peer: usize,
        signed: &SignedProposal,
    ) -> Result<ProposalResponse, tonic::Status> {
        let mut client = self.endorser(peer);
        let answer = REACTOR.block_on(client.process_proposal(signed.clone()));
        answer.map(tonic::Response::into_inner)
    }

    fn endorser(&self, peer: usize) -> EndorserClient<Channel> {
        EndorserClient::new(self.peers[peer].clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// Calls the Endorser service of a peer with a message that is none of its own.
    pub(crate) fn ask_with<M: prost::Message + 'static>(
        &self,
        peer: usize,
        message: M,
    ) -> Result<ProposalResponse, tonic::Status> {
        let mut client = tonic::client::Grpc::new(self.peers[peer].clone());
        let path = tonic::codegen::http::uri::PathAndQuery::from_static(
            "/protos.Endorser/ProcessProposal",
        );
        REACTOR.block_on(async {
            client.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<M, ProposalResponse>::default();
            let answer = client
                .unary(tonic::Request::new(message), path, codec)
                .await;
            answer.map(tonic::Response::into_inner)
        })
    }

    /// The answer of one peer to a call of a user of the first organisation.
    pub(crate) fn query(&self, peer: usize, call: &Call) -> ProposalResponse {
        self.ask(peer, &sign(call, self.user(0)).signed).unwrap()
    }

    /// Status and message of a call that must fail on every peer with the same words but for the transaction ID, which
    /// is replaced by `TX`. Nothing is endorsed.
    pub(crate) fn refusal(&self, call: &Call) -> (i32, String) {
        let answers: Vec<_> = (0..self.size())
            .map(|peer| self.refusal_of(peer, call))
            .collect();
        assert!(
            answers.iter().all(|other| *other == answers[0]),
            "{answers:?}"
        );
        answers[0].clone()
    }

    /// The same for one peer.
    pub(crate) fn refusal_of(&self, peer: usize, call: &Call) -> (i32, String) {
        let proposal = sign(call, self.user(0));
        let answer = self.ask(peer, &proposal.signed).unwrap();
        assert!(answer.endorsement.is_none(), "{answer:?}");
        let response = answer.response.unwrap();
        assert!(response.status >= 400, "{response:?}");
        (
            response.status,
            response.message.replace(&proposal.tx_id, "TX"),
        )
    }

    /// A transaction like any other goes through, and every peer has what it wrote: nothing that came before did harm.
    pub(crate) fn next_is_right(&self) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (key, value) = (format!("next/{number}"), format!("value {number}"));
        let verdict = self.submit(&script(&json!([["put", key, value]])));
        assert!(verdict.is_valid(), "{verdict:?}");
        for peer in 0..self.size() {
            let found = self.query(peer, &script(&json!([["get", key]])));
            assert_eq!(
                results(&found.response.unwrap().payload),
                json!([hex::encode(&value)])
            );
        }
    }

    /// Stops the whole network; what was committed is on disk.
    pub(crate) fn stop(&mut self) {
        if let Some(network) = self.network.take() {
            REACTOR.block_on(network.stop());
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A fresh proposal.
pub(crate) fn sign(call: &Call, signer: &SigningIdentity) -> Proposal {
    Proposal::new(call, signer, &Fresh::from_system().unwrap()).unwrap()
}

pub(crate) fn dial(address: &str, root: &str) -> Channel {
    let endpoint = Endpoint {
        address: address.to_owned(),
        tls: Some(Tls {
            roots: root.as_bytes().to_vec(),
            ..Tls::default()
        }),
        timeout: PATIENCE,
    };
    REACTOR.block_on(connect(&endpoint)).unwrap()
}
