use super::live::CHANNEL;
use super::{Live, Load};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_protos::gateway::gateway_client::GatewayClient;
use selvedge_protos::gateway::{
    CommitStatusRequest, EndorseRequest, EvaluateRequest, SignedCommitStatusRequest, SubmitRequest,
};
use selvedge_protos::protos::{Response, TxValidationCode};
use std::sync::Arc;
use tonic::transport::Channel;

use crate::client::{Call, Fresh, Proposal};

/// An application on the first peer's gateway, as Fabric's client libraries are one. Cheap to clone.
#[derive(Clone)]
pub(super) struct Application {
    gateway: GatewayClient<Channel>,
    signer: Arc<SigningIdentity>,
}

/// The largest message Fabric's programs accept by default.
const MAX_MESSAGE: usize = 100 << 20;

impl Application {
    /// As many applications as `load` has connections.
    pub(super) fn on(live: &Live, load: &Load) -> Result<Vec<Self>> {
        let signer = Arc::clone(&live.member()?.client);
        let connections = load.connections().iter();
        Ok(connections
            .map(|connection| Self {
                gateway: GatewayClient::new(connection.clone())
                    .max_decoding_message_size(MAX_MESSAGE)
                    .max_encoding_message_size(MAX_MESSAGE),
                signer: Arc::clone(&signer),
            })
            .collect())
    }

    /// What the chaincode answers on one peer.
    pub(super) async fn evaluate(&mut self, call: &Call) -> Result<Response> {
        let proposal = Proposal::new(call, &self.signer, &Fresh::from_system()?)?;
        let request = EvaluateRequest {
            transaction_id: proposal.tx_id,
            channel_id: CHANNEL.to_owned(),
            proposed_transaction: Some(proposal.signed),
            target_organizations: Vec::new(),
        };
        let answer = self.gateway.evaluate(request).await?.into_inner();
        answer.result.context("an answer without a result")
    }

    /// Endorsed by enough peers, ordered, and committed as valid.
    pub(super) async fn submit(&mut self, call: &Call) -> Result<()> {
        let proposal = Proposal::new(call, &self.signer, &Fresh::from_system()?)?;
        let request = EndorseRequest {
            transaction_id: proposal.tx_id.clone(),
            channel_id: CHANNEL.to_owned(),
            proposed_transaction: Some(proposal.signed),
            endorsing_organizations: Vec::new(),
        };
        let endorsed = self.gateway.endorse(request).await?.into_inner();
        let mut envelope = endorsed
            .prepared_transaction
            .context("an answer without a transaction")?;
        envelope.signature = Bytes::from(self.signer.sign(&envelope.payload));
        let request = SubmitRequest {
            transaction_id: proposal.tx_id.clone(),
            channel_id: CHANNEL.to_owned(),
            prepared_transaction: Some(envelope),
        };
        self.gateway.submit(request).await?;
        self.wait_for(proposal.tx_id).await
    }

    async fn wait_for(&mut self, tx_id: String) -> Result<()> {
        let request = CommitStatusRequest {
            transaction_id: tx_id,
            channel_id: CHANNEL.to_owned(),
            identity: self.signer.serialized().clone(),
        };
        let request = Bytes::from(request.encode_to_vec());
        let signature = Bytes::from(self.signer.sign(&request));
        let request = SignedCommitStatusRequest { request, signature };
        let status = self.gateway.commit_status(request).await?.into_inner();
        ensure!(
            status.result == i32::from(TxValidationCode::Valid),
            "the transaction was invalidated with status ({})",
            status.result().as_str_name()
        );
        Ok(())
    }
}
