use super::BlockHeader;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// DER `SEQUENCE { INTEGER number, OCTET STRING previous hash, OCTET STRING data hash }`: what the block hash and the
/// orderers' signatures cover (Fabric: protoutil/blockutils.go).
pub fn header_bytes(header: &BlockHeader) -> Vec<u8> {
    let mut body = Vec::with_capacity(80);
    let number = header.number.to_be_bytes();
    let significant = number.iter().position(|byte| *byte != 0).unwrap_or(7);
    let digits = number.get(significant..).unwrap_or(&number);
    // A DER integer is signed.
    let sign = digits.first().is_some_and(|byte| byte & 0x80 != 0);
    body.push(0x02);
    body.push((digits.len() + usize::from(sign)) as u8);
    if sign {
        body.push(0);
    }
    body.extend_from_slice(digits);
    push_octets(&mut body, &header.previous_hash);
    push_octets(&mut body, &header.data_hash);
    let mut out = Vec::with_capacity(body.len() + 4);
    out.push(0x30);
    push_length(&mut out, body.len());
    out.extend_from_slice(&body);
    out
}

pub fn header_hash(header: &BlockHeader) -> [u8; 32] {
    Sha256::digest(header_bytes(header)).into()
}

/// SHA-256 over the plain concatenation of the transactions' envelopes.
pub fn data_hash(envelopes: &[Bytes]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for envelope in envelopes {
        hasher.update(envelope);
    }
    hasher.finalize().into()
}

fn push_octets(out: &mut Vec<u8>, octets: &[u8]) {
    out.push(0x04);
    push_length(out, octets.len());
    out.extend_from_slice(octets);
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = length.to_be_bytes();
    let skip = (length.leading_zeros() / 8) as usize;
    out.push(0x80 | (bytes.len() - skip) as u8);
    out.extend(bytes.iter().skip(skip));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(number: u64) -> BlockHeader {
        BlockHeader {
            number,
            previous_hash: Bytes::new(),
            data_hash: Bytes::from_static(&[1, 2]),
        }
    }

    #[test]
    fn numbers_are_signed_der_integers() {
        assert_eq!(
            header_bytes(&header(0)),
            [0x30, 9, 2, 1, 0, 4, 0, 4, 2, 1, 2]
        );
        assert_eq!(
            header_bytes(&header(128)),
            [0x30, 10, 2, 2, 0, 128, 4, 0, 4, 2, 1, 2]
        );
        let largest = header_bytes(&header(u64::MAX));
        assert_eq!(largest.get(..5), Some([0x30, 17, 2, 9, 0].as_slice()));
    }

    #[test]
    fn long_octet_strings_use_the_long_form() {
        let header = BlockHeader {
            data_hash: vec![7; 300].into(),
            ..header(1)
        };
        let bytes = header_bytes(&header);
        assert_eq!(bytes.get(..4), Some([0x30, 0x82, 1, 53].as_slice()));
        assert_eq!(bytes.len(), 4 + 3 + 2 + 4 + 300);
    }
}
