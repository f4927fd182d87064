//! A method that takes one message and gives one.
//!
//! tonic treats it as a stream of one: a buffer of 8 KiB for each direction, which a message of five grows again, a
//! decoder and an encoder in boxes. Where nothing is compressed, and nothing is, a message is in one or two frames.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body as _, Frame};
use prost::Message;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;

/// What precedes a message: whether it is compressed, and its length in four bytes.
const HEAD: usize = 5;

/// The largest messages of a service, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub receive: usize,
    pub send: usize,
}

/// Whether a request can be answered by [`Sizes::unary`]: it is not compressed.
pub fn is_plain<T>(request: &Request<T>) -> bool {
    let encoding = request.headers().get("grpc-encoding");
    encoding.is_none_or(|encoding| encoding == "identity")
}

impl Sizes {
    /// Reads the request's message and answers with what `work` makes of it. Errors are tonic's, codes and texts.
    pub async fn unary<Q, A, F>(
        self,
        request: Request<Body>,
        work: impl FnOnce(tonic::Request<Q>) -> F,
    ) -> Response<Body>
    where
        Q: Message + Default,
        A: Message,
        F: Future<Output = Result<tonic::Response<A>, Status>>,
    {
        let answered = async {
            let (parts, body) = request.into_parts();
            let bytes = message(body, self.receive).await?;
            let asked = Q::decode(bytes).map_err(|error| Status::internal(error.to_string()))?;
            let metadata = tonic::metadata::MetadataMap::from_headers(parts.headers);
            let asked = tonic::Request::from_parts(metadata, parts.extensions, asked);
            whole(work(asked).await?, self.send)
        };
        answered.await.unwrap_or_else(Status::into_http)
    }
}

/// The one message of a request, at most so many bytes of it, once everything has come.
async fn message(mut body: Body, most: usize) -> Result<Bytes, Status> {
    let mut received = BytesMut::new();
    let mut expected = None;
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        let Some(frame) = frame.transpose()? else {
            break;
        };
        // What follows the message is no part of it, nor are trailers.
        if let Ok(data) = frame.into_data()
            && expected.is_none_or(|length| received.len() < length)
        {
            received.extend_from_slice(&data);
        }
        if expected.is_none() && received.len() >= HEAD {
            expected = Some(length(&mut received, most)?);
        }
        if body.is_end_stream() {
            break;
        }
    }
    match expected {
        Some(length) if received.len() >= length => {
            received.truncate(length);
            Ok(received.freeze())
        }
        None if received.is_empty() => Err(Status::internal("Missing request message.")),
        _ => Err(Status::internal("Unexpected EOF decoding stream.")),
    }
}

/// Takes the head of a message.
fn length(received: &mut BytesMut, most: usize) -> Result<usize, Status> {
    match received.get_u8() {
        0 => {}
        1 => {
            return Err(Status::internal(
                "protocol error: received message with compressed-flag but no grpc-encoding was specified",
            ));
        }
        flag => {
            return Err(Status::internal(format!(
                "protocol error: received message with invalid compression flag: {flag} (valid flags are 0 and 1), while sending request"
            )));
        }
    }
    let length = received.get_u32() as usize;
    if length > most {
        return Err(Status::out_of_range(format!(
            "Error, decoded message length too large: found {length} bytes, the limit is: {most} bytes"
        )));
    }
    Ok(length)
}

