//! The little DER that signatures, extensions and headers need, with the tolerance of Go's `encoding/asn1`.

use super::{CryptoError, curve::strip};

/// Identifier octets this crate meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    Integer = 0x02,
    BitString = 0x03,
    OctetString = 0x04,
    Sequence = 0x30,
}

/// Walks over DER values from the front.
#[derive(Debug, Clone)]
pub(crate) struct DerReader<'a> {
    rest: &'a [u8],
}

impl<'a> DerReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next value: identifier octet, content, and the whole encoding.
    pub(crate) fn any(&mut self) -> Result<(u8, &'a [u8], &'a [u8]), &'static str> {
        let (&tag, after) = self.rest.split_first().ok_or("data truncated")?;
        if tag & 0x1f == 0x1f {
            return Err("high tag number");
        }
        let (length, header) = read_length(after)?;
        let content = after.get(header..header + length).ok_or("data truncated")?;
        let whole = self
            .rest
            .get(..1 + header + length)
            .ok_or("data truncated")?;
        self.rest = self.rest.get(whole.len()..).unwrap_or(&[]);
        Ok((tag, content, whole))
    }

    /// The next value, which must carry `tag`: its content.
    pub(crate) fn expect(&mut self, tag: Tag) -> Result<&'a [u8], &'static str> {
        let (found, content, _) = self.any()?;
        if found != tag as u8 {
            return Err("tags don't match");
        }
        Ok(content)
    }
}

/// Reads a DER length; answers the length and the octets it took.
fn read_length(bytes: &[u8]) -> Result<(usize, usize), &'static str> {
    let &first = bytes.first().ok_or("data truncated")?;
    if first & 0x80 == 0 {
        return Ok((usize::from(first), 1));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 {
        return Err("indefinite length found (not DER)");
    }
    if count > 4 {
        return Err("length too large");
    }
    let octets = bytes.get(1..1 + count).ok_or("data truncated")?;
    if octets.first() == Some(&0) {
        return Err("superfluous leading zeros in length");
    }
    let length = octets
        .iter()
        .fold(0usize, |length, &octet| (length << 8) | usize::from(octet));
    if length < 0x80 {
        return Err("non-minimal length");
    }
    Ok((length, 1 + count))
}

/// Encodes one value.
pub(crate) fn der_value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let significant = strip(&bytes);
        out.push(0x80 | significant.len() as u8);
        out.extend_from_slice(significant);
    }
    out.extend_from_slice(content);
    out
}

/// Encodes an unsigned number as INTEGER.
pub(crate) fn der_unsigned(number: &[u8]) -> Vec<u8> {
    let significant = strip(number);
    let mut content = Vec::with_capacity(significant.len() + 1);
    if significant.first().is_none_or(|&byte| byte & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(significant);
    der_value(Tag::Integer as u8, &content)
}

/// The two numbers of an ECDSA signature, big-endian without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EcdsaSignature {
    pub(crate) r: Vec<u8>,
    pub(crate) s: Vec<u8>,
}

impl EcdsaSignature {
    /// Reads `SEQUENCE { r, s }`. Bytes after the sequence, and after `s` inside it, are ignored as Go ignores them;
    /// integers must be minimal.
    pub(crate) fn from_der(signature: &[u8]) -> Result<Self, CryptoError> {
        let malformed = CryptoError::MalformedSignature;
        let mut inside = DerReader::new(
            DerReader::new(signature)
                .expect(Tag::Sequence)
                .map_err(malformed)?,
        );
        let r = positive(
            inside.expect(Tag::Integer).map_err(malformed)?,
            CryptoError::ZeroR,
        )?;
        let s = positive(
            inside.expect(Tag::Integer).map_err(malformed)?,
            CryptoError::ZeroS,
        )?;
        Ok(Self { r, s })
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        let mut content = der_unsigned(&self.r);
        content.extend(der_unsigned(&self.s));
        der_value(Tag::Sequence as u8, &content)
    }
}

fn positive(content: &[u8], otherwise: CryptoError) -> Result<Vec<u8>, CryptoError> {
    match content {
        [] => return Err(CryptoError::MalformedSignature("empty integer")),
        [0, next, ..] if next & 0x80 == 0 => {
            return Err(CryptoError::MalformedSignature(
                "integer not minimally-encoded",
            ));
        }
        [0xff, next, ..] if next & 0x80 != 0 => {
            return Err(CryptoError::MalformedSignature(
                "integer not minimally-encoded",
            ));
        }
        [first, ..] if first & 0x80 != 0 => return Err(otherwise),
        _ => {}
    }
    let number = strip(content);
    if number.is_empty() {
        return Err(otherwise);
    }
    Ok(number.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tolerates_what_go_tolerates() {
        let signature = EcdsaSignature {
            r: vec![1],
            s: vec![0x80],
        };
        let der = signature.to_der();
        assert_eq!(der, [0x30, 7, 2, 1, 1, 2, 2, 0, 0x80]);
        let mut trailing = der.clone();
        trailing.push(9);
        assert_eq!(EcdsaSignature::from_der(&trailing).unwrap(), signature);
        let inside = [0x30, 9, 2, 1, 1, 2, 2, 0, 0x80, 5, 0];
        assert_eq!(EcdsaSignature::from_der(&inside).unwrap(), signature);
    }

    #[test]
    fn refuses_zero_and_padded_numbers() {
        let zero_r = [0x30, 6, 2, 1, 0, 2, 1, 1];
        assert_eq!(EcdsaSignature::from_der(&zero_r), Err(CryptoError::ZeroR));
        let negative_s = [0x30, 6, 2, 1, 1, 2, 1, 0x80];
        assert_eq!(
            EcdsaSignature::from_der(&negative_s),
            Err(CryptoError::ZeroS)
        );
        let padded = [0x30, 7, 2, 2, 0, 1, 2, 1, 1];
        assert!(matches!(
            EcdsaSignature::from_der(&padded),
            Err(CryptoError::MalformedSignature(_))
        ));
    }

    proptest! {
        #[test]
        fn numbers_survive(r in proptest::collection::vec(1u8.., 1..70), s in proptest::collection::vec(1u8.., 1..70)) {
            let signature = EcdsaSignature { r, s };
            prop_assert_eq!(EcdsaSignature::from_der(&signature.to_der()).unwrap(), signature);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = EcdsaSignature::from_der(&bytes);
        }
    }
}
