use std::time::Duration;

use super::ConfigError;

/// Reads a Go duration: `300ms`, `1.5h`, `2h45m`. Units are ns, us, µs, ms, s, m, h. A negative one is an error, as
/// nothing in a channel's configuration may last less than nothing.
///
/// Source: Go `time.ParseDuration`.
pub fn parse_go_duration(text: &str) -> Result<Duration, ConfigError> {
    let invalid = || ConfigError::refused(format!("time: invalid duration \"{text}\""));
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u128;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let unit_length = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_length);
        if unit.is_empty() {
            return Err(ConfigError::refused(format!(
                "time: missing unit in duration \"{text}\""
            )));
        }
        let unit = nanoseconds(unit).ok_or_else(|| {
            ConfigError::refused(format!(
                "time: unknown unit \"{unit}\" in duration \"{text}\""
            ))
        })?;
        total = total
            .checked_add(scaled(number, unit).ok_or_else(invalid)?)
            .filter(|total| *total <= i64::MAX as u128)
            .ok_or_else(invalid)?;
        rest = tail;
    }
    u64::try_from(total)
        .map(Duration::from_nanos)
        .map_err(|_| invalid())
}

fn nanoseconds(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// A decimal number times a unit, cut to whole nanoseconds.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut nanoseconds = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanoseconds = nanoseconds.checked_add(u128::from(digit - b'0') * place)?;
    }
    Some(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_go_durations() {
        let millis = |text: &str| parse_go_duration(text).unwrap().as_millis();
        assert_eq!(
            [
                millis("2s"),
                millis("300ms"),
                millis("1.5h"),
                millis("1m0.5s")
            ],
            [2000, 300, 5_400_000, 60_500]
        );
        let error = |text: &str| parse_go_duration(text).unwrap_err().to_string();
        assert_eq!(error("3"), "time: missing unit in duration \"3\"");
        assert_eq!(error("3x"), "time: unknown unit \"x\" in duration \"3x\"");
        assert_eq!(error(""), "time: invalid duration \"\"");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = parse_go_duration(&text);
        }
    }
}
