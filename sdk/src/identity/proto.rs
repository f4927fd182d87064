/// The two fields of `msp.SerializedIdentity`: the MSP ID (1) and the identity's bytes (2). The last occurrence of a
/// field counts and unknown ones are skipped, as protobuf has it. `None` if the bytes are something else.
pub fn serialized_identity(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (mut msp_id, mut id_bytes) = (&[][..], &[][..]);
    let mut rest = bytes;
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        match tag & 7 {
            0 => drop(varint(&mut rest)?),
            1 => drop(take(&mut rest, 8)?),
            5 => drop(take(&mut rest, 4)?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let value = take(&mut rest, length)?;
                match tag >> 3 {
                    1 => msp_id = value,
                    2 => id_bytes = value,
                    _ => {}
                }
            }
            _ => return None,
        }
    }
    Some((std::str::from_utf8(msp_id).ok()?, id_bytes))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (value, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_fields_in_any_order() {
        assert_eq!(
            serialized_identity(b"\x0a\x03Org\x12\x02id"),
            Some(("Org", &b"id"[..]))
        );
        assert_eq!(
            serialized_identity(b"\x12\x02id\x18\x05\x0a\x03Org"),
            Some(("Org", &b"id"[..]))
        );
        assert_eq!(serialized_identity(b"\x0a\x09Org"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = serialized_identity(&bytes);
        }
    }
}
