//! Counts requests as they pass. Fabric: common/grpcmetrics/interceptor.go, common/grpcmetrics/handler.go.

use super::framing::{Framing, Part};
use crate::operations::{Operations, Requests};
use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use prometheus::{IntCounter, IntCounterVec};
use std::sync::Arc;
use std::time::Instant;
use tonic::Code;

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

/// A request that has no result yet. A client that goes away ends it as cancelled.
pub(super) struct UnderWay {
    operations: Arc<Operations>,
    method: &'static Method,
    began: Instant,
    code: Code,
}

impl UnderWay {
    /// `None`: it is not counted.
    pub(super) fn begin(path: &str, operations: &Arc<Operations>) -> Option<Self> {
        let method = METHODS.iter().find(|method| method.path == path)?;
        let under_way = Self {
            operations: Arc::clone(operations),
            method,
            began: Instant::now(),
            code: Code::Cancelled,
        };
        let received = &under_way.requests().received;
        received
            .with_label_values(&[method.service, method.name])
            .inc();
        Some(under_way)
    }

    fn requests(&self) -> &Requests {
        let metrics = &self.operations.metrics().grpc;
        match self.method.is_stream {
            true => &metrics.stream,
            false => &metrics.unary,
        }
    }

    /// Where the method is a stream.
    fn messages(&self, counters: &IntCounterVec) -> Option<IntCounter> {
        let labels = [self.method.service, self.method.name];
        (self.method.is_stream).then(|| counters.with_label_values(&labels))
    }

    /// Counts what the client sends, where that is a stream.
    pub(super) fn received(&self) -> Option<IntCounter> {
        self.messages(&self.operations.metrics().grpc.messages_received)
    }

    /// The result is in the headers when there is nothing else, and behind the last message otherwise.
    pub(super) fn answered(mut self, headers: &HeaderMap) -> Option<Answered> {
        if let Some(code) = code(headers) {
            self.code = code;
            return None;
        }
        let sent = self.messages(&self.operations.metrics().grpc.messages_sent);
        Some(Answered {
            sent: sent.map(|sent| (Framing::default(), sent)),
            under_way: self,
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let labels = [self.method.service, self.method.name, spelt(self.code)];
        self.requests().completed.with_label_values(&labels).inc();
        let duration = self.requests().duration.with_label_values(&labels);
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

/// A request whose answer is being sent.
pub(super) struct Answered {
    /// Counts the messages, where they are a stream.
    sent: Option<(Framing, IntCounter)>,
    under_way: UnderWay,
}

impl Answered {
    pub(super) fn passes(&mut self, frame: &Frame<Bytes>) {
        if let (Some(mut bytes), Some((framing, sent))) =
            (frame.data_ref().map(Bytes::as_ref), &mut self.sent)
        {
            while let Some(part) = framing.next(&mut bytes) {
                if part == Part::Begins {
                    sent.inc();
                }
            }
        }
        if let Some(code) = frame.trailers_ref().and_then(code) {
            self.under_way.code = code;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_as_fabric_names_them() {
        for method in METHODS {
            let (service, name) = method.path[1..].split_once('/').unwrap();
            assert_eq!(service.replace('.', "_"), method.service);
            assert_eq!(name, method.name);
        }
    }
}
