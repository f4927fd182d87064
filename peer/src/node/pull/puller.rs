use super::broken::Broken;
use super::connection::Stream;
use super::progress::Progress;
use super::request::Content;
use super::rotation::Rotation;
use super::{BftPolicy, PullOptions, backoff, censorship, error_chain};
use crate::node::{Arrived, Channel, Closing, CommitError, Peer, Verifier, commit_block};
use crate::validation::look_ahead;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, OrdererEndpoint};
use selvedge_protos::common::Block;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Checked blocks that wait to be committed. Fabric: `peer.gossip.state.blockBufferSize`.
const WAITING: usize = 20;

/// A checked block.
struct Checked {
    block: Block,
    _arrived: Arrived,
}

/// Pulls the channel's blocks from the ordering service and commits them, until the peer closes or a block cannot be
/// judged or stored. A commit once begun is finished before this returns.
pub(in crate::node) async fn pull(
    peer: Arc<Peer>,
    channel: Arc<Channel>,
    options: PullOptions,
    closing: Closing,
) {
    let puller = Puller {
        peer,
        channel,
        options,
        closing,
        rotation: Rotation::default(),
        failures: 0,
        paused: Duration::ZERO,
        full: 0,
    };
    puller.run().await;
}

/// How a channel's orderers are to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// One orderer is as good as another.
    Crashing,
    /// One may lie by silence.
    Byzantine,
}

struct Puller {
    peer: Arc<Peer>,
    channel: Arc<Channel>,
    options: PullOptions,
    closing: Closing,
    rotation: Rotation,
    /// In a row.
    failures: u32,
    /// In pauses between these.
    paused: Duration,
    /// How often in a row the disk was full.
    full: u32,
}

impl Puller {
    async fn run(mut self) {
        loop {
            self.rotation.update(&self.channel.config(), &self.options);
            let trust = match self.trust() {
                Ok(trust) => trust,
                Err(kind) => return self.stop(&Broken::Consensus(kind)),
            };
            if self.failures > 0 && !self.pause(trust).await {
                return;
            }
            let before = self.channel.ledger().height();
            let Some(broken) = self.connection(trust).await else {
                return;
            };
            if self.channel.ledger().height() > before {
                (self.failures, self.paused, self.full) = (0, Duration::ZERO, 0);
            }
            let id = self.channel.id();
            match broken {
                Broken::Commit(error) if error.is_disk_full() => {
                    if !self.wait_for_room(&error).await {
                        return;
                    }
                }
                Broken::Commit(_) => return self.stop(&broken),
                Broken::Refreshed => {
                    tracing::info!(channel = id, %broken, "connecting to the ordering service anew");
                    (self.failures, self.paused) = (0, Duration::ZERO);
                }
                broken => {
                    tracing::warn!(channel = id, %broken, "pulling blocks is interrupted");
                    self.failures = self.failures.saturating_add(1);
                    self.rotation.next();
                }
            }
        }
    }

    fn stop(&self, broken: &Broken) {
        let (channel, cause) = (self.channel.id(), error_chain(broken));
        self.channel.stop(cause.clone());
        tracing::error!(
            channel,
            cause,
            "the channel stops: its blocks cannot be had or committed"
        );
    }

