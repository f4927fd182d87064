use super::families::Families;
use prometheus::{HistogramVec, IntCounter, IntCounterVec};

/// Fabric: common/grpcmetrics/interceptor.go, internal/pkg/comm/metrics.go.
#[derive(Clone, Debug)]
pub struct GrpcMetrics {
    pub opened: IntCounter,
    pub closed: IntCounter,
    pub unary: Requests,
    pub stream: Requests,
    /// Labels `service`, `method`.
    pub messages_received: IntCounterVec,
    pub messages_sent: IntCounterVec,
}

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Labels `service`, `method`.
    pub received: IntCounterVec,
    /// Labels `service`, `method`, `code`; the code in Go's spelling.
    pub completed: IntCounterVec,
    /// The same; seconds.
    pub duration: HistogramVec,
}

const METHOD: &[&str] = &["service", "method"];
const RESULT: &[&str] = &["service", "method", "code"];

impl Requests {
    fn new(families: &Families<'_>, kind: &str) -> Self {
        Self {
            received: families.counters(
                &format!("grpc_server_{kind}_requests_received"),
                &format!("The number of {kind} requests received."),
                METHOD,
            ),
            completed: families.counters(
                &format!("grpc_server_{kind}_requests_completed"),
                &format!("The number of {kind} requests completed."),
                RESULT,
            ),
            duration: families.durations(
                &format!("grpc_server_{kind}_request_duration"),
                &format!("The time to complete a {kind} request."),
                RESULT,
            ),
        }
    }
}

impl GrpcMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        Self {
            opened: families.counter(
                "grpc_comm_conn_opened",
                "gRPC connections opened. Open minus closed is the active number of connections.",
            ),
            closed: families.counter(
                "grpc_comm_conn_closed",
                "gRPC connections closed. Open minus closed is the active number of connections.",
            ),
            unary: Requests::new(families, "unary"),
            stream: Requests::new(families, "stream"),
            messages_received: families.counters(
                "grpc_server_stream_messages_received",
                "The number of stream messages received.",
                METHOD,
            ),
            messages_sent: families.counters(
                "grpc_server_stream_messages_sent",
                "The number of stream messages sent.",
                METHOD,
            ),
        }
    }
}
