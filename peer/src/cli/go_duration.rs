//! Durations on the command line and in `core.yaml`, as Go writes them. Fabric: time.ParseDuration.

use std::time::Duration;

/// Parses a non-negative Go duration; `0` needs no unit.
///
/// # Errors
/// A sentence naming the text when it is no Go duration.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let parsed = selvedge_protos::parse_go_timeout(text).ok().flatten();
    parsed
        .ok_or_else(|| format!("'{text}' is not a duration; write for example 30s, 500ms or 1m30s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        for text in ["", "3", "-1s", "1x"] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with(&format!("'{text}' is not a duration")),
                "{error}"
            );
        }
    }
}
