use bytes::{Buf as _, Bytes};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

thread_local! {
    /// Filled and emptied within one poll: that nothing comes costs a connection no memory.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// An open connection that is read ahead of TLS, which asks for 4 KiB at a time: a transaction is a little more, and under
/// load there are several.
pub struct Ahead<T> {
    inner: T,
    /// What has come and was not asked for.
    rest: Bytes,
}

impl<T> Ahead<T> {
    pub fn new(inner: T) -> Self {
        Self {
            inner,
            rest: Bytes::new(),
        }
    }

    pub fn get_ref(&self) -> &T {
        &self.inner
    }
}

impl<T: Connected> Connected for Ahead<T> {
    type ConnectInfo = T::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Ahead<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.rest.is_empty() {
            let taken = self.rest.len().min(buffer.remaining());
            buffer.put_slice(&self.rest[..taken]);
            self.rest.advance(taken);
            return Poll::Ready(Ok(()));
        }
        if buffer.remaining() >= CHUNK {
            return Pin::new(&mut self.inner).poll_read(cx, buffer);
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
            let read = read.filled();
            let (asked, more) = read.split_at(read.len().min(buffer.remaining()));
            buffer.put_slice(asked);
            self.rest = Bytes::copy_from_slice(more);
            Poll::Ready(Ok(()))
        })
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Ahead<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test]
    async fn nothing_is_lost_however_little_is_asked_for() {
        let (near, mut far) = duplex(3 * CHUNK);
        let sent: Vec<u8> = (0..2 * CHUNK + 77).map(|at| (at % 251) as u8).collect();
        far.write_all(&sent).await.unwrap();
        drop(far);
        let mut ahead = Ahead::new(near);
        let mut got = Vec::new();
        for size in (1..).map(|round| (round * 7919) % (CHUNK + CHUNK / 2) + 1) {
            let mut piece = vec![0; size];
            let read = ahead.read(&mut piece).await.unwrap();
            if read == 0 {
                break;
            }
            got.extend_from_slice(&piece[..read]);
        }
        assert!(got == sent, "{} of {} bytes", got.len(), sent.len());
    }

    #[tokio::test]
    async fn what_is_not_asked_for_does_not_count_as_the_end() {
        let (near, mut far) = duplex(64);
        let mut ahead = Ahead::new(near);
        far.write_all(b"one and two").await.unwrap();
        let mut piece = [0; 3];
        ahead.read_exact(&mut piece).await.unwrap();
        assert_eq!(&piece, b"one");
        far.write_all(b", three").await.unwrap();
        drop(far);
        let mut left = String::new();
        ahead.read_to_string(&mut left).await.unwrap();
        assert_eq!(left, " and two, three");
    }
}
