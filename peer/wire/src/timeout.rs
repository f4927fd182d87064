use crate::Answer;
use http::{HeaderMap, Response};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

/// How long a client waits for its answer, by its request's headers. What cannot be read is no limit.
///
/// gRPC over HTTP/2, `grpc-timeout`: up to eight digits and a unit.
pub fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    parse(headers.get("grpc-timeout")?.to_str().ok()?)
}

fn parse(timeout: &str) -> Option<Duration> {
    let (digits, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number.checked_mul(3600)?),
        "M" => Duration::from_secs(number.checked_mul(60)?),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// An answer to come for as long as its client waits for it.
pub(crate) struct Timed {
    answer: Answer,
    patience: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    pub(crate) fn new(answer: Answer, timeout: Option<Duration>) -> Self {
        Self {
            answer,
            patience: timeout.map(|timeout| Box::pin(sleep(timeout))),
        }
    }
}

impl Future for Timed {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answered = self.answer.as_mut().poll(cx);
        if answered.is_pending()
            && let Some(patience) = &mut self.patience
            && patience.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Ok(Status::cancelled("Timeout expired").into_http()));
        }
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(parse("5S"), Some(Duration::from_secs(5)));
        assert_eq!(parse("4999m"), Some(Duration::from_millis(4999)));
        assert_eq!(
            parse("99999999H"),
            Some(Duration::from_secs(359_999_996_400))
        );
        for wrong in ["", "S", "5", "5X", "-1S", "123456789S", "5é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_the_client() {
        let never = || -> Answer { Box::pin(std::future::pending()) };
        let late = Timed::new(never(), Some(Duration::from_millis(1)));
        let status = Status::from_header_map(late.await.unwrap().headers()).unwrap();
        assert_eq!(status.code(), Code::Cancelled);
        let answer: Answer = Box::pin(async { Ok(Status::ok("").into_http()) });
        let early = Timed::new(answer, Some(Duration::ZERO)).await.unwrap();
        assert_eq!(early.headers()["grpc-status"], "0");
    }
}
