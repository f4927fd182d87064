//! Who listens to a channel's blocks, and when they are told of new ones.

use parking_lot::Mutex;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Listeners that are told at one time. What they do then takes less of the processor than a small block.
const TOGETHER: usize = 32;

/// What listeners may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Number of blocks.
    pub(super) height: u64,
    /// There will be no more.
    pub(super) ended: bool,
}

/// Tells listeners of blocks, a group at a time, so that a block that arrives meanwhile waits for one group and not for all.
pub(super) struct News {
    latest: watch::Sender<Told>,
    groups: Mutex<Vec<watch::Sender<Told>>>,
    /// When the first block came that not everybody was told of.
    untold: Mutex<Option<Instant>>,
    /// How long listeners wait, at most, for blocks that are being committed.
    delay: Duration,
}

impl News {
    pub(super) fn new(height: u64, delay: Duration) -> Self {
        let told = Told {
            height,
            ended: false,
        };
        Self {
            latest: watch::Sender::new(told),
            groups: Mutex::default(),
            untold: Mutex::default(),
            delay,
        }
    }

    /// What one more listener is told.
    pub(super) fn listen(&self) -> watch::Receiver<Told> {
        let mut groups = self.groups.lock();
        let room = groups.iter().find(|one| one.receiver_count() < TOGETHER);
        if let Some(group) = room {
            return group.subscribe();
        }
        let group = watch::Sender::new(*self.latest.borrow());
        let listener = group.subscribe();
        groups.push(group);
        listener
    }

    /// There are so many blocks.
    pub(super) fn grown(&self, height: u64) {
        self.latest.send_if_modified(|latest| {
            if height <= latest.height {
                return false;
            }
            latest.height = height;
            self.untold.lock().get_or_insert_with(Instant::now);
            true
        });
    }

    /// There will be no more. Nobody is kept waiting.
    pub(super) fn end(&self) {
        self.latest.send_modify(|latest| latest.ended = true);
        let groups = self.groups.lock();
        for group in groups.iter() {
            group.send_modify(|told| told.ended = true);
        }
    }

    /// Tells listeners, for ever. `busy`: whether blocks are being committed.
    pub(super) async fn spread(&self, mut busy: watch::Receiver<bool>) {
        let mut latest = self.latest.subscribe();
        // What came before this was polled is told first.
        loop {
            let since = self.untold.lock().unwrap_or_else(Instant::now);
            let due = since + self.delay;
            let mut group = 0;
            while self.tell(group, &mut busy, due).await {
                group += 1;
            }
            if latest.changed().await.is_err() {
                return;
            }
        }
    }

    /// Tells one group, as soon as no block is being committed or it is due. Whether there is such a group.
    async fn tell(&self, group: usize, busy: &mut watch::Receiver<bool>, due: Instant) -> bool {
        if *busy.borrow() {
            // An error means that no block will ever be committed.
            let _ = tokio::time::timeout_at(due, busy.wait_for(|busy| !*busy)).await;
        }
        if group == 0 {
            // What comes from here on is for the next round.
            *self.untold.lock() = None;
        }
        let latest = *self.latest.borrow();
        let told =
            self.groups.lock().get(group).map(|group| {
                group.send_if_modified(|told| std::mem::replace(told, latest) != latest)
            });
        if told == Some(true) {
            // Behind the listeners that were woken.
            tokio::task::yield_now().await;
        }
        told.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::pin::pin;

    const LONG: Duration = Duration::from_secs(3600);

    fn heights(listeners: &[watch::Receiver<Told>]) -> Vec<u64> {
        listeners.iter().map(|one| one.borrow().height).collect()
    }

    /// One listener of each group, as they come.
    fn groups(news: &News, count: usize) -> Vec<watch::Receiver<Told>> {
        let all: Vec<_> = (0..count * TOGETHER).map(|_| news.listen()).collect();
        all.into_iter().step_by(TOGETHER).collect()
    }

    #[tokio::test]
    async fn a_block_that_arrives_waits_for_one_group() {
        let news = News::new(5, LONG);
        let (commits, busy) = watch::channel(true);
        let listeners = groups(&news, 3);
        let mut spread = pin!(news.spread(busy));
        news.grown(6);
        assert!((&mut spread).now_or_never().is_none());
        assert_eq!(heights(&listeners), [5, 5, 5]);
        commits.send_replace(false);
        assert!((&mut spread).now_or_never().is_none());
        assert_eq!(heights(&listeners), [6, 5, 5]);
        commits.send_replace(true);
        for _ in 0..3 {
            assert!((&mut spread).now_or_never().is_none());
            assert_eq!(heights(&listeners), [6, 5, 5]);
        }
        // What came meanwhile is told with the rest.
        news.grown(7);
        commits.send_replace(false);
        for expected in [[6, 7, 5], [6, 7, 7], [7, 7, 7]] {
            assert!((&mut spread).now_or_never().is_none());
            assert_eq!(heights(&listeners), expected);
        }
    }

    #[tokio::test]
    async fn blocks_without_an_end_do_not_keep_listeners_waiting() {
        let news = News::new(5, Duration::ZERO);
        let (_commits, busy) = watch::channel(true);
        let mut listeners = groups(&news, 3);
        tokio::select! {
            () = news.spread(busy) => {}
            () = async {
                for height in 6..9 {
                    news.grown(height);
                    for listener in &mut listeners {
                        let told = listener.wait_for(|told| told.height >= height);
                        assert!(!told.await.unwrap().ended);
                    }
                }
            } => {}
        }
        assert_eq!(heights(&listeners), [8, 8, 8]);
    }

    #[test]
    fn whoever_comes_late_is_told_what_there_is_and_of_the_end() {
        let news = News::new(5, LONG);
        let first = news.listen();
        news.grown(6);
        news.grown(4);
        // Takes the place of one that went.
        drop(first);
        let again = news.listen();
        let more: Vec<_> = (0..TOGETHER).map(|_| news.listen()).collect();
        assert_eq!(news.groups.lock().len(), 2);
        let newest = more.last().unwrap();
        assert_eq!((again.borrow().height, newest.borrow().height), (5, 6));
        news.end();
        assert!(again.borrow().ended && newest.borrow().ended && news.listen().borrow().ended);
    }
}
