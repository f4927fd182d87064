use super::filter::{Active, Counting, SpecFilter};
use super::spec::{LogLevel, LogSpec, LogSpecError};
use parking_lot::RwLock;
use prometheus::{IntCounterVec, Opts};
use std::io::IsTerminal as _;
use std::sync::Arc;
use tracing::Metadata;
use tracing_subscriber::layer::{Identity, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, fmt};

/// How lines look. Fabric: FABRIC_LOGGING_FORMAT, whose templates are not followed: whatever is not `json` is text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

impl LogFormat {
    pub fn named(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// How many lines there were, by level. One for a process.
#[derive(Clone, Debug)]
pub struct LogCounts {
    checked: IntCounterVec,
    written: IntCounterVec,
}

impl Default for LogCounts {
    fn default() -> Self {
        let counter = |name, help| {
            let opts = Opts::new(name, help).namespace("logging");
            IntCounterVec::new(opts, &["level"]).expect("the names are good ones")
        };
        Self {
            checked: counter(
                "entries_checked",
                "Number of log entries checked against the active logging level",
            ),
            written: counter("entries_written", "Number of log entries that are written"),
        }
    }
}

impl LogCounts {
    pub(super) fn checked(&self, metadata: &Metadata<'_>) {
        count(&self.checked, metadata);
    }

    pub(super) fn written(&self, metadata: &Metadata<'_>) {
        count(&self.written, metadata);
    }

    /// As Prometheus collects them.
    pub(crate) fn families(&self) -> [IntCounterVec; 2] {
        [self.checked.clone(), self.written.clone()]
    }
}

fn count(counter: &IntCounterVec, metadata: &Metadata<'_>) {
    let level = match LogLevel::of(*metadata.level()) {
        LogLevel::Payload => "payload",
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        _ => "error",
    };
    counter.with_label_values(&[level]).inc();
}

/// Reads and changes what is written while the process runs.
#[derive(Clone, Debug, Default)]
pub struct LogControl {
    active: Active,
    counts: LogCounts,
}

impl LogControl {
    /// The specification in force.
    pub fn spec(&self) -> LogSpec {
        self.active.read().clone()
    }

    /// From here on `spec` decides.
    ///
    /// # Errors
    /// When it is none; the one before stays in force.
    pub fn activate(&self, spec: &str) -> Result<(), LogSpecError> {
        *self.active.write() = spec.parse()?;
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    }

    pub fn counts(&self) -> &LogCounts {
        &self.counts
    }
}

/// Starts logging to standard error. Once per process: where somebody else logs already, what comes back changes
/// nothing.
///
/// # Errors
/// When `spec` is no specification.
pub fn start_logging(spec: &str, format: LogFormat) -> Result<LogControl, LogSpecError> {
    start_logging_beside(spec, format, Identity::new())
}

/// The same, with somebody else who hears of events, whatever `spec` says.
pub(crate) fn start_logging_beside(
    spec: &str,
    format: LogFormat,
    other: impl Layer<Registry> + Send + Sync,
) -> Result<LogControl, LogSpecError> {
    let control = LogControl {
        active: Arc::new(RwLock::new(spec.parse()?)),
        counts: LogCounts::default(),
    };
    let filter = SpecFilter {
        active: Arc::clone(&control.active),
        counts: control.counts.clone(),
    };
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Json => lines.json().boxed(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    let counting = Counting(control.counts.clone());
    let layer = lines.and_then(counting).with_filter(filter);
    // A subscriber that is there already was set by whoever embeds the peer.
    let _ = tracing_subscriber::registry()
        .with(other)
        .with(layer)
        .try_init();
    Ok(control)
}
