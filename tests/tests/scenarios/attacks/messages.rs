use super::node::{Node, REQUEST_BYTES};
use super::wire::{Client, DATA, END_HEADERS, HEADERS, frame, request};
use crate::harness::{Net, block_on, spawn};
use bytes::Bytes;
use http_body::{Body, Frame};
use selvedge_protos::protos::SignedProposal;
use selvedge_protos::protos::endorser_client::EndorserClient;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::JoinHandle;
use tonic::codegen::{Service as _, http};
use tonic::{Code, Status};

const MIB: usize = 1 << 20;

/// Announced larger than the limit: refused before it comes.
pub(super) fn oversize(net: &Net, node: &Node) {
    for path in [
        "/protos.Endorser/ProcessProposal",
        "/protos.Deliver/Deliver",
        "/gateway.Gateway/Endorse",
    ] {
        let headers = request(path);
        let announced = [&[0][..], &u32::MAX.to_be_bytes(), &[7; 1000]].concat();
        let frames = (1..400).step_by(2).flat_map(|stream| {
            [
                frame(HEADERS, END_HEADERS, stream, &headers),
                frame(DATA, 0, stream, &announced),
            ]
        });
        Client::floods_and_stays(net, node, frames);
    }
}

/// More than the peer has room for, none of them whole: those that come too late are refused, and small ones are not.
pub(super) fn half_sent(net: &Net, node: &Node) {
    let senders: Vec<_> = (0..96).map(|_| half(node)).collect();
    let large = || {
        let large = SignedProposal {
            proposal_bytes: Bytes::from(vec![7; REQUEST_BYTES / 2]),
            signature: Bytes::new(),
        };
        let mut endorser = EndorserClient::new(node.connection());
        block_on(endorser.process_proposal(large))
            .unwrap_err()
            .code()
    };
    node.until("the room is full", |_| large() == Code::ResourceExhausted);
    node.answers(net);
    for sender in senders {
        sender.abort();
    }
    // Whoever comes later finds room again: it is read whole, and refused for what it is.
    node.until("there is room again", |_| large() == Code::Unknown);
}

/// A client that announces 16 MiB, sends eight and waits.
fn half(node: &Node) -> JoinHandle<()> {
    let mut connection = node.connection();
    let request = http::Request::post("https://localhost/protos.Endorser/ProcessProposal")
        .header("content-type", "application/grpc")
        .body(tonic::body::Body::new(Half::default()))
        .unwrap();
    let send = async move {
        let _ = std::future::poll_fn(|cx| connection.poll_ready(cx)).await;
        // One that is refused goes; the others stay until they are told to.
        let _ = connection.call(request).await;
    };
    spawn(send)
}

#[derive(Default)]
struct Half {
    begun: bool,
    sent: usize,
}

impl Body for Half {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        const PIECE: usize = 64 << 10;
        if !std::mem::replace(&mut self.begun, true) {
            let announced = u32::try_from(16 * MIB).unwrap().to_be_bytes();
            let head = [&[0][..], &announced].concat();
            return Poll::Ready(Some(Ok(Frame::data(head.into()))));
        }
        if self.sent >= 8 * MIB {
            return Poll::Pending;
        }
        self.sent += PIECE;
        Poll::Ready(Some(Ok(Frame::data(vec![7; PIECE].into()))))
    }
}
