//! Serial numbers as Go prints them in errors.

/// `%x` of a big integer.
pub(super) fn hexadecimal(number: &[u8]) -> String {
    let text = hex::encode(number);
    let significant = text.trim_start_matches('0');
    if significant.is_empty() {
        "0".to_owned()
    } else {
        significant.to_owned()
    }
}

/// `%s` of a big integer.
pub(super) fn decimal(number: &[u8]) -> String {
    let mut digits = vec![0u8];
    for &byte in number {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits
        .iter()
        .rev()
        .map(|digit| char::from(b'0' + digit))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn prints_as_go() {
        assert_eq!(super::decimal(&[1, 0, 0]), "65536");
        assert_eq!(super::decimal(&[]), "0");
        assert_eq!(super::hexadecimal(&[0x0a, 0xbc]), "abc");
    }
}
