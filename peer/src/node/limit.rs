use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many requests or streams of one service may be open at once. More are refused, none waits.
///
/// Fabric: internal/peer/node/grpc_limiters.go.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    service: &'static str,
    permits: Option<(usize, Arc<Semaphore>)>,
}

/// One request's place; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Held {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Limit {
    /// `limit` 0: none. `service` as `/protos.Endorser`.
    pub(crate) fn new(service: &'static str, limit: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS);
        Self {
            service,
            permits: (limit > 0).then(|| (limit, Arc::new(Semaphore::new(limit)))),
        }
    }

    /// The place of a request to a service without limit.
    pub(crate) fn none() -> Held {
        Held::default()
    }

    pub(crate) fn acquire(&self) -> Result<Held, tonic::Status> {
        let Some((limit, semaphore)) = &self.permits else {
            return Ok(Held::default());
        };
        match Arc::clone(semaphore).try_acquire_owned() {
            Ok(permit) => Ok(Held {
                _permit: Some(permit),
            }),
            Err(_) => {
                let service = self.service;
                Err(tonic::Status::unknown(format!(
                    "too many requests for {service}, exceeding concurrency limit ({limit})"
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_exceeds_the_limit_in_fabrics_words() {
        let limit = Limit::new("/protos.Endorser", 1);
        let held = limit.acquire().unwrap();
        let refused = limit.acquire().unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unknown);
        assert_eq!(
            refused.message(),
            "too many requests for /protos.Endorser, exceeding concurrency limit (1)"
        );
        drop(held);
        assert!(limit.acquire().is_ok());
        assert!(Limit::new("/protos.Endorser", 0).acquire().is_ok());
    }
}
