//! A network and its clients, for tests.

use super::super::{Clock, Network, NetworkPlan};
use crate::client::{
    Broadcaster, Call, CommitWait, Endpoint, Fresh, Proposal, assemble, connect, process,
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{BatchParameters, SigningIdentity};
use selvedge_protos::lifecycle::ApproveChaincodeDefinitionForMyOrgArgs;
use selvedge_protos::protos::TxValidationCode as Code;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

pub(super) const CHANNEL: &str = "test";
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn batch(count: u32) -> BatchParameters {
    BatchParameters {
        max_message_count: count,
        absolute_max_bytes: 10 << 20,
        preferred_max_bytes: 2 << 20,
        timeout: Duration::from_millis(20),
    }
}

pub(super) async fn network(dir: &Path, organisations: usize, batch: BatchParameters) -> Network {
    network_at(dir, organisations, batch, Clock::system()).await
}

async fn network_at(
    dir: &Path,
    organisations: usize,
    batch: BatchParameters,
    clock: Clock,
) -> Network {
    Network::start(NetworkPlan {
        channel: CHANNEL.to_owned(),
        organisations,
        batch,
        builders: Vec::new(),
        chaincode_tls: false,
        chaincode_builders: Vec::new(),
        state_database: selvedge_ledger::StateDatabase::default(),
        clock,
        dir: dir.to_owned(),
    })
    .await
    .unwrap()
}

/// A network of one organisation whose clock can be put forward.
pub(super) struct Ahead {
    pub(super) network: Network,
    seconds: Arc<AtomicU64>,
}

impl Ahead {
    pub(super) async fn start(dir: &Path) -> Self {
        let seconds = Arc::new(AtomicU64::new(0));
        let clock = {
            let seconds = Arc::clone(&seconds);
            let ahead = move || Duration::from_secs(seconds.load(Ordering::SeqCst));
            Clock::from_fn(move || SystemTime::now() + ahead())
        };
        Self {
            network: network_at(dir, 1, batch(10), clock).await,
            seconds,
        }
    }

    /// Certificates hold for ten years.
    pub(super) fn by_eleven_years(&self) {
        self.seconds.store(11 * 365 * 24 * 3600, Ordering::SeqCst);
    }

    /// What makes a message of this moment.
    pub(super) fn fresh(&self) -> Fresh {
        let mut fresh = Fresh::from_system().unwrap();
        fresh.now.seconds += self.seconds.load(Ordering::SeqCst).cast_signed();
        fresh
    }
}

pub(super) async fn dial(address: &str, root: &str) -> tonic::transport::Channel {
    connect(&Endpoint::over_tls(address, root, PATIENCE))
        .await
        .unwrap()
}

/// An approval of a definition: a transaction that needs no chaincode.
pub(super) fn approval(name: &str) -> Call {
    let args = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: 1,
        name: name.to_owned(),
        version: "1".to_owned(),
        ..Default::default()
    };
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: "_lifecycle".to_owned(),
        args: vec![
            Bytes::from_static(b"ApproveChaincodeDefinitionForMyOrg"),
            args.encode_to_vec().into(),
        ],
        ..Call::default()
    }
}

/// A client of one member.
pub(super) struct Client<'a> {
    pub(super) peer: tonic::transport::Channel,
    pub(super) orderer: tonic::transport::Channel,
    pub(super) signer: &'a SigningIdentity,
    address: String,
}

impl<'a> Client<'a> {
    pub(super) async fn new(network: &'a Network, member: usize) -> Self {
        let orderer = network.orderer.address().to_string();
        let member = &network.members[member];
        Self {
            peer: dial(&member.names.address, &member.tls_ca).await,
            orderer: dial(&orderer, &network.orderer_tls_ca).await,
            signer: &member.admin,
            address: member.names.address.clone(),
        }
    }

    pub(super) async fn endorse(&self, call: &Call) -> (String, selvedge_protos::common::Envelope) {
        let proposal = Proposal::new(call, self.signer, &Fresh::from_system().unwrap()).unwrap();
        let (answer, _) = process(&self.peer, &self.address, &proposal.signed)
            .await
            .unwrap();
        let envelope = assemble(&proposal, &[answer], self.signer).unwrap();
        (proposal.tx_id, envelope)
    }

    pub(super) async fn wait(&self) -> CommitWait {
        let fresh = Fresh::from_system().unwrap();
        CommitWait::open(
            &self.peer,
            &self.address,
            CHANNEL,
            Bytes::new(),
            self.signer,
            &fresh,
        )
        .await
        .unwrap()
    }

    pub(super) async fn broadcaster(&self) -> Broadcaster {
        Broadcaster::open(&self.orderer, "orderer")
    }

    pub(super) async fn submit(&self, call: &Call) -> Code {
        let (tx_id, envelope) = self.endorse(call).await;
        let mut wait = self.wait().await;
        self.broadcaster().await.send(envelope).await.unwrap();
        wait.outcome(&tx_id, PATIENCE).await.unwrap().code
    }
}
