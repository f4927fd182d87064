//! Answers that a client has not read yet: some where they are small, one where they are large.

use futures::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Answers a client may be sent ahead of what it has read.
const ANSWERS: usize = 8;

/// Bytes of them together; one that is larger goes alone. Thousands of clients may read nothing.
const BYTES: u32 = 1 << 20;

/// Where answers are put in.
#[derive(Debug)]
pub(super) struct Ahead<T> {
    sender: mpsc::Sender<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

impl<T> Clone for Ahead<T> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            room: Arc::clone(&self.room),
        }
    }
}

/// Where they come out.
#[derive(Debug)]
pub(crate) struct Sent<T>(mpsc::Receiver<(T, OwnedSemaphorePermit)>);

/// The client is gone.
#[derive(Debug)]
pub(super) struct Gone;

pub(super) fn ahead<T>() -> (Ahead<T>, Sent<T>) {
    let (sender, receiver) = mpsc::channel(ANSWERS);
    let room = Arc::new(Semaphore::new(BYTES as usize));
    (Ahead { sender, room }, Sent(receiver))
}

impl<T> Ahead<T> {
    /// Waits until the client has read enough of what it was sent.
    pub(super) async fn send(&self, answer: T, size: usize) -> Result<(), Gone> {
        let size = u32::try_from(size).unwrap_or(BYTES).min(BYTES);
        let room = Arc::clone(&self.room).acquire_many_owned(size);
        let room = room.await.map_err(|_| Gone)?;
        let sent = self.sender.send((answer, room)).await;
        sent.map_err(|_| Gone)
    }

    pub(super) async fn closed(&self) {
        self.sender.closed().await;
    }
}

impl<T> Stream for Sent<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let received = self.0.poll_recv(cx);
        received.map(|received| received.map(|(answer, _)| answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt as _, StreamExt as _};

    #[tokio::test]
    async fn large_answers_go_one_at_a_time_and_small_ones_together() {
        let (sender, mut sent) = ahead();
        for number in 0..ANSWERS {
            sender.send(number, 100).await.unwrap();
        }
        assert!(sender.send(99, 100).now_or_never().is_none());
        for number in 0..ANSWERS {
            assert_eq!(sent.next().await, Some(number));
        }
        sender.send(1, 100 << 20).await.unwrap();
        assert!(sender.send(2, 1).now_or_never().is_none());
        assert_eq!(sent.next().await, Some(1));
        sender.send(3, 1).await.unwrap();
        drop(sent);
        assert!(sender.send(4, 1).await.is_err());
    }
}
