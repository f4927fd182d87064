//! Counts requests as they pass. Fabric: common/grpcmetrics/interceptor.go, common/grpcmetrics/handler.go.

use crate::operations::{GrpcMetrics, Operations, Requests};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use prometheus::IntCounter;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::Code;
use tonic::service::Routes;

/// A method that is served. What is not is not counted: a client that invents names would fill the memory with them.
struct Method {
    path: &'static str,
    service: &'static str,
    name: &'static str,
    is_stream: bool,
}

const fn unary(path: &'static str, service: &'static str, name: &'static str) -> Method {
    Method {
        path,
        service,
        name,
        is_stream: false,
    }
}

const fn stream(path: &'static str, service: &'static str, name: &'static str) -> Method {
    Method {
        is_stream: true,
        ..unary(path, service, name)
    }
}

const METHODS: &[Method] = &[
    unary(
        "/protos.Endorser/ProcessProposal",
        "protos_Endorser",
        "ProcessProposal",
    ),
    stream("/protos.Deliver/Deliver", "protos_Deliver", "Deliver"),
    stream(
        "/protos.Deliver/DeliverFiltered",
        "protos_Deliver",
        "DeliverFiltered",
    ),
    stream(
        "/protos.Deliver/DeliverWithPrivateData",
        "protos_Deliver",
        "DeliverWithPrivateData",
    ),
    unary("/protos.Snapshot/Generate", "protos_Snapshot", "Generate"),
    unary("/protos.Snapshot/Cancel", "protos_Snapshot", "Cancel"),
    unary(
        "/protos.Snapshot/QueryPendings",
        "protos_Snapshot",
        "QueryPendings",
    ),
    unary("/gateway.Gateway/Evaluate", "gateway_Gateway", "Evaluate"),
    unary("/gateway.Gateway/Endorse", "gateway_Gateway", "Endorse"),
    unary("/gateway.Gateway/Submit", "gateway_Gateway", "Submit"),
    unary(
        "/gateway.Gateway/CommitStatus",
        "gateway_Gateway",
        "CommitStatus",
    ),
    stream(
        "/gateway.Gateway/ChaincodeEvents",
        "gateway_Gateway",
        "ChaincodeEvents",
    ),
    unary(
        "/discovery.Discovery/Discover",
        "discovery_Discovery",
        "Discover",
    ),
    stream(
        "/gossip.Gossip/GossipStream",
        "gossip_Gossip",
        "GossipStream",
    ),
    unary("/gossip.Gossip/Ping", "gossip_Gossip", "Ping"),
];

/// The same services, counted.
pub(super) fn metered(routes: Routes, operations: &Arc<Operations>) -> Routes {
    let router = routes.into_axum_router();
    Routes::from(router.layer(from_fn_with_state(Arc::clone(operations), count)))
}

async fn count(
    State(operations): State<Arc<Operations>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let Some(method) = METHODS.iter().find(|method| method.path == path) else {
        return next.run(request).await;
    };
    let metrics = operations.metrics().grpc.clone();
    let request = match method.is_stream {
        true => {
            let labels = [method.service, method.name];
            let received = metrics.messages_received.with_label_values(&labels);
            request.map(|body| Body::new(Messages::new(body, received)))
        }
        false => request,
    };
    let under_way = UnderWay::begin(method, &metrics);
    let response = next.run(request).await;
    under_way.answered(response, method, &metrics)
}

/// A request that has no result yet. A client that goes away ends it as cancelled.
struct UnderWay {
    requests: Requests,
    method: &'static Method,
    began: Instant,
    code: Code,
}

impl UnderWay {
    fn begin(method: &'static Method, metrics: &GrpcMetrics) -> Self {
        let requests = match method.is_stream {
            true => metrics.stream.clone(),
            false => metrics.unary.clone(),
        };
        let labels = [method.service, method.name];
        requests.received.with_label_values(&labels).inc();
        Self {
            requests,
            method,
            began: Instant::now(),
            code: Code::Cancelled,
        }
    }

    /// The result is in the headers when there is nothing else, and behind the last message otherwise.
    fn answered(mut self, response: Response, method: &Method, metrics: &GrpcMetrics) -> Response {
        if let Some(code) = code(response.headers()) {
            self.code = code;
            return response;
        }
        let labels = [method.service, method.name];
        let sent = metrics.messages_sent.with_label_values(&labels);
        response.map(|body| {
            Body::new(Answer {
                messages: match method.is_stream {
                    true => Some(MessageCount::new(sent)),
                    false => None,
                },
                body,
                under_way: self,
            })
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let labels = [self.method.service, self.method.name, spelt(self.code)];
        self.requests.completed.with_label_values(&labels).inc();
        let duration = self.requests.duration.with_label_values(&labels);
        duration.observe(self.began.elapsed().as_secs_f64());
    }
}

fn code(headers: &HeaderMap) -> Option<Code> {
    let status = headers.get("grpc-status")?.to_str().ok()?;
    Some(Code::from(status.parse::<i32>().ok()?))
}

/// As Go spells it.
fn spelt(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

/// Counts messages in the bytes of a stream: each is a flag, a length of four bytes, and so many bytes.
struct MessageCount {
    counter: IntCounter,
    header: [u8; 5],
    filled: usize,
    /// Of the message that is passing.
    left: usize,
}

impl MessageCount {
    fn new(counter: IntCounter) -> Self {
        Self {
            counter,
            header: [0; 5],
            filled: 0,
            left: 0,
        }
    }

    fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = self.left.min(bytes.len());
            self.left -= skipped;
            bytes = &bytes[skipped..];
            let Some((&byte, rest)) = bytes.split_first() else {
                return;
            };
            self.header[self.filled] = byte;
            (self.filled, bytes) = (self.filled + 1, rest);
            if self.filled == self.header.len() {
                let [_, length @ ..] = self.header;
                self.left = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                self.filled = 0;
                self.counter.inc();
            }
        }
    }
}

/// What a client sends.
struct Messages {
    body: Body,
    count: MessageCount,
}

impl Messages {
    fn new(body: Body, counter: IntCounter) -> Self {
        Self {
            body,
            count: MessageCount::new(counter),
        }
    }
}

/// What a client is sent.
struct Answer {
    body: Body,
    messages: Option<MessageCount>,
    under_way: UnderWay,
}

type Passed = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

impl HttpBody for Messages {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(bytes) = frame.data_ref()
        {
            self.count.pass(bytes);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            if let (Some(bytes), Some(messages)) = (frame.data_ref(), &mut self.messages) {
                messages.pass(bytes);
            }
            if let Some(code) = frame.trailers_ref().and_then(code) {
                self.under_way.code = code;
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let stream = [
            [&[0, 0, 0, 0, 3][..], b"abc"].concat(),
            vec![0, 0, 0, 0, 0],
            [&[1, 0, 0, 0, 1][..], b"x"].concat(),
        ]
        .concat();
        for size in 1..=stream.len() {
            let counter = IntCounter::new("n", "n").unwrap();
            let mut count = MessageCount::new(counter.clone());
            for piece in stream.chunks(size) {
                count.pass(piece);
            }
            assert_eq!(counter.get(), 3, "in pieces of {size}");
        }
    }

    #[test]
    fn services_are_named_as_fabric_names_them() {
        for method in METHODS {
            let (service, name) = method.path[1..].split_once('/').unwrap();
            assert_eq!(service.replace('.', "_"), method.service);
            assert_eq!(name, method.name);
        }
    }
}
