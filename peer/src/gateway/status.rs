use super::server::Gateway;
use super::{Deadline, GatewayError, until};
use crate::endorser::acl;
use crate::wire::why;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_protos::gateway::{
    CommitStatusRequest, CommitStatusResponse, SignedCommitStatusRequest,
};
use tonic::Code;

impl Gateway {
    /// Waits until a transaction is committed, valid or not.
    ///
    /// Fabric: internal/pkg/gateway/commitstatus.go.
    pub(crate) async fn commit_status(
        &self,
        signed: SignedCommitStatusRequest,
        deadline: Deadline,
    ) -> Result<CommitStatusResponse, GatewayError> {
        let refused = |why: String| Err(GatewayError::invalid(why));
        if signed.request.is_empty() {
            return refused("a commit status request is required".to_owned());
        }
        let request = match CommitStatusRequest::decode(signed.request.clone()) {
            Ok(request) => request,
            Err(error) => return refused(format!("invalid status request: {}", why(&error))),
        };
        if request.identity.is_empty() {
            return refused("no identity provided".to_owned());
        }
        if request.channel_id.is_empty() {
            return refused("no channel ID provided".to_owned());
        }
        if request.transaction_id.is_empty() {
            return refused("transaction ID should not be empty".to_owned());
        }
        let requester = SignedData {
            data: signed.request,
            identity: request.identity,
            signature: signed.signature,
        };
        let (resource, channel) = ("gateway/CommitStatus", &request.channel_id);
        acl::check(self.peer(), resource, channel, &requester)
            .map_err(|error| GatewayError::new(Code::PermissionDenied, error.to_string()))?;
        self.outcome(channel, &request.transaction_id, deadline)
            .await
    }

    async fn outcome(
        &self,
        channel: &str,
        tx_id: &str,
        deadline: Deadline,
    ) -> Result<CommitStatusResponse, GatewayError> {
        let aborted = |why: String| GatewayError::new(Code::Aborted, why);
        let channel = self.peer().channel(channel);
        let channel = channel.ok_or_else(|| aborted("Channel not found".to_owned()))?;
        // Before the ledger is asked: what commits in between is seen by one of the two.
        let mut wait = self.hub(&channel).wait(tx_id);
        let committed = channel.ledger().tx_status(tx_id);
        // What only its ID is known of, from a snapshot, counts as not committed, as in Fabric.
        if let Ok(Some(status)) = committed {
            return Ok(answer(status.code, status.block));
        }
        drop(channel);
        let outcome = async {
            tokio::select! {
                outcome = wait.outcome() => outcome,
                // Whoever followed the channel may have ended before this request came.
                () = self.closing().closed() => None,
            }
        };
        match until(deadline, outcome).await {
            None => Err(GatewayError::new(
                Code::DeadlineExceeded,
                "context deadline exceeded",
            )),
            Some(None) => Err(GatewayError::stopping()),
            Some(Some(outcome)) => Ok(answer(outcome.code, outcome.block)),
        }
    }
}

fn answer(code: u8, block_number: u64) -> CommitStatusResponse {
    CommitStatusResponse {
        result: i32::from(code),
        block_number,
    }
}