    /// A full disk is for its owner to mend: the block is tried again for as long as it takes. `false`: the peer closes.
    async fn wait_for_room(&mut self, error: &CommitError) -> bool {
        self.full = self.full.saturating_add(1);
        let (first, longest) = (self.options.first_pause, self.options.longest_pause);
        let pause = backoff::after_failures(self.full, first, longest);
        let (channel, cause) = (self.channel.id(), error_chain(error));
        tracing::error!(
            channel,
            cause,
            "the disk is full: the block is tried again in {pause:?}; make room"
        );
        let waits = format!("waiting for room on the disk: {cause}");
        self.channel.stop(waits);
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.closing.closed() => false,
        }
    }

    /// Asked before every connection: a channel may move from Raft to BFT. The error is a consensus that nobody knows.
    fn trust(&self) -> Result<Trust, String> {
        let config = self.channel.config();
        let kind = config
            .orderer()
            .map(|orderer| orderer.consensus_type.as_str());
        match (kind, self.options.bft) {
            (Some("etcdraft"), _) | (Some("BFT"), BftPolicy::Simple) => Ok(Trust::Crashing),
            (Some("BFT"), BftPolicy::Cluster) => Ok(Trust::Byzantine),
            (other, _) => Err(other.unwrap_or_default().to_owned()),
        }
    }

    /// `false`: the peer closes, or has tried for long enough.
    async fn pause(&mut self, trust: Trust) -> bool {
        let PullOptions {
            first_pause,
            longest_pause,
            ..
        } = self.options;
        let pause = match trust {
            Trust::Crashing => backoff::after_failures(self.failures, first_pause, longest_pause),
            Trust::Byzantine => backoff::after_rounds(
                self.failures,
                self.rotation.len(),
                first_pause,
                longest_pause,
            ),
        };
        self.paused = self.paused.saturating_add(pause);
        let channel = self.channel.id();
        if trust == Trust::Crashing
            && let Some(limit) = self.options.give_up
            && self.paused > limit
        {
            tracing::warn!(
                channel,
                "attempted to retry block delivery for more than peer.deliveryclient.reconnectTotalTimeThreshold duration ({limit:?}), giving up"
            );
            return false;
        }
        let (failures, total) = (self.failures, self.paused);
        tracing::warn!(
            channel,
            failures,
            "Disconnected from ordering service. Attempt to re-connect in {pause:?}, total pause is {total:?}"
        );
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.closing.closed() => false,
        }
    }

    /// One connection to its end; `None` when the peer closes.
    async fn connection(&self, trust: Trust) -> Option<Broken> {
        let Some(source) = self.rotation.source() else {
            return Some(Broken::NoAddress);
        };
        let opened = tokio::select! {
            opened = self.open(source) => opened,
            () = self.closing.closed() => return None,
        };
        let (stream, verifier) = match opened {
            Ok(opened) => opened,
            Err(broken) => return Some(broken),
        };
        let (channel, orderer, from) = (self.channel.id(), stream.address(), verifier.next());
        tracing::info!(channel, orderer, from, "pulling blocks");
        let progress = Arc::new(Progress::new(verifier));
        let (sender, receiver) = mpsc::channel(WAITING);
        let mut committing = std::pin::pin!(self.commit_all(receiver));
        let broken = tokio::select! {
            broken = receive(stream, Arc::clone(&progress), &self.channel, sender) => Some(broken),
            broken = self.watch(trust, source, progress) => Some(broken),
            ended = &mut committing => return ended.err(),
            () = self.closing.closed() => None,
        };
        // Nothing is received any more; what is being committed is committed before another connection begins.
        match committing.await {
            Ok(()) => broken,
            Err(error) => Some(error),
        }
    }

    async fn open(&self, source: &OrdererEndpoint) -> Result<(Stream, Verifier), Broken> {
        let info = self
            .channel
            .ledger()
            .chain_info()
            .map_err(|error| Broken::Ledger(error.to_string()))?;
        let verifier = Verifier::new(self.channel.config(), info.height, info.current_block_hash);
        let (peer, channel) = (&self.peer, self.channel.id());
        let stream = Stream::open(
            peer,
            channel,
            info.height,
            Content::Blocks,
            source,
            &self.options,
        )
        .await?;
        Ok((stream, verifier))
    }

    /// Ready when the source is found to keep blocks back; never where nobody looks.
    async fn watch(
        &self,
        trust: Trust,
        source: &OrdererEndpoint,
        progress: Arc<Progress>,
    ) -> Broken {
        if trust == Trust::Crashing {
            return std::future::pending().await;
        }
        censorship::monitor(
            Arc::clone(&self.peer),
            self.channel.id().to_owned(),
            progress,
            self.rotation.others(),
            source.address.clone(),
            self.options.clone(),
        )
        .await
    }

    /// Commits what arrives, to the end of what arrives or until the peer closes.
    async fn commit_all(&self, mut blocks: mpsc::Receiver<Checked>) -> Result<(), Broken> {
        let mut config = self.channel.config();
        let mut next = None;
        loop {
            let block = match next.take() {
                Some(block) => Some(block),
                None => blocks.recv().await,
            };
            let Some(block) = block.filter(|_| !self.closing.is_closed()) else {
                return Ok(());
            };
            next = self.commit_before(block, &mut blocks).await?;
            let now = self.channel.config();
            if !Arc::ptr_eq(&config, &now) {
                if !self.rotation.is_current(&now) || moved(&config, &now) {
                    return Err(Broken::Refreshed);
                }
                config = now;
            }
        }
    }

    /// Commits a block. Answers the one behind it, if it has arrived by then: its signatures were looked at in the meantime.
    async fn commit_before(
        &self,
        block: Checked,
        blocks: &mut mpsc::Receiver<Checked>,
    ) -> Result<Option<Checked>, Broken> {
        let mut committing = std::pin::pin!(self.commit(block));
        let next = tokio::select! {
            biased;
            done = &mut committing => {
                done?;
                return Ok(None);
            }
            next = blocks.recv() => next,
        };
        let stop = Arc::new(AtomicBool::new(false));
        if let Some(Checked { block, .. }) = &next {
            let envelopes = block.data.as_ref().map(|data| data.data.clone());
            let (config, stop) = (self.channel.config(), Arc::clone(&stop));
            // Not waited for: it ends soon after it is told to.
            drop(tokio::task::spawn_blocking(move || {
                look_ahead(&envelopes.unwrap_or_default(), &config, &stop);
            }));
        }
        let committed = committing.await;
        stop.store(true, Ordering::Relaxed);
        committed?;
        Ok(next)
    }

    /// On a thread of its own. A block that came by another way in the meantime is left out.
    async fn commit(&self, checked: Checked) -> Result<(), Broken> {
        let Checked { block, _arrived } = checked;
        let number = block.header.as_ref().map(|header| header.number);
        if number.is_some_and(|number| number < self.channel.ledger().height()) {
            return Ok(());
        }
        let (peer, channel) = (Arc::clone(&self.peer), Arc::clone(&self.channel));
        let bytes = Bytes::from(block.encode_to_vec());
        let committed =
            tokio::task::spawn_blocking(move || commit_block(&peer, &channel, bytes).map(|_| ()));
        committed.await.map_err(|_| Broken::Interrupted)??;
        if self.full > 0 {
            self.channel.go_on();
        }
        Ok(())
    }
}

/// Whether the orderers became others in kind, which asks for another way to pull.
fn moved(before: &ChannelConfig, after: &ChannelConfig) -> bool {
    let kind = |config: &ChannelConfig| {
        config
            .orderer()
            .map(|orderer| orderer.consensus_type.clone())
    };
    kind(before) != kind(after)
}

/// Checks blocks and passes them on.
async fn receive(
    mut stream: Stream,
    progress: Arc<Progress>,
    channel: &Channel,
    sender: mpsc::Sender<Checked>,
) -> Broken {
    let mut verifier = progress.verifier();
    loop {
        let block = match stream.next().await {
            Ok(block) => block,
            Err(broken) => return broken,
        };
        let number = block.header.as_ref().map_or(0, |header| header.number);
        if let Err(source) = verifier.verify(&block) {
            return Broken::Block {
                number,
                address: stream.address().to_owned(),
                source,
            };
        }
        progress.advance(&verifier);
        progress.set_full(sender.capacity() == 0);
        let checked = Checked {
            block,
            _arrived: channel.commits().arrived(),
        };
        if sender.send(checked).await.is_err() {
            return Broken::Interrupted;
        }
        progress.set_full(false);
    }
}
