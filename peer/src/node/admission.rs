//! How many requests are under way, and how much of their messages is held.
//!
//! A service counts its requests once it has their messages. A client that sends half of a message, or opens a stream and
//! nothing else, never gets there, and costs memory all the same: one such request up to the largest message. What is
//! counted here is counted before.

use super::ServeOptions;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::service::Routes;

/// What a message has free. Those that are no longer need no room, so that large ones cannot keep them out; there are no
/// more of them than requests.
const FREE: u64 = 16 << 10;

/// Requests at least, whatever the services' limits are: some kilobytes each where nothing but the headers came.
const LEAST: usize = 32_768;

/// How long nothing may come of a message that has not come whole.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one listener takes at once.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    requests: Arc<Semaphore>,
    /// Bytes.
    room: Arc<AtomicU64>,
}

impl Admission {
    pub(super) fn new(options: &ServeOptions) -> Self {
        let limits = [
            options.endorser_limit,
            options.deliver_limit,
            options.gateway.limit,
        ];
        let requests = match limits.contains(&0) {
            true => Semaphore::MAX_PERMITS,
            false => limits
                .iter()
                .fold(0usize, |sum, limit| sum.saturating_add(*limit)),
        };
        let room = match options.limits.request_bytes {
            0 => u64::MAX,
            bytes => u64::try_from(bytes).unwrap_or(u64::MAX),
        };
        Self::of(requests.max(LEAST), room)
    }

    fn of(requests: usize, room: u64) -> Self {
        Self {
            requests: Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS))),
            room: Arc::new(AtomicU64::new(room)),
        }
    }

    /// The same services, behind it.
    pub(super) fn before(self, routes: Routes) -> Routes {
        let router = routes.into_axum_router();
        Routes::from(router.layer(from_fn_with_state(self, admit)))
    }
}

async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    let Ok(place) = Arc::clone(&admission.requests).try_acquire_owned() else {
        let refused = Status::resource_exhausted("too many requests are under way at this peer");
        return refused.into_http::<Body>().into_response();
    };
    let held = Arc::new(Held {
        room: admission.room,
        bytes: AtomicU64::new(0),
        _place: place,
    });
    let incoming = Arc::clone(&held);
    let request = request.map(|body| Body::new(Incoming::new(body, incoming)));
    let response = next.run(request).await;
    response.map(|body| Body::new(Outgoing { body, _held: held }))
}

/// What one request holds, until it has been answered and nobody reads it any more.
#[derive(Debug)]
struct Held {
    room: Arc<AtomicU64>,
    bytes: AtomicU64,
    _place: OwnedSemaphorePermit,
}

impl Held {
    /// Makes room for a message that has grown to so many bytes; `false`: there is none.
    fn holds(&self, message: u64) -> bool {
        let needed = message.saturating_sub(FREE);
        let more = needed.saturating_sub(self.bytes.load(Ordering::Relaxed));
        if more == 0 {
            return true;
        }
        let take = |room: u64| room.checked_sub(more);
        let taken = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if taken.is_ok() {
            self.bytes.fetch_add(more, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    /// The message before is done with: the next one has begun.
    fn begins(&self) {
        let bytes = self.bytes.swap(0, Ordering::Relaxed);
        self.room.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.begins();
    }
}

/// What a client sends: messages, each behind a flag and its length in four bytes.
struct Incoming {
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
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    fn new(body: Body, held: Arc<Held>) -> Self {
        Self {
            body,
            held,
            head: [0; 5],
            filled: 0,
            left: 0,
            seen: 0,
            begun: false,
            idle: false,
            waiting: None,
        }
    }

    /// Nothing has come: ready when that has lasted too long. Between messages a stream may be silent for ever.
    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.idle {
            return Poll::Pending;
        }
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
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

/// What a client is sent.
struct Outgoing {
    body: Body,
    _held: Arc<Held>,
}

type Passed = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(bytes) = frame.data_ref()
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

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        Pin::new(&mut self.body).poll_frame(cx)
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

    fn held(admission: &Admission) -> Arc<Held> {
        Arc::new(Held {
            room: Arc::clone(&admission.room),
            bytes: AtomicU64::new(0),
            _place: Arc::clone(&admission.requests).try_acquire_owned().unwrap(),
        })
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
            let mut incoming = Incoming::new(Body::empty(), Arc::clone(&request));
            let mut least = left();
            for piece in bytes.chunks(size) {
                assert!(incoming.passes(piece), "in pieces of {size}");
                least = least.min(left());
            }
            if size <= 1000 {
                let held = room - least;
                let most = (300 << 10) - FREE;
                assert!(held <= most && held + 1000 >= most, "{held} of {most}");
            }
            assert_eq!(left(), room, "ten bytes need no room");
        }
    }

    #[test]
    fn a_stream_may_be_silent_between_messages_and_not_within() {
        let admission = Admission::of(9, 1 << 20);
        let mut incoming = Incoming::new(Body::empty(), held(&admission));
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
        let mut large = Incoming::new(Body::empty(), held(&admission));
        assert!(large.passes(&message(80 << 10)[..70 << 10]));
        let mut another = Incoming::new(Body::empty(), held(&admission));
        assert!(!another.passes(&message(60 << 10)));
        let mut small = Incoming::new(Body::empty(), held(&admission));
        assert!(small.passes(&message(16 << 10)));
        drop((large, another));
        assert_eq!(admission.room.load(Ordering::Relaxed), 64 << 10);
    }
}
