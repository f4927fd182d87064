use super::spec::{LogLevel, LogSpec};
use super::{LogCounts, names};
use parking_lot::RwLock;
use std::sync::Arc;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter, Layer};

/// The specification in force.
pub(super) type Active = Arc<RwLock<LogSpec>>;

/// Lets through what the specification does. Each place that logs is judged once, when it first logs or when the
/// specification changes.
pub(super) struct SpecFilter {
    pub(super) active: Active,
    pub(super) counts: LogCounts,
}

impl SpecFilter {
    fn lets_through(&self, metadata: &Metadata<'_>) -> bool {
        LogLevel::of(*metadata.level()) >= threshold(&self.active.read(), metadata.target())
    }
}

/// Fabric has its names, this program has its own; libraries are silent below `info` unless named.
fn threshold(spec: &LogSpec, target: &str) -> LogLevel {
    let own = names::own(target);
    let named = spec.named(&own);
    let named = named.or_else(|| spec.named(&names::fabric(&own)?));
    named.unwrap_or_else(|| match spec.default_level() {
        level if names::is_foreign(target) => level.max(LogLevel::Info),
        level => level,
    })
}

impl<S> Filter<S> for SpecFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        let enabled = self.lets_through(metadata);
        if !enabled && metadata.is_event() {
            self.counts.checked(metadata);
        }
        enabled
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.lets_through(metadata) {
            return Interest::always();
        }
        // Fabric counts as checked what any logger might write.
        if LogLevel::of(*metadata.level()) >= self.active.read().least() {
            return Interest::sometimes();
        }
        Interest::never()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match self.active.read().least() {
            LogLevel::Payload => LevelFilter::TRACE,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::DPanic | LogLevel::Panic | LogLevel::Fatal => LevelFilter::OFF,
        })
    }
}

/// Counts what is written.
pub(super) struct Counting(pub(super) LogCounts);

impl<S: Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.checked(event.metadata());
        self.0.written(event.metadata());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logger_obeys_its_own_name_then_fabrics_then_the_default() {
        let spec: LogSpec = "peer.blocksprovider=debug:node.pull.headers=error:warn"
            .parse()
            .unwrap();
        let level = |target| threshold(&spec, target);
        assert_eq!(level("selvedge_peer::node::pull::puller"), LogLevel::Debug);
        assert_eq!(level("selvedge_peer::node::pull::headers"), LogLevel::Error);
        assert_eq!(level("selvedge_peer::endorser"), LogLevel::Warn);
        let all: LogSpec = "debug".parse().unwrap();
        assert_eq!(threshold(&all, "h2::proto::streams"), LogLevel::Info);
        let named: LogSpec = "h2=debug:info".parse().unwrap();
        assert_eq!(threshold(&named, "h2::proto::streams"), LogLevel::Debug);
    }
}
