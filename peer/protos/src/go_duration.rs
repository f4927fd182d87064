use std::time::Duration;

/// Reads a Go duration, such as `300ms`, `-1.5h` or `2h45m`, as nanoseconds. Units are ns, us, µs, ms, s, m and h; `0`
/// needs none. Fabric's messages and files hold times as such text.
///
/// # Errors
/// Go's own text. Source: Go `time.ParseDuration`.
pub fn parse_go_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration \"{text}\"");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u128;
    while !rest.is_empty() {
        let of_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, tail) = rest.split_at(rest.find(|c| !of_number(c)).unwrap_or(rest.len()));
        let (unit, tail) = tail.split_at(tail.find(of_number).unwrap_or(tail.len()));
        if !number.contains(|c: char| c.is_ascii_digit()) {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration \"{text}\""));
        }
        let unit = nanoseconds(unit)
            .ok_or_else(|| format!("time: unknown unit \"{unit}\" in duration \"{text}\""))?;
        total = scaled(number, unit)
            .and_then(|more| total.checked_add(more))
            .filter(|total| *total <= i64::MAX as u128)
            .ok_or_else(invalid)?;
        rest = tail;
    }
    let total = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if negative { -total } else { total })
}

/// As [`parse_go_duration`], for what cannot last less than nothing: `None` then.
///
/// # Errors
/// Go's own text.
pub fn parse_go_timeout(text: &str) -> Result<Option<Duration>, String> {
    parse_go_duration(text).map(|nanos| u64::try_from(nanos).ok().map(Duration::from_nanos))
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
    if fraction.contains('.') {
        return None;
    }
    let whole: u128 = match whole {
        "" => 0,
        digits => digits.parse().ok()?,
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
    fn reads_what_go_writes() {
        let millis = |text: &str| parse_go_duration(text).map(|nanos| nanos / 1_000_000);
        for (text, expected) in [
            ("2s", 2000),
            ("300ms", 300),
            ("1.5h", 5_400_000),
            ("1m0.5s", 60_500),
            ("1h1m1.5s", 3_661_500),
            (".5s", 500),
            ("+1s", 1000),
            ("-3s", -3000),
            ("0", 0),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
        assert_eq!(parse_go_timeout("-3s"), Ok(None));
        assert_eq!(parse_go_timeout("3s"), Ok(Some(Duration::from_secs(3))));
    }

    #[test]
    fn errors_are_gos() {
        let error = |text: &str| parse_go_duration(text).unwrap_err();
        assert_eq!(error("3"), "time: missing unit in duration \"3\"");
        assert_eq!(error("3x"), "time: unknown unit \"x\" in duration \"3x\"");
        for text in ["", "x", "s", "-", "..s", "1..2s", "99999999999999999999h"] {
            assert_eq!(error(text), format!("time: invalid duration \"{text}\""));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = parse_go_duration(&text);
        }
    }
}
