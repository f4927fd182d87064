use prost::encoding::{DecodeContext, WireType, decode_key, skip_field};

/// Copies a serialized message without one of its fields, byte for byte. `None`: not a message.
pub(super) fn without_field(message: &[u8], field: u32) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(message.len());
    let mut rest = message;
    while !rest.is_empty() {
        let start = rest;
        let (tag, wire_type) = decode_key(&mut rest).ok()?;
        if wire_type == WireType::EndGroup {
            return None;
        }
        skip_field(wire_type, tag, &mut rest, DecodeContext::default()).ok()?;
        if tag != field {
            out.extend_from_slice(start.get(..start.len() - rest.len())?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn drops_every_occurrence_of_the_field() {
        let message = [0x0a, 1, 7, 0x1a, 2, 1, 1, 0x12, 0, 0x1a, 0];
        assert_eq!(
            without_field(&message, 3).as_deref(),
            Some([0x0a, 1, 7, 0x12, 0].as_slice())
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = without_field(&bytes, 3);
        }
    }
}
