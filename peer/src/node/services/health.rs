use crate::node::Closing;
use selvedge_protos::grpc::health::v1::health_check_response::ServingStatus;
use selvedge_protos::grpc::health::v1::{HealthCheckRequest, HealthCheckResponse, health_server};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// `grpc.health.v1.Health` of a listener that serves as long as it listens. It speaks of the listener, which has no name,
/// and of no single service.
///
/// Fabric: internal/pkg/comm/server.go, `HealthCheckEnabled`; the words are those of google.golang.org/grpc/health.
#[derive(Clone, Debug)]
pub(in crate::node) struct HealthService {
    closing: Closing,
}

impl HealthService {
    pub(in crate::node) fn new(closing: Closing) -> Self {
        Self { closing }
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

#[tonic::async_trait]
impl health_server::Health for HealthService {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match request.into_inner().service.is_empty() {
            true => Ok(Response::new(answer(ServingStatus::Serving))),
            false => Err(Status::not_found("unknown service")),
        }
    }

    type WatchStream = ReceiverStream<Result<HealthCheckResponse, Status>>;

    /// Nothing changes until the listener is closed, and with it the stream.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let status = match request.into_inner().service.is_empty() {
            true => ServingStatus::Serving,
            false => ServingStatus::ServiceUnknown,
        };
        let (sender, receiver) = mpsc::channel(1);
        let closing = self.closing.clone();
        tokio::spawn(async move {
            let _ = sender.send(Ok(answer(status))).await;
            tokio::select! {
                () = sender.closed() => {}
                () = closing.closed() => {}
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
