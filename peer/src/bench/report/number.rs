/// Three digits that count, thousands apart.
pub(super) fn number(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 100.0 => 0,
        medium if medium >= 10.0 => 1,
        small if small > 0.0 && small < 0.1 => 3,
        _ => 2,
    };
    apart(&format!("{value:.digits$}"))
}

fn apart(text: &str) -> String {
    let (whole, rest) = match text.split_once('.') {
        Some((whole, rest)) => (whole, format!(".{rest}")),
        None => (text, String::new()),
    };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left.is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let all = [
            0.0,
            0.0123,
            0.123,
            9.876,
            12.34,
            123.4,
            1_234.5,
            1_234_567.8,
            -1_234.0,
        ];
        assert_eq!(
            all.map(number),
            [
                "0.00",
                "0.012",
                "0.12",
                "9.88",
                "12.3",
                "123",
                "1,234",
                "1,234,568",
                "-1,234"
            ]
        );
    }
}
