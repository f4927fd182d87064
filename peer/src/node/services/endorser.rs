use crate::endorser::{Endorser, Refused};
use crate::node::{Closing, Limit};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::protos::{ProposalResponse, SignedProposal, endorser_server};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
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

/// An endorsement that came to no end; why is in the log.
#[derive(Debug, thiserror::Error)]
#[error("the endorsement ended badly; see the peer's log")]
pub(crate) struct EndedBadly;

/// Endorses on a thread that may block. `held` is dropped afterwards.
pub(crate) async fn run_endorser(
    endorser: Arc<Endorser>,
    closing: Closing,
    signed: Bytes,
    held: impl Send + 'static,
) -> Result<Result<ProposalResponse, Refused>, EndedBadly> {
    let threads = endorser.threads().cloned();
    let work = move || {
        let _held = held;
        let endorsed = endorser.process_proposal(signed);
        // In this order: a client that went away leaves this running.
        drop(endorser);
        drop(closing);
        endorsed
    };
    let Some(threads) = threads else {
        let ended = tokio::task::spawn_blocking(work).await;
        return ended.map_err(|error| {
            tracing::error!(%error, "an endorsement ended badly");
            EndedBadly
        });
    };
    let (sender, receiver) = oneshot::channel();
    // What the endorser starts or waits for belongs to this runtime.
    let runtime = Handle::current();
    let started = threads.spawn(move || {
        let _entered = runtime.enter();
        // Whoever asked may be gone.
        drop(sender.send(work()));
    });
    if let Err(error) = started {
        tracing::error!(%error, "an endorsement could not be started");
        return Err(EndedBadly);
    }
    receiver.await.map_err(|_| EndedBadly)
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
            Err(error) => Err(Status::internal(error.to_string())),
        }
    }
}
