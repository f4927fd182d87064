//! The HTTP server of the operations endpoint. Fabric: core/operations/system.go, common/fabhttp/server.go.

use super::{Operations, log_spec, version};
use crate::logging::LogControl;
use crate::node::{Clock, Close, HttpTls, TlsError, TlsListener};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::serve::IncomingStream;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Certificate, key and whose clients may look. Fabric: `operations.tls`.
pub type OperationsTls = HttpTls;

/// What is served, and to whom.
#[derive(Debug)]
pub struct OperationsOptions {
    /// `None`: plain text, and everything to everybody.
    pub tls: Option<OperationsTls>,
    /// Whether `/metrics` is there. Fabric: `metrics.provider: prometheus`.
    pub metrics: bool,
    /// The process's log, read and changed by `/logspec`.
    pub log: LogControl,
    pub clock: Clock,
    /// What others serve at the same address, to whoever may see the metrics.
    pub more: Router,
}

impl Default for OperationsOptions {
    fn default() -> Self {
        Self {
            tls: None,
            metrics: false,
            log: LogControl::default(),
            clock: Clock::system(),
            more: Router::new(),
        }
    }
}

/// Why the endpoint is not served.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    #[error("reading the listener's address")]
    Address(#[source] std::io::Error),
    #[error("setting up TLS of the operations endpoint")]
    Tls(#[from] TlsError),
}

/// The endpoint at work. Dropping it ends it.
#[derive(Debug)]
pub struct OperationsServer {
    address: SocketAddr,
    close: Close,
    task: JoinHandle<std::io::Result<()>>,
}

/// How long requests under way may take when the endpoint is stopped.
const GRACE: Duration = Duration::from_secs(5);

impl OperationsServer {
    /// Answers on `listener`. Call inside Tokio.
    pub fn start(
        operations: &Arc<Operations>,
        listener: TcpListener,
        options: OperationsOptions,
    ) -> Result<Self, OperationsError> {
        let address = listener.local_addr().map_err(OperationsError::Address)?;
        operations.metrics().count_log(options.log.counts());
        let (close, closing) = Close::new();
        let stopped = closing.clone();
        let stopped = async move { stopped.closed().await };
        let task = match &options.tls {
            None => {
                let served = axum::serve(listener, router(operations, options));
                tokio::spawn(served.with_graceful_shutdown(stopped).into_future())
            }
            Some(tls) => {
                let listener = TlsListener::new(listener, tls, closing)?;
                let service = router(operations, options);
                let service = service.into_make_service_with_connect_info::<Shown>();
                let served = axum::serve(listener, service);
                tokio::spawn(served.with_graceful_shutdown(stopped).into_future())
            }
        };
        Ok(Self {
            address,
            close,
            task,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests and finishes those under way.
    pub async fn stop(self) {
        self.close.now();
        match tokio::time::timeout(GRACE, self.task).await {
            Ok(Ok(Ok(()))) | Err(_) => {}
            Ok(Ok(Err(error))) => tracing::error!(%error, "the operations endpoint ended badly"),
            Ok(Err(error)) => tracing::error!(%error, "the operations endpoint ended badly"),
        }
    }
}

fn router(operations: &Arc<Operations>, options: OperationsOptions) -> Router {
    let OperationsOptions {
        tls,
        metrics,
        log,
        clock,
        more,
    } = options;
    let answer_spec =
        move |method: Method, body: Bytes| async move { log_spec::answer(&method, &body, &log) };
    let mut guarded = more.route("/logspec", any(answer_spec));
    if metrics {
        let counted = Arc::clone(operations);
        guarded = guarded.route("/metrics", get(async move || scrape(&counted)));
    }
    if tls.is_some() {
        guarded = guarded.layer(from_fn(require_certificate));
    }
    let asked = Arc::clone(operations);
    let health = async move |method: Method| asked.health().answer(&method, &clock).await;
    Router::new()
        .route("/healthz", any(health))
        .route("/version", any(version::version))
        .merge(guarded)
}

fn scrape(operations: &Operations) -> Response {
    match operations.metrics().text() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written down");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Whether a client showed a certificate; one that is not of a known authority does not get so far.
#[derive(Clone, Copy, Debug)]
struct Shown(bool);

impl axum::extract::connect_info::Connected<IncomingStream<'_, TlsListener>> for Shown {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        let (_, session) = stream.io().get_ref();
        Self(
            session
                .peer_certificates()
                .is_some_and(|chain| !chain.is_empty()),
        )
    }
}

/// Fabric: core/middleware/require_cert.go.
async fn require_certificate(request: Request, next: Next) -> Response {
    let shown = request.extensions().get::<ConnectInfo<Shown>>();
    if shown.is_some_and(|ConnectInfo(Shown(shown))| *shown) {
        return next.run(request).await;
    }
    tracing::warn!(
        url = %request.uri(),
        method = %request.method(),
        "Client request not authorized, client must pass a valid client certificate for this operation"
    );
    StatusCode::UNAUTHORIZED.into_response()
}
