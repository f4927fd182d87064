//! The NIST curves and the arithmetic that low-S needs.

use std::cmp::Ordering;

/// A curve whose ECDSA signatures an MSP may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

const N_P256: &[u8] = &[
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
const N_P384: &[u8] = &[
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];
const N_P521: &[u8] = &[
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xfa, 0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09,
    0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38,
    0x64, 0x09,
];

impl Curve {
    /// The order of the group, big-endian, without a leading zero.
    pub(crate) fn order(self) -> &'static [u8] {
        match self {
            Self::P256 => N_P256,
            Self::P384 => N_P384,
            Self::P521 => N_P521,
        }
    }

    /// Half the order, rounded down, big-endian and as long as the order.
    pub(crate) fn half_order(self) -> Vec<u8> {
        let mut carry = 0;
        self.order()
            .iter()
            .map(|&byte| {
                let half = (byte >> 1) | (carry << 7);
                carry = byte & 1;
                half
            })
            .collect()
    }

    /// Whether `s` is at most half the order.
    pub(crate) fn is_low(self, s: &[u8]) -> bool {
        compare(s, &self.half_order()) != Ordering::Greater
    }

    /// The order minus `s`; `None` when `s` is larger than the order.
    pub(crate) fn negate(self, s: &[u8]) -> Option<Vec<u8>> {
        let order = self.order();
        if compare(s, order) == Ordering::Greater {
            return None;
        }
        let s = strip(s);
        let mut borrow = 0i16;
        let mut out = order.to_vec();
        let padding = order.len() - s.len();
        for (position, digit) in out.iter_mut().enumerate().rev() {
            let subtract = if position < padding {
                0
            } else {
                i16::from(s.get(position - padding).copied().unwrap_or(0))
            };
            let mut difference = i16::from(*digit) - subtract - borrow;
            borrow = i16::from(difference < 0);
            if difference < 0 {
                difference += 256;
            }
            *digit = u8::try_from(difference).unwrap_or(0);
        }
        Some(out)
    }
}

/// The number without leading zero bytes.
pub(crate) fn strip(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or(&[])
}

/// Compares two unsigned big-endian numbers.
pub(crate) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (strip(a), strip(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_negates() {
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let half = curve.half_order();
            assert!(curve.is_low(&half));
            let other = curve.negate(&half).unwrap();
            assert!(
                !curve.is_low(&other),
                "the order is odd, so n - n/2 is n/2 + 1"
            );
            assert_eq!(strip(&curve.negate(&other).unwrap()), strip(&half));
            assert_eq!(curve.negate(&[0xff; 70]), None);
            assert!(strip(&curve.negate(curve.order()).unwrap()).is_empty());
        }
    }
}
