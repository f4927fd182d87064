use super::ConfigError;
use std::time::Duration;

/// Reads a Go duration: `300ms`, `1.5h`, `2h45m`. A negative one is an error, as nothing in a channel's configuration
/// may last less than nothing.
///
/// Source: Go `time.ParseDuration`.
pub fn parse_go_duration(text: &str) -> Result<Duration, ConfigError> {
    let parsed = selvedge_protos::parse_go_timeout(text).map_err(ConfigError::refused)?;
    parsed.ok_or_else(|| ConfigError::refused(format!("time: invalid duration \"{text}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_lasts_less_than_nothing() {
        assert_eq!(parse_go_duration("1m0.5s").unwrap().as_millis(), 60_500);
        let error = parse_go_duration("-1s").unwrap_err().to_string();
        assert_eq!(error, "time: invalid duration \"-1s\"");
    }
}
