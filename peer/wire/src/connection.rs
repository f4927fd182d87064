use crate::Manners;
use crate::manners::TOO_MANY_PINGS;
use bytes::BytesMut;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// What is more than this is not held back.
const MOST: usize = 8 << 10;

/// Where in a frame its kind is.
const KIND: usize = 3;

/// Called at the end of a connection.
pub type Ended = Box<dyn FnOnce() + Send + Sync>;

/// An open connection, which may be *corked*.
///
/// HTTP/2 flushes the headers and the data of an answer before it has the trailers ready, a moment later in the same poll:
/// two TLS records, two system calls, two packets, and a client that wakes twice for one answer. A corked connection holds
/// a flush back once, until whoever writes flushes again or is polled again, which it then is at once.
pub struct Connection<T> {
    inner: T,
    corked: bool,
    held: BytesMut,
    /// A flush was held back.
    flush: bool,
    ended: Option<Ended>,
    manners: Option<Manners>,
}

impl<T> Connection<T> {
    pub fn new(inner: T, corked: bool, ended: Option<Ended>) -> Self {
        Self {
            inner,
            corked,
            held: BytesMut::new(),
            flush: false,
            ended,
            manners: None,
        }
    }

    /// The same for a client that has to mind its manners. Call within Tokio.
    #[must_use]
    pub fn minding(mut self, manners: Manners) -> Self {
        self.manners = Some(manners);
        self
    }
}

impl<T> Drop for Connection<T> {
    fn drop(&mut self) {
        if let Some(ended) = self.ended.take() {
            ended();
        }
    }
}

impl<T: AsyncWrite + Unpin> Connection<T> {
    fn write_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = self.held.split_to(written);
        }
        Poll::Ready(Ok(()))
    }

    fn flush_now(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_held(cx))?;
        self.flush = false;
        Pin::new(&mut self.inner).poll_flush(cx)
    }
}

impl<T: AsyncWrite + Unpin> Connection<T> {
    /// Whether a client that has said this, or nothing, goes on being read.
    fn mind(
        &mut self,
        read: Poll<io::Result<()>>,
        bytes: &[u8],
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(manners) = &mut self.manners else {
            return read;
        };
        if read.is_pending() {
            return manners.waits(cx).map(Err);
        }
        if manners.hears(bytes) {
            return read;
        }
        // It is told, if it listens; what was being written is not waited for.
        if self.write_held(cx).is_ready() {
            let _ = Pin::new(&mut self.inner).poll_write(cx, TOO_MANY_PINGS);
            let _ = Pin::new(&mut self.inner).poll_flush(cx);
        }
        Poll::Ready(Err(io::Error::other("too many pings")))
    }

    fn answers(&mut self, bytes: &[u8]) {
        if let Some(manners) = &mut self.manners {
            manners.answers(bytes.get(KIND).copied(), bytes.len());
        }
    }
}

impl<T: Connected> Connected for Connection<T> {
    type ConnectInfo = T::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // The poll after the one that was held back begins with reading. An error is the next write's.
        if self.flush {
            let _ = self.flush_now(cx);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buffer);
        self.mind(read, &buffer.filled()[before..], cx)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.corked && self.held.len() + bytes.len() <= MOST {
            self.answers(bytes);
            self.held.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(self.write_held(cx))?;
        self.answers(bytes);
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let size: usize = slices.iter().map(|slice| slice.len()).sum();
        if let Some(manners) = &mut self.manners {
            manners.answers(
                slices.first().and_then(|first| first.get(KIND).copied()),
                size,
            );
        }
        if self.corked && self.held.len() + size <= MOST {
            for slice in slices {
                self.held.extend_from_slice(slice);
            }
            return Poll::Ready(Ok(size));
        }
        ready!(self.write_held(cx))?;
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.held.is_empty() || self.flush {
            return self.flush_now(cx);
        }
        self.flush = true;
        cx.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.flush_now(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    /// Flushes once or twice in one poll.
    async fn flush(corked: &mut Connection<tokio::io::DuplexStream>, times: usize) {
        poll_fn(|cx| {
            for _ in 0..times {
                ready!(Pin::new(&mut *corked).poll_flush(cx))?;
            }
            Poll::Ready(io::Result::Ok(()))
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn what_is_flushed_again_goes_out_at_once_and_together() {
        let (near, mut far) = duplex(1 << 16);
        let mut corked = Connection::new(near, true, None);
        corked.write_all(b"data").await.unwrap();
        flush(&mut corked, 1).await;
        corked.write_all(b" and trailers").await.unwrap();
        flush(&mut corked, 1).await;
        let mut got = [0; 64];
        let size = far.read(&mut got).await.unwrap();
        assert_eq!(&got[..size], b"data and trailers");
    }

    #[tokio::test]
    async fn what_is_flushed_once_goes_out_with_the_next_poll() {
        let (near, mut far) = duplex(1 << 16);
        let mut corked = Connection::new(near, true, None);
        corked.write_all(b"window").await.unwrap();
        flush(&mut corked, 1).await;
        let mut nothing = [0; 1];
        poll_fn(|cx| {
            let mut buffer = ReadBuf::new(&mut nothing);
            assert!(
                Pin::new(&mut corked)
                    .poll_read(cx, &mut buffer)
                    .is_pending()
            );
            Poll::Ready(())
        })
        .await;
        let mut got = [0; 64];
        let size = far.read(&mut got).await.unwrap();
        assert_eq!(&got[..size], b"window");
    }

    #[tokio::test]
    async fn much_is_not_held_back_and_nothing_is_lost_at_the_end() {
        let (near, mut far) = duplex(1 << 20);
        let mut corked = Connection::new(near, true, None);
        let much = vec![7; 3 * MOST];
        corked.write_all(b"first").await.unwrap();
        corked.write_all(&much).await.unwrap();
        corked.write_all(b"last").await.unwrap();
        corked.shutdown().await.unwrap();
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, [b"first", &much[..], b"last"].concat());
    }
}
