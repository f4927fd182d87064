use super::{CHAINCODE, CHANNEL, PATIENCE, signed};
use anyhow::{Context, Result, ensure};
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{Call, Fresh, Proposal, process};
use selvedge_protos::common::Envelope;
use selvedge_protos::gateway::gateway_client::GatewayClient;
use selvedge_protos::gateway::{
    ChaincodeEventsRequest, ChaincodeEventsResponse, CommitStatusRequest, EndorseRequest,
    EvaluateRequest, SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest,
};
use std::sync::Arc;
use tonic::transport::Channel;
use tonic::{Request, Streaming};

/// A client of a gateway.
#[derive(Clone)]
pub struct Application {
    gateway: GatewayClient<Channel>,
    peer: Channel,
    address: String,
    signer: Arc<SigningIdentity>,
}

/// A transaction that only has to be ordered.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub tx_id: String,
    pub envelope: Envelope,
}

impl Application {
    pub(super) fn new(peer: Channel, address: String, signer: Arc<SigningIdentity>) -> Self {
        Self {
            gateway: GatewayClient::new(peer.clone()),
            peer,
            address,
            signer,
        }
    }

    /// The same over another connection.
    pub(super) fn over(&self, peer: Channel) -> Self {
        Self::new(peer, self.address.clone(), Arc::clone(&self.signer))
    }

    fn propose(&self, call: &Call) -> Result<Proposal> {
        Ok(Proposal::new(call, &self.signer, &Fresh::from_system()?)?)
    }

    /// Endorsed by whom the gateway finds, or by these organisations, and signed.
    pub async fn endorse(&self, call: &Call, organisations: &[&str]) -> Result<Prepared> {
        let proposal = self.propose(call)?;
        let request = EndorseRequest {
            transaction_id: proposal.tx_id.clone(),
            channel_id: CHANNEL.to_owned(),
            proposed_transaction: Some(proposal.signed),
            endorsing_organizations: organisations.iter().map(|&one| one.to_owned()).collect(),
        };
        let answer = self.gateway.clone().endorse(request).await?.into_inner();
        let mut envelope = answer.prepared_transaction.context("no transaction")?;
        envelope.signature = self.signer.sign(&envelope.payload).into();
        Ok(Prepared {
            tx_id: proposal.tx_id,
            envelope,
        })
    }

    /// Endorsed, ordered and committed, as an application on Fabric's gateway libraries does it.
    pub async fn transact(&self, call: &Call, organisations: &[&str]) -> Result<()> {
        let Prepared { tx_id, envelope } = self.endorse(call, organisations).await?;
        let submit = SubmitRequest {
            transaction_id: tx_id.clone(),
            channel_id: CHANNEL.to_owned(),
            prepared_transaction: Some(envelope),
        };
        self.gateway.clone().submit(submit).await?;
        let asked = CommitStatusRequest {
            transaction_id: tx_id,
            channel_id: CHANNEL.to_owned(),
            identity: self.signer.serialized().clone(),
        };
        let (request, signature) = signed(&asked, &self.signer);
        let mut request = Request::new(SignedCommitStatusRequest { request, signature });
        request.set_timeout(PATIENCE);
        let status = self
            .gateway
            .clone()
            .commit_status(request)
            .await?
            .into_inner();
        ensure!(status.result == 0, "invalid: {}", status.result);
        Ok(())
    }

    pub async fn evaluate(&self, call: &Call) -> Result<()> {
        let proposal = self.propose(call)?;
        let request = EvaluateRequest {
            transaction_id: proposal.tx_id,
            channel_id: CHANNEL.to_owned(),
            proposed_transaction: Some(proposal.signed),
            target_organizations: Vec::new(),
        };
        self.gateway.clone().evaluate(request).await?;
        Ok(())
    }

    /// The same proposal, past the gateway.
    pub async fn ask_the_endorser(&self, call: &Call) -> Result<()> {
        let proposal = self.propose(call)?;
        let (_, response) = process(&self.peer, &self.address, &proposal.signed).await?;
        ensure!(response.status == 200, "{}", response.message);
        Ok(())
    }

    /// Events of the benchmarks' contract from the next block on.
    pub(super) async fn events(&self) -> Result<Streaming<ChaincodeEventsResponse>> {
        let asked = ChaincodeEventsRequest {
            channel_id: CHANNEL.to_owned(),
            chaincode_id: CHAINCODE.to_owned(),
            identity: self.signer.serialized().clone(),
            ..ChaincodeEventsRequest::default()
        };
        let (request, signature) = signed(&asked, &self.signer);
        let request = SignedChaincodeEventsRequest { request, signature };
        let events = self.gateway.clone().chaincode_events(request).await?;
        Ok(events.into_inner())
    }
}
