use crate::endorser::{Endorser, Refused};
use crate::node::{Closing, Limit};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::protos::{ProposalResponse, SignedProposal, endorser_server};
use std::sync::Arc;
use tokio::task::JoinError;
use tonic::{Request, Response, Status};

/// `protos.Endorser`.
#[derive(Clone)]
pub(in crate::node) struct EndorserService {
    endorser: Arc<Endorser>,
    limit: Limit,
    /// Dropped after the endorser: see [`crate::node::Close::ended`].
    closing: Closing,
}

impl EndorserService {
    pub(in crate::node) fn new(endorser: Arc<Endorser>, limit: usize, closing: Closing) -> Self {
        Self {
            endorser,
            limit: Limit::new("/protos.Endorser", limit),
            closing,
        }
    }
}

/// Endorses on a thread that may block. `held` is dropped afterwards.
pub(crate) async fn run_endorser(
    endorser: Arc<Endorser>,
    closing: Closing,
    signed: Bytes,
    held: impl Send + 'static,
) -> Result<Result<ProposalResponse, Refused>, JoinError> {
    let endorsed = tokio::task::spawn_blocking(move || {
        let _held = held;
        let endorsed = endorser.process_proposal(signed);
        // In this order: a client that went away leaves this running.
        drop(endorser);
        drop(closing);
        endorsed
    });
    endorsed.await
}

#[tonic::async_trait]
impl endorser_server::Endorser for EndorserService {
    async fn process_proposal(
        &self,
        request: Request<SignedProposal>,
    ) -> Result<Response<ProposalResponse>, Status> {
        let held = self.limit.acquire()?;
        let (endorser, closing) = (Arc::clone(&self.endorser), self.closing.clone());
        let signed = request.into_inner().encode_to_vec().into();
        match run_endorser(endorser, closing, signed, held).await {
            Ok(Ok(response)) => Ok(Response::new(response)),
            // Go's gRPC gives plain errors the code Unknown.
            Ok(Err(refused)) => Err(Status::unknown(refused.to_string())),
            Err(error) => {
                tracing::error!(%error, "an endorsement ended badly");
                Err(Status::internal(
                    "the endorsement ended badly; see the peer's log",
                ))
            }
        }
    }
}
