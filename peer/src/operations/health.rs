use crate::node::{Clock, rfc3339};
use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures::future::{BoxFuture, join_all};
use parking_lot::RwLock;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Whether one component is well.
///
/// A function that returns a future is one. What it waits for may take [`Health::PATIENCE`] at most.
pub trait HealthChecker: Send + Sync + 'static {
    /// The error is the reason, as it is shown.
    fn check(&self) -> BoxFuture<'static, Result<(), String>>;
}

impl<F, Checked> HealthChecker for F
where
    F: Fn() -> Checked + Send + Sync + 'static,
    Checked: Future<Output = Result<(), String>> + Send + 'static,
{
    fn check(&self) -> BoxFuture<'static, Result<(), String>> {
        Box::pin(self())
    }
}

/// Two components with one name. Fabric's text (fabric-lib-go/healthz/checker.go).
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is already registered")]
pub struct AlreadyRegistered(String);

/// A component that is not well.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct FailedCheck {
    pub component: String,
    pub reason: String,
}

/// The components of one peer that say whether they are well.
#[derive(Default)]
pub struct Health(RwLock<BTreeMap<String, Arc<dyn HealthChecker>>>);

impl Health {
    /// How long all checks together may take.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// From here on `component` is asked.
    ///
    /// # Errors
    /// When there is one of this name.
    pub fn register(
        &self,
        component: &str,
        checker: impl HealthChecker,
    ) -> Result<(), AlreadyRegistered> {
        let mut checkers = self.0.write();
        if checkers.contains_key(component) {
            return Err(AlreadyRegistered(component.to_owned()));
        }
        checkers.insert(component.to_owned(), Arc::new(checker));
        Ok(())
    }

    /// Asks all at once and returns those that are not well, by name.
    pub async fn failed(&self) -> Vec<FailedCheck> {
        let checkers = self.0.read().clone();
        let checks = checkers.into_iter().map(|(component, checker)| async move {
            let failed = checker.check().await;
            failed.err().map(|reason| FailedCheck { component, reason })
        });
        join_all(checks).await.into_iter().flatten().collect()
    }

    /// `/healthz`.
    pub(super) async fn answer(&self, method: &Method, clock: &Clock) -> Response {
        if method != Method::GET {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        match tokio::time::timeout(Self::PATIENCE, self.failed()).await {
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
            Ok(failed_checks) => {
                let (code, status) = match failed_checks.is_empty() {
                    true => (StatusCode::OK, "OK"),
                    false => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
                };
                let seconds = i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
                let time = rfc3339(seconds);
                let body = Status {
                    status,
                    time,
                    failed_checks,
                };
                (code, Json(body)).into_response()
            }
        }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.read().keys()).finish()
    }
}

#[derive(Serialize)]
struct Status {
    status: &'static str,
    time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_checks: Vec<FailedCheck>,
}
