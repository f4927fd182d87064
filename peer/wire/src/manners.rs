use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::{Sleep, sleep};

/// What a client says first: HTTP/2's preface, and the head of its settings.
const OPENING: usize = PREFACE + HEAD;
const PREFACE: usize = 24;
const HEAD: usize = 9;

/// Pings that come too early before the connection is ended. gRPC for Go: maxPingStrikes.
const STRIKES: u32 = 2;

const PING: u8 = 6;
const ACKNOWLEDGED: u8 = 1;

/// Whoever was sent more than what answers a ping and settings, or a head or data, may ask again.
const ANSWER: usize = 48;

/// GOAWAY, of no stream, with ENHANCE_YOUR_CALM and gRPC's words.
pub(crate) const TOO_MANY_PINGS: &[u8] =
    b"\0\0\x16\x07\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x0btoo_many_pings";

/// What a client must not do to keep its connection: begin with silence, or ping more often than it was told.
///
/// Fabric: internal/pkg/comm/server.go, `grpc.ConnectionTimeout` and `keepalive.EnforcementPolicy`.
pub struct Manners {
    /// Runs until the client has said something.
    opening: Option<Pin<Box<Sleep>>>,
    heard: usize,
    frames: Frames,
    /// Zero: pings are not counted.
    interval: Duration,
    now: fn() -> Instant,
    last: Option<Instant>,
    strikes: u32,
    answered: bool,
}

impl Manners {
    /// `patience` with a client that says nothing, the least `interval` between its pings, and the time. Call within
    /// Tokio.
    pub fn new(patience: Duration, interval: Duration, now: fn() -> Instant) -> Self {
        Self {
            opening: Some(Box::pin(sleep(patience))),
            heard: 0,
            frames: Frames::default(),
            interval,
            now,
            last: None,
            strikes: 0,
            answered: false,
        }
    }

    /// Nothing has come: ready when that lasts too long.
    pub(crate) fn waits(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(opening) = &mut self.opening else {
            return Poll::Pending;
        };
        opening
            .as_mut()
            .poll(cx)
            .map(|()| io::Error::new(io::ErrorKind::TimedOut, "the client does not begin"))
    }

    /// The client has said this; `false`: it pings too often.
    pub(crate) fn hears(&mut self, bytes: &[u8]) -> bool {
        if self.opening.is_some() {
            self.heard = self.heard.saturating_add(bytes.len());
            if self.heard >= OPENING {
                self.opening = None;
            }
        }
        if self.interval.is_zero() {
            return true;
        }
        let pings = self.frames.pings(bytes);
        (0..pings).all(|_| self.ping())
    }

    /// The client is sent this much; `kind` of the frame that it begins with.
    pub(crate) fn answers(&mut self, kind: Option<u8>, size: usize) {
        self.answered |= size > ANSWER || matches!(kind, Some(0 | 1));
    }

    fn ping(&mut self) -> bool {
        let now = (self.now)();
        // A client that keeps to the interval is not punished for what the network does to it: a tenth is let pass.
        let least = self.interval - self.interval / 10;
        let early = self.last.is_some_and(|last| now < last + least);
        self.last = Some(now);
        if std::mem::take(&mut self.answered) {
            self.strikes = 0;
        } else if early {
            self.strikes += 1;
        }
        self.strikes <= STRIKES
    }
}

/// Where in a client's frames its bytes have got to.
struct Frames {
    head: [u8; HEAD],
    filled: usize,
    /// Bytes that are no head.
    left: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            head: [0; HEAD],
            filled: 0,
            left: PREFACE,
        }
    }
}

impl Frames {
    fn pings(&mut self, mut bytes: &[u8]) -> u32 {
        let mut pings = 0;
        while !bytes.is_empty() {
            let passed = self.left.min(bytes.len());
            self.left -= passed;
            bytes = &bytes[passed..];
            let taken = (HEAD - self.filled).min(bytes.len());
            let (begun, rest) = bytes.split_at(taken);
            self.head[self.filled..self.filled + taken].copy_from_slice(begun);
            (self.filled, bytes) = (self.filled + taken, rest);
            if self.filled == HEAD {
                let [a, b, c, kind, flags, ..] = self.head;
                self.left = u32::from_be_bytes([0, a, b, c]) as usize;
                self.filled = 0;
                pings += u32::from(kind == PING && flags & ACKNOWLEDGED == 0);
            }
        }
        pings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, 0], payload].concat()
    }

    fn manners(interval: Duration) -> Manners {
        Manners::new(Duration::from_secs(600), interval, Instant::now)
    }

    #[test]
    fn pings_are_found_however_the_bytes_are_cut() {
        let bytes = [
            vec![b'P'; PREFACE],
            frame(4, 0, &[]),
            frame(PING, 0, &[6; 8]),
            frame(0, 0, &frame(PING, 0, &[0; 8])),
            frame(PING, ACKNOWLEDGED, &[6; 8]),
            frame(PING, 0, &[0; 8]),
        ]
        .concat();
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let found: u32 = bytes.chunks(size).map(|piece| frames.pings(piece)).sum();
            assert_eq!(found, 2, "in pieces of {size}");
        }
    }

    #[tokio::test]
    async fn the_fourth_ping_in_a_row_is_one_too_many() {
        let ping = frame(PING, 0, &[0; 8]);
        let mut often = manners(Duration::from_secs(3600));
        assert!(often.hears(&[b'P'; PREFACE]));
        for _ in 0..3 {
            assert!(often.hears(&ping));
        }
        assert!(!often.hears(&ping));
        // One that is sent data in between asks for that.
        let mut busy = manners(Duration::from_secs(3600));
        assert!(busy.hears(&[b'P'; PREFACE]));
        for _ in 0..100 {
            assert!(busy.hears(&ping));
            busy.answers(Some(PING), 17);
            busy.answers(Some(0), 20);
        }
        let mut anybody = manners(Duration::ZERO);
        assert!(anybody.hears(&[b'P'; PREFACE]));
        assert!((0..100).all(|_| anybody.hears(&ping)));
    }

    #[test]
    fn the_last_words_are_a_frame() {
        let length = TOO_MANY_PINGS.len() - HEAD;
        assert_eq!(usize::from(TOO_MANY_PINGS[2]), length);
        assert!(TOO_MANY_PINGS.ends_with(b"too_many_pings"));
    }
}
