use super::{Held, Passed};
use axum::body::{Body, Bytes, HttpBody};
use http_body::SizeHint;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tonic::Status;

/// What a client sends: messages, each behind a flag and its length in four bytes.
pub(super) struct Incoming {
    body: Body,
    held: Arc<Held>,
    head: [u8; 5],
    filled: usize,
    /// Of the message that is passing, to come and seen.
    left: u64,
    seen: u64,
    begun: bool,
    /// Whether a message has come whole and no other has begun.
    idle: bool,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    /// With `patience` where nothing comes.
    pub(super) fn new(body: Body, held: Arc<Held>, patience: Duration) -> Self {
        Self {
            body,
            held,
            head: [0; 5],
            filled: 0,
            left: 0,
            seen: 0,
            begun: false,
            idle: false,
            patience,
            waiting: None,
        }
    }

    /// Nothing has come: ready when that has lasted too long. Between messages a stream may be silent for ever.
    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.idle {
            return Poll::Pending;
        }
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        waiting.as_mut().poll(cx)
    }

    /// `false`: there is no room for them.
    fn passes(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let passed = self.left.min(length);
            self.left -= passed;
            self.seen += passed;
            if !self.held.holds(self.seen) {
                return false;
            }
            bytes = &bytes[usize::try_from(passed).unwrap_or(bytes.len())..];
            let Some((&byte, rest)) = bytes.split_first() else {
                break;
            };
            self.head[self.filled] = byte;
            (self.filled, bytes) = (self.filled + 1, rest);
            if self.filled == self.head.len() {
                let [_, length @ ..] = self.head;
                (self.filled, self.seen) = (0, 0);
                self.left = u64::from(u32::from_be_bytes(length));
                self.begun = true;
                self.held.begins();
            }
        }
        self.idle = self.begun && self.left == 0 && self.filled == 0;
        self.waiting = None;
        true
    }
}

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(bytes) = frame.data_ref()
            // Frames without anything in them do not count as something that comes.
            && !bytes.is_empty()
            && !self.passes(bytes)
        {
            let why = "the requests that are under way at this peer leave no room for this one";
            return Poll::Ready(Some(Err(axum::Error::new(Status::resource_exhausted(why)))));
        }
        if frame.is_pending() && self.waits(cx).is_ready() {
            let why = "the rest of a message did not come";
            return Poll::Ready(Some(Err(axum::Error::new(Status::deadline_exceeded(why)))));
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
    use super::super::Admission;
    use super::*;
    use http_body::Frame;
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn held(admission: &Admission) -> Arc<Held> {
        Arc::new(Held {
            room: Arc::clone(&admission.room),
            bytes: AtomicU64::new(0),
            _place: Arc::clone(&admission.requests).try_acquire_owned().unwrap(),
        })
    }

    fn reading(held: Arc<Held>) -> Incoming {
        Incoming::new(Body::empty(), held, Duration::from_secs(600))
    }

    fn message(size: u32) -> Vec<u8> {
        let body = vec![7; size as usize];
        [&[0][..], &size.to_be_bytes(), &body].concat()
    }

    #[test]
    fn the_largest_message_of_a_request_is_what_it_holds() {
        let room = 1 << 20;
        let admission = Admission::of(9, room);
        let left = || admission.room.load(Ordering::Relaxed);
        let bytes = [
            message(1 << 10),
            message(300 << 10),
            message(100 << 10),
            message(10),
        ]
        .concat();
        for size in [1, 1000, 1 << 16, bytes.len()] {
            let request = held(&admission);
            let mut incoming = reading(Arc::clone(&request));
            let mut least = left();
            for piece in bytes.chunks(size) {
                assert!(incoming.passes(piece), "in pieces of {size}");
                least = least.min(left());
            }
            if size <= 1000 {
                let held = room - least;
                let most = (300 << 10) - super::super::FREE;
                assert!(held <= most && held + 1000 >= most, "{held} of {most}");
            }
            assert_eq!(left(), room, "ten bytes need no room");
        }
    }

    #[test]
    fn a_stream_may_be_silent_between_messages_and_not_within() {
        let admission = Admission::of(9, 1 << 20);
        let mut incoming = reading(held(&admission));
        assert!(!incoming.idle, "nothing has come");
        let bytes = [message(10), message(0), message(3)].concat();
        let ends = [15, 20, 28];
        for (at, byte) in (1..).zip(&bytes) {
            assert!(incoming.passes(&[*byte]));
            assert_eq!(incoming.idle, ends.contains(&at), "behind {at} bytes");
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_refused_and_small_ones_are_not() {
        let admission = Admission::of(9, 64 << 10);
        let mut large = reading(held(&admission));
        assert!(large.passes(&message(80 << 10)[..70 << 10]));
        let mut another = reading(held(&admission));
        assert!(!another.passes(&message(60 << 10)));
        let mut small = reading(held(&admission));
        assert!(small.passes(&message(16 << 10)));
        drop((large, another));
        assert_eq!(admission.room.load(Ordering::Relaxed), 64 << 10);
    }

    /// What comes, and then nothing.
    struct Silent(Option<Bytes>);

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Passed {
            match self.0.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn half_of_a_message_is_not_waited_for_for_ever() {
        let admission = Admission::of(9, 1 << 20);
        for bytes in [message(10)[..7].to_vec(), Vec::new()] {
            let body = Body::new(Silent(Some(bytes.into())));
            let incoming = Incoming::new(body, held(&admission), Duration::from_millis(1));
            let mut incoming = Box::pin(incoming);
            let mut next = async || poll_fn(|cx| incoming.as_mut().poll_frame(cx)).await;
            assert!(next().await.unwrap().is_ok());
            let error = next().await.unwrap().unwrap_err().into_inner();
            let status = error.downcast::<Status>().unwrap();
            assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
        }
    }
}
