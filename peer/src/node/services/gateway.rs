use crate::gateway::{ChaincodeEvents, Deadline, Gateway};
use crate::node::Limit;
use selvedge_protos::gateway::{
    CommitStatusResponse, EndorseRequest, EndorseResponse, EvaluateRequest, EvaluateResponse,
    SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest, SubmitResponse,
    gateway_server::{self, Gateway as _, GatewayServer},
};
use selvedge_wire::{Answer, Answers, Sizes, grpc_timeout, is_plain};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Request, Response, Status};

/// `gateway.Gateway`.
#[derive(Clone)]
pub(in crate::node) struct GatewayService {
    gateway: Arc<Gateway>,
    limit: Limit,
}

impl GatewayService {
    pub(in crate::node) fn new(gateway: Gateway, limit: usize) -> Self {
        Self {
            gateway: Arc::new(gateway),
            limit: Limit::new("/gateway.Gateway", limit),
        }
    }
}

/// The service as it is served: calls of one message and one answer go past tonic's streams.
pub(in crate::node) struct Served {
    service: GatewayService,
    generated: GatewayServer<GatewayService>,
    sizes: Sizes,
}

impl GatewayService {
    pub(in crate::node) fn served(self, sizes: Sizes) -> Served {
        let generated = GatewayServer::new(self.clone())
            .max_decoding_message_size(sizes.receive)
            .max_encoding_message_size(sizes.send);
        Served {
            service: self,
            generated,
            sizes,
        }
    }
}

impl NamedService for Served {
    const NAME: &'static str = <GatewayServer<GatewayService> as NamedService>::NAME;
}

impl Answers for Served {
    fn answer(&self, request: http::Request<Body>) -> Answer {
        let (service, sizes) = (self.service.clone(), self.sizes);
        match request.uri().path() {
            _ if !is_plain(&request) => self.generated.answer(request),
            "/gateway.Gateway/Evaluate" => Box::pin(async move {
                let work = |asked| async move { service.evaluate(asked).await };
                Ok(sizes.unary(request, work).await)
            }),
            "/gateway.Gateway/Endorse" => Box::pin(async move {
                let work = |asked| async move { service.endorse(asked).await };
                Ok(sizes.unary(request, work).await)
            }),
            "/gateway.Gateway/Submit" => Box::pin(async move {
                let work = |asked| async move { service.submit(asked).await };
                Ok(sizes.unary(request, work).await)
            }),
            "/gateway.Gateway/CommitStatus" => Box::pin(async move {
                let work = |asked| async move { service.commit_status(asked).await };
                Ok(sizes.unary(request, work).await)
            }),
            _ => self.generated.answer(request),
        }
    }
}

#[tonic::async_trait]
impl gateway_server::Gateway for GatewayService {
    async fn endorse(
        &self,
        request: Request<EndorseRequest>,
    ) -> Result<Response<EndorseResponse>, Status> {
        let _held = self.limit.acquire()?;
        let deadline = deadline(&request);
        let endorsed = self.gateway.endorse(request.into_inner(), deadline);
        Ok(Response::new(Box::pin(endorsed).await?))
    }

    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let _held = self.limit.acquire()?;
        let deadline = deadline(&request);
        let submitted = self.gateway.submit(request.into_inner(), deadline);
        Ok(Response::new(Box::pin(submitted).await?))
    }

    async fn commit_status(
        &self,
        request: Request<SignedCommitStatusRequest>,
    ) -> Result<Response<CommitStatusResponse>, Status> {
        let _held = self.limit.acquire()?;
        let deadline = deadline(&request);
        let status = self.gateway.commit_status(request.into_inner(), deadline);
        Ok(Response::new(status.await?))
    }

    async fn evaluate(
        &self,
        request: Request<EvaluateRequest>,
    ) -> Result<Response<EvaluateResponse>, Status> {
        let _held = self.limit.acquire()?;
        let deadline = deadline(&request);
        let evaluated = self.gateway.evaluate(request.into_inner(), deadline);
        Ok(Response::new(Box::pin(evaluated).await?))
    }

    type ChaincodeEventsStream = ChaincodeEvents;

    async fn chaincode_events(
        &self,
        request: Request<SignedChaincodeEventsRequest>,
    ) -> Result<Response<Self::ChaincodeEventsStream>, Status> {
        let held = self.limit.acquire()?;
        let events = self.gateway.chaincode_events(request.into_inner(), held)?;
        Ok(Response::new(events))
    }
}

/// A moment before the client's deadline, so that it is told in Fabric's words what took so long: the server, which keeps the
/// deadline as well, says less.
fn deadline<T>(request: &Request<T>) -> Deadline {
    let timeout = grpc_timeout(request.metadata().as_ref())?;
    let moment = (timeout / 10).min(Duration::from_millis(20));
    Instant::now().checked_add(timeout - moment)
}
