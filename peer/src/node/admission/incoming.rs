use super::{Held, Passed};
use crate::node::framing::{Framing, Part};
use bytes::Bytes;
use http_body::SizeHint;
use prometheus::IntCounter;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

/// What a client sends.
pub(super) struct Incoming {
    body: Body,
    held: Arc<Held>,
    /// Counts the messages, where that is asked for.
    received: Option<IntCounter>,
    framing: Framing,
    /// Of the message that is passing.
    seen: u64,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    /// With `patience` where nothing comes.
    pub(super) fn new(
        body: Body,
        held: Arc<Held>,
        received: Option<IntCounter>,
        patience: Duration,
    ) -> Self {
        Self {
            body,
            held,
            received,
            framing: Framing::default(),
            seen: 0,
            patience,
            waiting: None,
        }
    }

    /// Nothing has come: ready when that has lasted too long. Between messages a stream may be silent for ever.
    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.framing.is_between() {
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
        while let Some(part) = self.framing.next(&mut bytes) {
            match part {
                Part::Begins => {
                    self.seen = 0;
                    self.held.begins();
                    if let Some(received) = &self.received {
                        received.inc();
                    }
                }
                Part::Bytes(passed) => {
                    self.seen += passed;
                    if !self.held.holds(self.seen) {
                        return false;
                    }
                }
            }
        }
        self.waiting = None;
        true
    }
}

impl http_body::Body for Incoming {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(bytes) = frame.data_ref()
            // Frames without anything in them do not count as something that comes.
            && !bytes.is_empty()
            && !self.passes(bytes)
        {
            let why = "the requests that are under way at this peer leave no room for this one";
            return Poll::Ready(Some(Err(Status::resource_exhausted(why))));
        }
        if frame.is_pending() && self.waits(cx).is_ready() {
            let why = "the rest of a message did not come";
            return Poll::Ready(Some(Err(Status::deadline_exceeded(why))));
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
    use http_body::{Body as _, Frame};
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
        Incoming::new(Body::empty(), held, None, Duration::from_secs(600))
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

    impl http_body::Body for Silent {
        type Data = Bytes;
        type Error = Status;

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
            let incoming = Incoming::new(body, held(&admission), None, Duration::from_millis(1));
            let mut incoming = Box::pin(incoming);
            let mut next = async || poll_fn(|cx| incoming.as_mut().poll_frame(cx)).await;
            assert!(next().await.unwrap().is_ok());
            let status = next().await.unwrap().unwrap_err();
            assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
        }
    }
}
