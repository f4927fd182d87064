//! Connections of a listener, counted from their acceptance to their end.

use crate::operations::{GrpcMetrics, Operations};
use prometheus::IntCounter;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// Counts, if anybody wants to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Option<GrpcMetrics>);

impl Connections {
    pub(super) fn of(operations: &Arc<Operations>) -> Self {
        Self(Some(operations.metrics().grpc.clone()))
    }

    pub(super) fn count<T>(&self, connection: T) -> Connection<T> {
        let metrics = self.0.as_ref();
        metrics.inspect(|metrics| metrics.opened.inc());
        Connection {
            inner: connection,
            _open: Open(metrics.map(|metrics| metrics.closed.clone())),
        }
    }
}

struct Open(Option<IntCounter>);

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(closed) = &self.0 {
            closed.inc();
        }
    }
}

/// An open connection.
pub(super) struct Connection<T> {
    inner: T,
    _open: Open,
}

impl<T: Connected> Connected for Connection<T> {
    type ConnectInfo = T::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
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
}
