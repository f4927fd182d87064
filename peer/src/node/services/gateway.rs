use crate::gateway::{ChaincodeEvents, Deadline, Gateway};
use crate::node::Limit;
use selvedge_protos::gateway::{
    CommitStatusResponse, EndorseRequest, EndorseResponse, EvaluateRequest, EvaluateResponse,
    SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest, SubmitResponse,
    gateway_server,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
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

/// A moment before the client's deadline, so that it is told in Fabric's words what took so long: tonic, which keeps the
/// deadline as well, would say less.
fn deadline<T>(request: &Request<T>) -> Deadline {
    let timeout = request.metadata().get("grpc-timeout")?.to_str().ok()?;
    let timeout = parse(timeout)?;
    let moment = (timeout / 10).min(Duration::from_millis(20));
    Instant::now().checked_add(timeout - moment)
}

/// gRPC's own form: up to eight digits and a unit.
fn parse(timeout: &str) -> Option<Duration> {
    let (digits, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number.checked_mul(3600)?),
        "M" => Duration::from_secs(number.checked_mul(60)?),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(parse("5S"), Some(Duration::from_secs(5)));
        assert_eq!(parse("4999m"), Some(Duration::from_millis(4999)));
        assert_eq!(
            parse("99999999H"),
            Some(Duration::from_secs(359_999_996_400))
        );
        for wrong in ["", "S", "5", "5X", "-1S", "123456789S", "5é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
