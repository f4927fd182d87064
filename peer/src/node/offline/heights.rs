use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// How many blocks the channels had before they were cut back. Until they have them again the peer endorses nothing: it
/// would do so on a state that was overtaken.
///
/// Fabric: common/ledger/blkstorage/reset.go, `__preResetHeight`; internal/peer/node/start.go resetLoop.
#[derive(Debug)]
pub(in crate::node) struct PreResetHeights {
    dir: PathBuf,
    waiting: AtomicBool,
    heights: Mutex<BTreeMap<String, u64>>,
}

impl PreResetHeights {
    fn dir(ledgers: &Path) -> PathBuf {
        ledgers.join(".preResetHeight")
    }

    /// Notes a height, unless one noted earlier is higher.
    pub(super) fn note(ledgers: &Path, channel: &str, height: u64) -> io::Result<()> {
        let dir = Self::dir(ledgers);
        fs::create_dir_all(&dir)?;
        let path = dir.join(channel);
        let before = fs::read_to_string(&path).ok();
        let before = before.and_then(|text| text.trim().parse().ok());
        let height = height.max(before.unwrap_or_default());
        fs::write(path, height.to_string())
    }

    /// What was noted of these channels. A note that cannot be read keeps nothing waiting.
    pub(in crate::node) fn load<'a>(
        ledgers: &Path,
        channels: impl Iterator<Item = &'a String>,
    ) -> Self {
        let dir = Self::dir(ledgers);
        let noted = channels.filter_map(|channel| {
            let text = fs::read_to_string(dir.join(channel)).ok()?;
            Some((channel.clone(), text.trim().parse().ok()?))
        });
        let heights: BTreeMap<String, u64> = noted.collect();
        if !heights.is_empty() {
            tracing::info!(
                ?heights,
                "Ledger rebuild: endorsement requests are refused until the channels have their blocks again"
            );
        }
        Self {
            dir,
            waiting: AtomicBool::new(!heights.is_empty()),
            heights: Mutex::new(heights),
        }
    }

    /// Whether a channel has still fewer blocks than it had. `height` answers for those that are there.
    pub(in crate::node) fn waiting(&self, height: impl Fn(&str) -> Option<u64>) -> bool {
        if !self.waiting.load(Ordering::Relaxed) {
            return false;
        }
        let mut heights = self.heights.lock();
        heights.retain(|channel, before| {
            let reached = height(channel).is_none_or(|height| height >= *before);
            if reached && let Err(error) = fs::remove_file(self.dir.join(channel)) {
                tracing::warn!(channel, %error, "the note of an earlier height stays");
            }
            !reached
        });
        self.waiting.store(!heights.is_empty(), Ordering::Relaxed);
        !heights.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_waits_until_it_has_its_blocks_again() {
        let dir = tempfile::tempdir().unwrap();
        let channels = ["one".to_owned(), "two".to_owned()];
        PreResetHeights::note(dir.path(), "one", 7).unwrap();
        PreResetHeights::note(dir.path(), "one", 3).unwrap();
        let heights = PreResetHeights::load(dir.path(), channels.iter());
        assert!(heights.waiting(|_| Some(6)));
        assert!(!heights.waiting(|_| Some(7)));
        let again = PreResetHeights::load(dir.path(), channels.iter());
        assert!(!again.waiting(|_| Some(0)));
    }
}
