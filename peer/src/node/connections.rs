//! Connections of a listener, counted from their acceptance to their end.

use crate::operations::{GrpcMetrics, Operations};
use selvedge_wire::Ended;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Counts for whoever wants to know, and lets in no more than there may be.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    metrics: Option<GrpcMetrics>,
    places: Arc<Semaphore>,
}

impl Connections {
    /// At most `limit` at once; 0: no limit.
    pub(super) fn new(limit: usize, operations: Option<&Arc<Operations>>) -> Self {
        let limit = match limit {
            0 => Semaphore::MAX_PERMITS,
            limit => limit.min(Semaphore::MAX_PERMITS),
        };
        Self {
            metrics: operations.map(|operations| operations.metrics().grpc.clone()),
            places: Arc::new(Semaphore::new(limit)),
        }
    }

    /// One more; gives what counts its end. `None`: there are too many.
    pub(super) fn opened(&self) -> Option<Ended> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let Ok(place) = place else {
            tracing::warn!("a connection is refused: peer.limits.connections are open");
            return None;
        };
        let metrics = self.metrics.as_ref();
        metrics.inspect(|metrics| metrics.opened.inc());
        let closed = metrics.map(|metrics| metrics.closed.clone());
        Some(Box::new(move || {
            drop(place);
            if let Some(closed) = closed {
                closed.inc();
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_and_another_may_come() {
        let connections = Connections::new(2, None);
        let first = connections.opened().unwrap();
        let _second = connections.opened().unwrap();
        assert!(connections.opened().is_none());
        first();
        assert!(connections.opened().is_some());
        let unlimited = Connections::new(0, None);
        let open: Vec<_> = (0..1000).map(|_| unlimited.opened()).collect();
        assert!(open.iter().all(Option::is_some));
    }
}
