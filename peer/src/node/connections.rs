//! Connections of a listener, counted from their acceptance to their end.

use crate::operations::{GrpcMetrics, Operations};
use selvedge_wire::Ended;
use std::sync::Arc;

/// Counts, if anybody wants to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Option<GrpcMetrics>);

impl Connections {
    pub(super) fn of(operations: &Arc<Operations>) -> Self {
        Self(Some(operations.metrics().grpc.clone()))
    }

    /// One more; gives what counts its end.
    pub(super) fn opened(&self) -> Option<Ended> {
        let metrics = self.0.as_ref()?;
        metrics.opened.inc();
        let closed = metrics.closed.clone();
        Some(Box::new(move || closed.inc()))
    }
}
