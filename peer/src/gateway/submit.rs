use super::candidates::shuffle;
use super::error::TIMED_OUT;
use super::evaluate::no_config;
use super::orderers::Orderer;
use super::server::Gateway;
use super::{Deadline, GatewayError, until};
use selvedge_protos::common::{Envelope, Status};
use selvedge_protos::gateway::{ErrorDetail, SubmitRequest, SubmitResponse};
use selvedge_protos::orderer::BroadcastResponse;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tonic::Code;

/// An orderer that another one has told of the transaction already.
const ALREADY: &str = "failed to submit request: request already exists";

impl Gateway {
    /// Sends a signed transaction to the ordering service. That it was taken does not say that it will be valid.
    ///
    /// Fabric: internal/pkg/gateway/submit.go.
    pub(crate) async fn submit(
        &self,
        request: SubmitRequest,
        deadline: Deadline,
    ) -> Result<SubmitResponse, GatewayError> {
        let envelope = request
            .prepared_transaction
            .ok_or_else(|| GatewayError::invalid("a prepared transaction is required"))?;
        if envelope.signature.is_empty() {
            return Err(GatewayError::invalid("prepared transaction must be signed"));
        }
        let channel = self.peer().channel(&request.channel_id);
        let channel = channel.ok_or_else(|| {
            GatewayError::new(Code::FailedPrecondition, no_config(&request.channel_id))
        })?;
        let config = channel.config();
        let (orderers, count) = self.orderers().of(&config);
        if orderers.is_empty() {
            let message = "no orderer nodes available";
            return Err(GatewayError::new(Code::Unavailable, message));
        }
        let is_bft = config
            .orderer()
            .is_some_and(|orderer| orderer.consensus_type == "BFT");
        let timeout = self.options().broadcast_timeout;
        let sent = async {
            match is_bft {
                true => to_all(orderers, envelope, count, timeout).await,
                false => to_one(orderers, envelope, timeout).await,
            }
        };
        until(deadline, sent).await.unwrap_or_else(|| {
            let message = "submit timeout expired while broadcasting to ordering service";
            Err(GatewayError::new(Code::DeadlineExceeded, message))
        })
    }
}

async fn send(
    orderer: &Orderer,
    envelope: Envelope,
    timeout: Duration,
) -> Result<BroadcastResponse, String> {
    let answer = tokio::time::timeout(timeout, orderer.broadcast(envelope)).await;
    answer.unwrap_or_else(|_| Err(TIMED_OUT.to_owned()))
}

fn unsuccessful(answer: &BroadcastResponse) -> String {
    let status = Status::try_from(answer.status);
    let status = status
        .map(|status| status.as_str_name())
        .unwrap_or_default();
    let info = &answer.info;
    format!("received unsuccessful response from orderer: status={status}, info={info}")
}

/// One node after the other, until one takes the transaction or says that it is the client's fault.
pub(super) async fn to_one(
    mut orderers: Vec<Arc<Orderer>>,
    envelope: Envelope,
    timeout: Duration,
) -> Result<SubmitResponse, GatewayError> {
    shuffle(&mut orderers);
    let mut details = Vec::new();
    for orderer in orderers {
        match send(&orderer, envelope.clone(), timeout).await {
            Ok(answer) if answer.status == Status::Success as i32 => return Ok(SubmitResponse {}),
            Ok(answer) if (400..500).contains(&answer.status) => {
                return Err(GatewayError::new(Code::Aborted, unsuccessful(&answer)));
            }
            Ok(answer) => tracing::warn!(
                status = answer.status,
                info = answer.info,
                "Unsuccessful response sending transaction to orderer"
            ),
            Err(error) => {
                tracing::warn!(error, "Error sending transaction to orderer");
                details.push(orderer.detail(error));
            }
        }
    }
    Err(GatewayError::with(
        Code::Unavailable,
        "no orderers could successfully process transaction",
        details,
    ))
}

/// All nodes at once, until enough have taken the transaction that it cannot be lost. The others go on without us.
pub(super) async fn to_all(
    orderers: Vec<Arc<Orderer>>,
    envelope: Envelope,
    count: usize,
    timeout: Duration,
) -> Result<SubmitResponse, GatewayError> {
    let total = orderers.len();
    let (sender, mut answers) = mpsc::channel(total);
    for orderer in orderers {
        let (sender, envelope) = (sender.clone(), envelope.clone());
        tokio::spawn(async move {
            let failed = judge(&orderer, send(&orderer, envelope, timeout).await);
            // Nobody waits any more when enough others were quicker.
            let _ = sender.send(failed).await;
        });
    }
    drop(sender);
    let quorum = quorum(count);
    let (mut successes, mut details) = (0, Vec::new());
    while let Some(failed) = answers.recv().await {
        match failed {
            None => successes += 1,
            Some(detail) => details.push(detail),
        }
        if successes >= quorum {
            return Ok(SubmitResponse {});
        }
        if details.len() > total.saturating_sub(quorum) {
            break;
        }
    }
    Err(GatewayError::with(
        Code::Unavailable,
        "insufficient number of orderers could successfully process transaction to satisfy quorum requirement",
        details,
    ))
}

fn judge(orderer: &Orderer, answer: Result<BroadcastResponse, String>) -> Option<ErrorDetail> {
    let error = match answer {
        Ok(answer) if answer.status == Status::Success as i32 => return None,
        Ok(answer)
            if answer.status == Status::ServiceUnavailable as i32 && answer.info == ALREADY =>
        {
            return None;
        }
        Ok(answer) => unsuccessful(&answer),
        Err(error) => error,
    };
    tracing::warn!(error, "Error sending transaction to orderer");
    Some(orderer.detail(error))
}

/// How many of `count` nodes must have a transaction, of which a third less one may be faulty.
pub(super) fn quorum(count: usize) -> usize {
    let faulty = count.saturating_sub(1) / 3;
    (count + faulty + 1).div_ceil(2)
}