fn whole<A: Message>(answer: tonic::Response<A>, most: usize) -> Result<Response<Body>, Status> {
    let (metadata, message, extensions) = answer.into_parts();
    let length = message.encoded_len();
    let declared = u32::try_from(length).ok().filter(|_| length <= most);
    let declared = declared.ok_or_else(|| {
        Status::out_of_range(format!(
            "Error, encoded message length too large: found {length} bytes, the limit is: {most} bytes"
        ))
    })?;
    let mut bytes = BytesMut::with_capacity(HEAD + length);
    bytes.put_u8(0);
    bytes.put_u32(declared);
    message.encode_raw(&mut bytes);
    let mut response = Response::new(Body::new(Whole::Message(bytes.freeze())));
    *response.headers_mut() = metadata.into_headers();
    *response.extensions_mut() = extensions;
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// A message, and that all went well.
enum Whole {
    Message(Bytes),
    Trailers,
    Ended,
}

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let (frame, next) = match std::mem::replace(&mut *self, Self::Ended) {
            Self::Message(bytes) => (Frame::data(bytes), Self::Trailers),
            Self::Trailers => {
                let mut trailers = HeaderMap::with_capacity(1);
                trailers.insert("grpc-status", HeaderValue::from_static("0"));
                (Frame::trailers(trailers), Self::Ended)
            }
            Self::Ended => return Poll::Ready(None),
        };
        *self = next;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    const SIZES: Sizes = Sizes {
        receive: 100,
        send: 200,
    };

    /// Frames as they come.
    struct Frames(Vec<Bytes>);

    impl http_body::Body for Frames {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            let next = (!self.0.is_empty()).then(|| self.0.remove(0));
            Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
        }
    }

    fn framed(message: &str) -> Vec<u8> {
        let encoded = message.to_owned().encode_to_vec();
        let length = u32::try_from(encoded.len()).unwrap().to_be_bytes();
        [&[0], &length[..], &encoded].concat()
    }

    /// Asks for a text twice over.
    async fn ask(pieces: Vec<Bytes>) -> Response<Body> {
        let mut request = Request::new(Body::new(Frames(pieces)));
        request
            .headers_mut()
            .insert("asked-by", HeaderValue::from_static("a test"));
        let work = async |request: tonic::Request<String>| {
            assert_eq!(request.metadata().get("asked-by").unwrap(), "a test");
            Ok(tonic::Response::new(request.into_inner().repeat(2)))
        };
        SIZES.unary(request, work).await
    }

    async fn refused(pieces: Vec<Bytes>) -> (Code, String) {
        let response = ask(pieces).await;
        let status = Status::from_header_map(response.headers()).unwrap();
        (status.code(), status.message().to_owned())
    }

    #[tokio::test]
    async fn a_message_is_answered_however_it_is_cut() {
        let request = framed("who is there");
        for size in 1..=request.len() {
            let pieces = request.chunks(size).map(Bytes::copy_from_slice).collect();
            let response = ask(pieces).await;
            assert_eq!(response.headers()[CONTENT_TYPE], "application/grpc");
            let mut body = response.into_body();
            let mut next = async || poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            let data = next().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(data, framed("who is therewho is there"));
            let trailers = next().await.unwrap().unwrap().into_trailers().unwrap();
            assert_eq!(trailers["grpc-status"], "0");
            assert!(next().await.is_none());
        }
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused_as_tonic_refuses_it() {
        let missing = (Code::Internal, "Missing request message.".to_owned());
        assert_eq!(refused(Vec::new()).await, missing);
        let cut = Bytes::from(framed("cut")).slice(..6);
        let short = (Code::Internal, "Unexpected EOF decoding stream.".to_owned());
        assert_eq!(refused(vec![cut]).await, short);
        let (code, text) = refused(vec![framed(&"x".repeat(99)).into()]).await;
        assert_eq!(code, Code::OutOfRange);
        assert!(text.ends_with("found 101 bytes, the limit is: 100 bytes"));
        for flag in [1, 7] {
            let mut flagged = framed("a");
            flagged[0] = flag;
            assert_eq!(refused(vec![flagged.into()]).await.0, Code::Internal);
        }
        let broken = Bytes::from_static(&[0, 0, 0, 0, 2, 10, 9]);
        assert_eq!(refused(vec![broken]).await.0, Code::Internal);
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_none() {
        let small = Sizes { send: 9, ..SIZES };
        let request = Request::new(Body::new(Frames(vec![framed("a").into()])));
        let work = async |_: tonic::Request<String>| Ok(tonic::Response::new("x".repeat(20)));
        let response = small.unary(request, work).await;
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::OutOfRange);
    }

    #[test]
    fn compressed_requests_are_left_to_tonic() {
        let with = |encoding: &'static str| {
            let request = Request::builder().header("grpc-encoding", encoding);
            is_plain(&request.body(()).unwrap())
        };
        assert!(is_plain(&Request::new(())));
        assert!(with("identity"));
        assert!(!with("gzip"));
    }
}
