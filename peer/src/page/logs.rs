//! The latest lines of chaincode, kept for the page.

use parking_lot::Mutex;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use tokio::sync::broadcast;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Lines that are kept, and that a slow reader may be behind.
const KEPT: usize = 500;
/// The loggers of chaincode: what it said through its peer, and what its container printed.
const TARGETS: [&str; 2] = ["chaincode", "peer.chaincode"];
/// Bytes of one line that are kept.
const LONGEST: usize = 4096;

/// One line that a chaincode wrote.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LogLine {
    level: String,
    chaincode: String,
    channel: String,
    tx_id: String,
    text: String,
}

/// The latest lines of all chaincode of the process.
#[derive(Clone, Debug)]
pub(crate) struct LogLines(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    latest: Mutex<VecDeque<LogLine>>,
    sender: broadcast::Sender<LogLine>,
}

impl Default for LogLines {
    fn default() -> Self {
        Self(Arc::new(Kept {
            latest: Mutex::default(),
            sender: broadcast::Sender::new(KEPT),
        }))
    }
}

impl LogLines {
    /// Oldest first.
    pub(super) fn latest(&self) -> Vec<LogLine> {
        self.0.latest.lock().iter().cloned().collect()
    }

    pub(super) fn follow(&self) -> broadcast::Receiver<LogLine> {
        self.0.sender.subscribe()
    }

    fn push(&self, line: LogLine) {
        let mut latest = self.0.latest.lock();
        if latest.len() == KEPT {
            latest.pop_front();
        }
        latest.push_back(line.clone());
        drop(latest);
        // Nobody looking is not an error.
        let _ = self.0.sender.send(line);
    }
}

/// Takes from the process's log what chaincode wrote.
#[derive(Debug)]
pub(crate) struct LogTap(LogLines);

impl LogTap {
    /// A layer that asks for nothing else, so that the rest of the program need not say anything.
    pub(crate) fn layer<S>(lines: LogLines) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let targets = TARGETS.map(|target| (target, LevelFilter::TRACE));
        Self(lines).with_filter(Targets::new().with_targets(targets))
    }
}

impl<S: Subscriber> Layer<S> for LogTap {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        // The filter lets through what is below these, too.
        if !TARGETS.contains(&metadata.target()) {
            return;
        }
        let mut line = LogLine {
            level: metadata.level().as_str().to_ascii_lowercase(),
            ..LogLine::default()
        };
        event.record(&mut line);
        self.0.push(line);
    }
}

impl LogLine {
    fn set(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => {
                self.text = value;
                let end = self.text.floor_char_boundary(LONGEST);
                self.text.truncate(end);
            }
            "chaincode" => self.chaincode = value,
            "channel" => self.channel = value,
            "tx_id" => self.tx_id = value,
            _ => {}
        }
    }
}

impl Visit for LogLine {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[test]
    fn lines_of_chaincode_are_kept_and_no_others() {
        let lines = LogLines::default();
        let subscriber = tracing_subscriber::registry().with(LogTap::layer(lines.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let (chaincode, tx_id) = ("basic", "ab");
            tracing::warn!(target: "chaincode", chaincode, channel = "dev", tx_id, "{}", "low");
            tracing::warn!("the peer's own");
            for _ in 0..KEPT {
                tracing::info!(target: "peer.chaincode", chaincode, "{}", "x".repeat(2 * LONGEST));
            }
        });
        let kept = lines.latest();
        assert_eq!(kept.len(), KEPT, "the oldest is gone");
        assert!(
            kept.iter()
                .all(|line| line.text.len() == LONGEST && line.level == "info")
        );
    }
}
