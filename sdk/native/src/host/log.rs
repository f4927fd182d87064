use crate::chat::short;
use selvedge_interface::Level;
use std::sync::OnceLock;

static LEAST: OnceLock<Level> = OnceLock::new();

/// Drops lines below a level, which goes by Fabric's names.
pub(crate) fn drop_below(spec: &str) {
    // The first word counts; there is one program in a process.
    let _ = LEAST.set(least(spec));
}

/// A line on standard error, which whoever started the program collects. One write: lines of transactions that run at
/// once do not mix.
pub(super) fn write(level: Level, tx_id: &str, message: &str) {
    if level >= *LEAST.get().unwrap_or(&Level::Info) {
        eprintln!("{} [{}] {message}", name(level), short(tx_id));
    }
}

/// Fabric's names of levels; what is none of them is `info`.
fn least(spec: &str) -> Level {
    match spec.to_ascii_lowercase().as_str() {
        "trace" => Level::Trace,
        "debug" => Level::Debug,
        "warn" | "warning" => Level::Warn,
        "error" | "critical" | "fatal" | "panic" => Level::Error,
        _ => Level::Info,
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Trace => "TRACE",
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_by_fabrics_names() {
        assert_eq!(least("WARNING"), Level::Warn);
        assert_eq!(least("debug"), Level::Debug);
        assert_eq!(least(""), Level::Info);
        assert!(Level::Warn >= least("info") && Level::Debug < least("info"));
    }
}
