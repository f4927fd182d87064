use crate::endorser::Endorser;
use crate::node::{Closing, Limit};
use prost::Message as _;
use selvedge_protos::protos::{ProposalResponse, SignedProposal, endorser_server};
use std::sync::Arc;
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

#[tonic::async_trait]
impl endorser_server::Endorser for EndorserService {
    async fn process_proposal(
        &self,
        request: Request<SignedProposal>,
    ) -> Result<Response<ProposalResponse>, Status> {
        let held = self.limit.acquire()?;
        let (endorser, closing) = (Arc::clone(&self.endorser), self.closing.clone());
        let signed = request.into_inner().encode_to_vec().into();
        let endorsed = tokio::task::spawn_blocking(move || {
            let _held = held;
            let endorsed = endorser.process_proposal(signed);
            // In this order: a client that went away leaves this running.
            drop(endorser);
            drop(closing);
            endorsed
        });
        match endorsed.await {
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
