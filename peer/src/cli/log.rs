//! The peer's log: structured lines on standard error. Fabric: common/flogging.

use tracing::Level;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;

/// Starts logging. FABRIC_LOGGING_SPEC gives the level (its first word; levels of single modules are not honoured) and
/// FABRIC_LOGGING_FORMAT `json` makes every line JSON. Once per process; a second call does nothing.
pub(super) fn start() {
    let level = level(&std::env::var("FABRIC_LOGGING_SPEC").unwrap_or_default());
    let json = std::env::var("FABRIC_LOGGING_FORMAT").is_ok_and(|format| format == "json");
    let log = fmt()
        .with_max_level(LevelFilter::from_level(level))
        .with_writer(std::io::stderr);
    // A subscriber that is there already was set by whoever embeds the peer.
    let _ = if json {
        log.json().try_init()
    } else {
        log.try_init()
    };
}

/// Fabric's names; what is unknown means `info`.
fn level(spec: &str) -> Level {
    match spec
        .split(':')
        .find(|part| !part.contains('='))
        .unwrap_or_default()
        .to_lowercase()
        .as_str()
    {
        "debug" => Level::DEBUG,
        "warn" | "warning" => Level::WARN,
        "error" | "critical" | "fatal" | "panic" | "dpanic" => Level::ERROR,
        "trace" => Level::TRACE,
        _ => Level::INFO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fabrics_specifications() {
        assert_eq!(level(""), Level::INFO);
        assert_eq!(level("DEBUG"), Level::DEBUG);
        assert_eq!(level("gossip=debug:warning"), Level::WARN);
    }
}
