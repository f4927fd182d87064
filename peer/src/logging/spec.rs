use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use tracing::Level;

/// How serious a line is, in Fabric's order. The last three are never written here: nothing in this program ends the
/// process by logging. As a threshold they mean silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Payload,
    Debug,
    Info,
    Warn,
    Error,
    DPanic,
    Panic,
    Fatal,
}

impl LogLevel {
    /// The level of a line.
    pub(super) fn of(level: Level) -> Self {
        match level {
            Level::TRACE => Self::Payload,
            Level::DEBUG => Self::Debug,
            Level::INFO => Self::Info,
            Level::WARN => Self::Warn,
            Level::ERROR => Self::Error,
        }
    }

    /// Fabric's names: all lower or all upper case, and two that it takes for others.
    fn named(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        if name != lower && name != name.to_uppercase() {
            return None;
        }
        Some(match lower.as_str() {
            "payload" => Self::Payload,
            "debug" => Self::Debug,
            "info" | "notice" => Self::Info,
            "warning" | "warn" => Self::Warn,
            "error" | "critical" => Self::Error,
            "dpanic" => Self::DPanic,
            "panic" => Self::Panic,
            "fatal" => Self::Fatal,
            _ => return None,
        })
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Payload => "Level(-2)",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::DPanic => "dpanic",
            Self::Panic => "panic",
            Self::Fatal => "fatal",
        })
    }
}

/// Why a specification is none, in Fabric's words (loggerlevels.go).
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LogSpecError {
    #[error("invalid logging specification '{spec}': bad segment '{segment}'")]
    Segment { spec: String, segment: String },
    #[error("invalid logging specification '{spec}': no logger specified in segment '{segment}'")]
    NoLogger { spec: String, segment: String },
    #[error("invalid logging specification '{spec}': bad logger name '{name}'")]
    Name { spec: String, name: String },
}

/// The least level that is written, by logger: `[<logger>[,<logger>...]=]<level>[:...]`.
///
/// A logger's name covers those below it (`gossip` covers `gossip.comm`) unless it ends with a dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSpec {
    default: LogLevel,
    loggers: BTreeMap<String, LogLevel>,
}

impl Default for LogSpec {
    fn default() -> Self {
        Self {
            default: LogLevel::Info,
            loggers: BTreeMap::new(),
        }
    }
}

impl FromStr for LogSpec {
    type Err = LogSpecError;

    fn from_str(spec: &str) -> Result<Self, LogSpecError> {
        let bad = |segment: &str| LogSpecError::Segment {
            spec: spec.to_owned(),
            segment: segment.to_owned(),
        };
        let mut parsed = Self::default();
        for segment in spec.split(':') {
            let parts: Vec<&str> = segment.split('=').collect();
            match parts.as_slice() {
                // Fabric takes an empty segment for `info`, whatever came before it.
                [""] => parsed.default = LogLevel::Info,
                [level] => {
                    parsed.default = LogLevel::named(level).ok_or_else(|| bad(segment))?;
                }
                ["", _] => {
                    return Err(LogSpecError::NoLogger {
                        spec: spec.to_owned(),
                        segment: segment.to_owned(),
                    });
                }
                [loggers, level] => {
                    let level = LogLevel::named(level).ok_or_else(|| bad(segment))?;
                    for name in loggers.split(',') {
                        if !is_name(name.strip_suffix('.').unwrap_or(name)) {
                            return Err(LogSpecError::Name {
                                spec: spec.to_owned(),
                                name: name.to_owned(),
                            });
                        }
                        parsed.loggers.insert(name.to_owned(), level);
                    }
                }
                _ => return Err(bad(segment)),
            }
        }
        Ok(parsed)
    }
}

/// Words of letters, digits and `_#-`, joined by dots.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_#-".contains(c);
        !word.is_empty() && word.chars().all(fits)
    };
    name.split('.').all(is_word)
}

impl LogSpec {
    /// For loggers that are not named.
    pub(super) fn default_level(&self) -> LogLevel {
        self.default
    }

    /// The level given to a logger by its own name or one above it.
    pub(super) fn named(&self, logger: &str) -> Option<LogLevel> {
        let exact = self.loggers.get(format!("{logger}.").as_str());
        let mut name = logger;
        loop {
            if let Some(&level) = exact.or_else(|| self.loggers.get(name)) {
                return Some(level);
            }
            name = &name[..name.rfind('.')?];
        }
    }

    /// The least level that anything is written at.
    pub(super) fn least(&self) -> LogLevel {
        let named = self.loggers.values().copied();
        named.fold(self.default, LogLevel::min)
    }
}

/// As Fabric normalises it: loggers in order, the default last.
impl fmt::Display for LogSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (logger, level) in &self.loggers {
            write!(f, "{logger}={level}:")?;
        }
        write!(f, "{}", self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(spec: &str) -> Result<String, String> {
        let parsed: Result<LogSpec, _> = spec.parse();
        parsed
            .map(|spec| spec.to_string())
            .map_err(|e| e.to_string())
    }

    #[test]
    fn specifications_are_read_as_fabric_reads_them() {
        assert_eq!(normal("").as_deref(), Ok("info"));
        assert_eq!(normal("DEBUG").as_deref(), Ok("debug"));
        assert_eq!(
            normal("gossip,ledger.=warning:warn:endorser=payload").as_deref(),
            Ok("endorser=Level(-2):gossip=warn:ledger.=warn:warn")
        );
        assert_eq!(normal("debug:").as_deref(), Ok("info"));
        assert_eq!(normal("notice").as_deref(), Ok("info"));
        assert_eq!(normal("CRITICAL").as_deref(), Ok("error"));
    }

    #[test]
    fn bad_specifications_are_refused_in_fabrics_words() {
        let cases = [
            (
                "verbose",
                "invalid logging specification 'verbose': bad segment 'verbose'",
            ),
            (
                "Debug",
                "invalid logging specification 'Debug': bad segment 'Debug'",
            ),
            (
                "a=b=c",
                "invalid logging specification 'a=b=c': bad segment 'a=b=c'",
            ),
            (
                "gossip=loud:info",
                "invalid logging specification 'gossip=loud:info': bad segment 'gossip=loud'",
            ),
            (
                "=info",
                "invalid logging specification '=info': no logger specified in segment '=info'",
            ),
            (
                ".gossip=info",
                "invalid logging specification '.gossip=info': bad logger name '.gossip'",
            ),
            (
                "a,,b=info",
                "invalid logging specification 'a,,b=info': bad logger name ''",
            ),
        ];
        for (spec, text) in cases {
            assert_eq!(normal(spec), Err(text.to_owned()));
        }
    }

    #[test]
    fn a_name_covers_what_is_below_it() {
        let spec: LogSpec = "gossip=debug:gossip.comm.=error:warn".parse().unwrap();
        assert_eq!(spec.named("gossip"), Some(LogLevel::Debug));
        assert_eq!(spec.named("gossip.state"), Some(LogLevel::Debug));
        assert_eq!(spec.named("gossip.comm"), Some(LogLevel::Error));
        assert_eq!(spec.named("gossip.comm.mock"), Some(LogLevel::Debug));
        assert_eq!(spec.named("gossips"), None);
        assert_eq!(spec.least(), LogLevel::Debug);
    }
}
