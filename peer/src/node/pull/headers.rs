use super::broken::Broken;
use super::connection::Stream;
use super::progress::Progress;
use super::request::Content;
use super::{PullOptions, backoff};
use crate::node::{Peer, Verifier};
use parking_lot::Mutex;
use selvedge_identity::OrdererEndpoint;
use std::future::Future;
use std::sync::Arc;
use tokio::time::Instant;

/// The last good header of an orderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u64,
    /// When it arrived.
    pub(super) at: Instant,
}

/// Follows the headers of one orderer, for as long as the task runs. Failures are not reported: an orderer that shows no
/// headers accuses nobody.
///
/// Fabric: common/deliverclient/blocksprovider/bft_header_receiver.go.
pub(super) fn watch(
    peer: Arc<Peer>,
    channel_id: String,
    endpoint: OrdererEndpoint,
    progress: Arc<Progress>,
    options: PullOptions,
) -> (impl Future<Output = ()> + Send, Arc<Mutex<Option<Head>>>) {
    let head = Arc::new(Mutex::new(None));
    let follower = Follower {
        peer,
        channel_id,
        endpoint,
        verifier: progress.verifier(),
        progress,
        options,
        head: Arc::clone(&head),
    };
    (follower.run(), head)
}

struct Follower {
    peer: Arc<Peer>,
    channel_id: String,
    endpoint: OrdererEndpoint,
    /// Of its own, because headers may be ahead of blocks.
    verifier: Verifier,
    progress: Arc<Progress>,
    options: PullOptions,
    head: Arc<Mutex<Option<Head>>>,
}

impl Follower {
    async fn run(mut self) {
        let mut failures = 0u32;
        loop {
            let before = self.verifier.next();
            let broken = self.follow().await;
            if self.verifier.next() > before {
                failures = 0;
            }
            failures = failures.saturating_add(1);
            let pause = backoff::after_rounds(
                failures.saturating_sub(1),
                1,
                self.options.first_pause,
                self.options.longest_pause,
            );
            let (channel, address) = (&self.channel_id, &self.endpoint.address);
            tracing::debug!(channel, address, %broken, ?pause, "no more headers from this orderer for now");
            tokio::time::sleep(pause).await;
        }
    }

    /// One connection to its end.
    async fn follow(&mut self) -> Broken {
        let blocks = self.progress.verifier();
        if blocks.next() > self.verifier.next() {
            self.verifier = blocks;
        }
        let from = self.verifier.next();
        let opened = Stream::open(
            &self.peer,
            &self.channel_id,
            from,
            Content::Headers,
            &self.endpoint,
            &self.options,
        );
        let mut stream = match opened.await {
            Ok(stream) => stream,
            Err(broken) => return broken,
        };
        loop {
            let header = match stream.next().await {
                Ok(header) => header,
                Err(broken) => return broken,
            };
            let number = self.verifier.next();
            if let Err(source) = self.verifier.verify_header(&header) {
                let (channel, address) = (&self.channel_id, &self.endpoint.address);
                tracing::warn!(channel, address, %source, "block attestation verification failed");
                return Broken::Block {
                    number,
                    address: address.clone(),
                    source,
                };
            }
            *self.head.lock() = Some(Head {
                number,
                at: Instant::now(),
            });
        }
    }
}
