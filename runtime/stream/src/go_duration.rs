//! Durations as Go's time.ParseDuration reads them, with its errors.

use std::time::Duration;

/// Less than nothing is nothing: no timeout of Fabric's can be negative.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let bad = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(bad());
    }
    let mut seconds = 0f64;
    while !rest.is_empty() {
        let is_digit = |c: char| c.is_ascii_digit() || c == '.';
        let digits = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let (unit, next) = tail.split_at(tail.find(is_digit).unwrap_or(tail.len()));
        let number: f64 = number.parse().map_err(|_| bad())?;
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let scale = scale(unit)
            .ok_or_else(|| format!("time: unknown unit {unit:?} in duration {text:?}"))?;
        seconds += number * scale;
        rest = next;
    }
    if negative {
        return Ok(Duration::ZERO);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| bad())
}

fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_durations() {
        assert_eq!(parse("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(parse("1h1m1.5s"), Ok(Duration::from_millis(3_661_500)));
        assert_eq!(parse("0"), Ok(Duration::ZERO));
        assert_eq!(parse("-3s"), Ok(Duration::ZERO));
    }

    #[test]
    fn errors_are_gos() {
        let text = |text| parse(text).unwrap_err();
        assert_eq!(text(""), "time: invalid duration \"\"");
        assert_eq!(text("3"), "time: missing unit in duration \"3\"");
        assert_eq!(text("3x"), "time: unknown unit \"x\" in duration \"3x\"");
        assert_eq!(text("x"), "time: invalid duration \"x\"");
        assert_eq!(
            text("99999999999999999999h"),
            "time: invalid duration \"99999999999999999999h\""
        );
    }
}
