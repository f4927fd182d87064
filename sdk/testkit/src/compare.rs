//! Whether two simulations of a transaction are the same, and the first thing that is not.

use crate::rwset;
use crate::simulated::Simulation;
use std::fmt::Write;

/// Lines of each side that are shown.
const SHOWN: usize = 12;

/// `None`: status, message, payload, event and read-write set are the same bytes.
pub(crate) fn difference(
    (one_name, one): (&str, &Simulation),
    (other_name, other): (&str, &Simulation),
) -> Option<String> {
    let same = one.response == other.response
        && one.event == other.event
        && one.results.public == other.results.public
        && one.results.private == other.results.private;
    if same {
        return None;
    }
    let found = lines((one_name, &text(one)), (other_name, &text(other)));
    Some(found.unwrap_or_else(|| {
        format!("{one_name} and {other_name} have the same lines in other bytes")
    }))
}

/// Everything that endorsers compare, as text.
pub(crate) fn text(simulation: &Simulation) -> String {
    let mut out = String::new();
    let response = &simulation.response;
    // Writing to a string does not fail.
    let _ = writeln!(out, "status {}", response.status);
    if !response.message.is_empty() {
        let _ = writeln!(out, "message {}", response.message);
    }
    let _ = writeln!(out, "payload {}", rwset::readable_value(&response.payload));
    if let Some(event) = &simulation.event {
        let payload = rwset::readable_value(&event.payload);
        let _ = writeln!(out, "event {} {payload}", event.name);
    }
    out.push_str(&rwset::text(&simulation.results));
    out.push_str(&rwset::private_text(&simulation.results));
    out
}

/// What is between the lines that both begin and end with.
pub(crate) fn lines(
    (one_name, one): (&str, &str),
    (other_name, other): (&str, &str),
) -> Option<String> {
    let (one, other): (Vec<_>, Vec<_>) = (one.lines().collect(), other.lines().collect());
    let begin = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[begin..], &other[begin..]);
    let end = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    if one.is_empty() && other.is_empty() {
        return None;
    }
    let mut out = format!("{one_name} (-) and {other_name} (+) differ:");
    for (sign, side) in [('-', one), ('+', other)] {
        for line in side.iter().take(SHOWN) {
            let _ = write!(out, "\n  {sign} {}", line.trim_start());
        }
        if side.len() > SHOWN {
            let _ = write!(out, "\n  {sign} … {} more lines", side.len() - SHOWN);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_in_between_are_shown() {
        let found = lines(("a", "x\n 1\nz"), ("b", "x\n 2\n 3\nz")).unwrap_or_default();
        assert_eq!(found, "a (-) and b (+) differ:\n  - 1\n  + 2\n  + 3");
        assert_eq!(lines(("a", "x"), ("b", "x")), None);
    }
}
