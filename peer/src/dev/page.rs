//! The page of a development network.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::node::Peer;
use crate::page::{Audience, LogLines, LogTap, Page, router};

/// The page, while it is served.
pub(super) struct ShownPage {
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl ShownPage {
    /// Shows these peers; blocks are those of the first. Call inside Tokio.
    pub(super) fn start<'a>(
        listener: TcpListener,
        peers: impl Iterator<Item = &'a Arc<Peer>>,
    ) -> Result<Self> {
        let lines = LogLines::default();
        // Who embeds this may log already; then the page has no lines.
        let _ = tracing_subscriber::registry()
            .with(LogTap::layer(lines.clone()))
            .try_init();
        let page = Page::new(lines);
        for peer in peers {
            page.watch(Arc::clone(peer));
        }
        let address = listener
            .local_addr()
            .context("reading the page's address")?;
        let served = axum::serve(listener, router(page, Audience::Machine));
        Ok(Self {
            address,
            task: tokio::spawn(served.into_future()),
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Browsers keep their streams open for ever, so nothing is waited for.
    pub(super) fn stop(&self) {
        self.task.abort();
    }
}
