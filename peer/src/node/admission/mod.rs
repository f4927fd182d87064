//! How many requests are under way, and how much of their messages is held.
//!
//! A service counts its requests once it has their messages. A client that sends half of a message, or opens a stream and
//! nothing else, never gets there, and costs memory all the same: one such request up to the largest message. What is
//! counted here is counted before.

mod incoming;

use super::ServeOptions;
use super::requests::{Answered, UnderWay};
use crate::operations::Operations;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use incoming::Incoming;
use selvedge_wire::{Answer, Answers, Named, Services};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;

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

    /// The same services, behind it, with what they are asked counted by `operations`.
    pub(super) fn before(self, services: Named, operations: &Arc<Operations>) -> Services {
        Services::new(Admitting {
            admission: self,
            operations: Arc::clone(operations),
            services,
        })
    }
}

/// Admits requests and counts them in one: two of these would each look for the messages in what passes.
struct Admitting {
    admission: Admission,
    operations: Arc<Operations>,
    services: Named,
}

impl Answers for Admitting {
    fn answer(&self, request: Request<Body>) -> Answer {
        let Ok(place) = Arc::clone(&self.admission.requests).try_acquire_owned() else {
            let refused =
                Status::resource_exhausted("too many requests are under way at this peer");
            return Box::pin(async move { Ok(refused.into_http()) });
        };
        let held = Arc::new(Held {
            room: Arc::clone(&self.admission.room),
            bytes: AtomicU64::new(0),
            _place: place,
        });
        let under_way = UnderWay::begin(request.uri().path(), &self.operations);
        let received = under_way.as_ref().and_then(UnderWay::received);
        let incoming = Arc::clone(&held);
        let request =
            request.map(|body| Body::new(Incoming::new(body, incoming, received, PATIENCE)));
        let response = self.services.answer(request);
        Box::pin(async move { Ok(passing(response.await?, under_way, held)) })
    }
}

fn passing(
    response: Response<Body>,
    under_way: Option<UnderWay>,
    held: Arc<Held>,
) -> Response<Body> {
    let answered = under_way.and_then(|under_way| under_way.answered(response.headers()));
    response.map(|body| {
        Body::new(Outgoing {
            body,
            answered,
            _held: held,
        })
    })
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

/// What a client is sent.
struct Outgoing {
    body: Body,
    answered: Option<Answered>,
    _held: Arc<Held>,
}

type Passed = Poll<Option<Result<Frame<Bytes>, Status>>>;

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Passed {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(answered) = &mut self.answered
        {
            answered.passes(frame);
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
