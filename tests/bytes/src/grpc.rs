//! A streaming call of a gRPC service in this process, without a connection.

use bytes::{Buf, Bytes, BytesMut};
use http::{Request, Response};
use http_body::{Body as _, Frame};
use prost::Message;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tonic::body::Body;
use tonic::codegen::Service;

/// In front of a message: whether it is compressed, and its length.
const HEADER: usize = 5;

struct Messages(UnboundedReceiver<Bytes>);

impl http_body::Body for Messages {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.poll_recv(context);
        next.map(|next| next.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// The caller's end.
pub(crate) struct Stream {
    sender: UnboundedSender<Bytes>,
    answers: Body,
    received: BytesMut,
}

impl Stream {
    /// Calls `path`. Inside Tokio.
    pub(crate) async fn open<S>(service: &mut S, path: &str) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        let request = Request::post(path)
            .header("content-type", "application/grpc")
            .body(Body::new(Messages(receiver)))
            .unwrap();
        let Ok(response) = service.call(request).await;
        Self {
            sender,
            answers: response.into_body(),
            received: BytesMut::new(),
        }
    }

    pub(crate) fn send(&self, message: &[u8]) {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let framed = [&[0], &length[..], message].concat();
        // The service may have ended the stream.
        let _ = self.sender.send(framed.into());
    }

    /// The next answer; `None` when the service has ended the stream.
    pub(crate) async fn next<M: Message + Default>(&mut self) -> Option<M> {
        loop {
            if let Some(mut message) = self.whole() {
                message.advance(HEADER);
                return Some(M::decode(message).unwrap());
            }
            let next = poll_fn(|context| Pin::new(&mut self.answers).poll_frame(context)).await;
            if let Ok(data) = next?.unwrap().into_data() {
                self.received.extend_from_slice(&data);
            }
        }
    }

    fn whole(&mut self) -> Option<BytesMut> {
        let header = self.received.get(1..HEADER)?;
        let length = u32::from_be_bytes(header.try_into().unwrap());
        let length = HEADER + usize::try_from(length).unwrap();
        (self.received.len() >= length).then(|| self.received.split_to(length))
    }

    /// Says that nothing more comes, and hears the service out.
    pub(crate) async fn end<M: Message + Default>(mut self) {
        self.sender = mpsc::unbounded_channel().0;
        while self.next::<M>().await.is_some() {}
    }
}
