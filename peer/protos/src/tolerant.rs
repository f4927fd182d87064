//! Decoding as Go decodes.
//!
//! Where a field arrives with another wire type than its own, Go's protobuf takes it for one that it does not know and
//! goes on; prost fails. Peers of both kinds must agree on whether a transaction can be read, so what prost refuses is
//! looked at again without such fields.

use bytes::{Buf as _, Bytes};
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_varint, skip_field,
};
use prost::{DecodeError, Message};

/// A message that may come from a stranger.
pub trait Received: Message + Default {
    /// Its full name in the `.proto` files.
    const NAME: &'static str;
}

macro_rules! received {
    ($($name:literal => $message:ty),* $(,)?) => {
        $(impl Received for $message {
            const NAME: &'static str = $name;
        })*
    };
}

received! {
    "common.ChannelHeader" => crate::common::ChannelHeader,
    "common.ConfigEnvelope" => crate::common::ConfigEnvelope,
    "common.Envelope" => crate::common::Envelope,
    "common.Payload" => crate::common::Payload,
    "common.SignatureHeader" => crate::common::SignatureHeader,
    "common.SignaturePolicyEnvelope" => crate::common::SignaturePolicyEnvelope,
    "kvrwset.HashedRWSet" => crate::kvrwset::HashedRwSet,
    "kvrwset.KVRWSet" => crate::kvrwset::KvrwSet,
    "protos.ApplicationPolicy" => crate::protos::ApplicationPolicy,
    "protos.ChaincodeAction" => crate::protos::ChaincodeAction,
    "protos.ChaincodeActionPayload" => crate::protos::ChaincodeActionPayload,
    "protos.ChaincodeEvent" => crate::protos::ChaincodeEvent,
    "protos.ChaincodeHeaderExtension" => crate::protos::ChaincodeHeaderExtension,
    "protos.ProposalResponsePayload" => crate::protos::ProposalResponsePayload,
    "protos.Transaction" => crate::protos::Transaction,
    "rwset.TxReadWriteSet" => crate::rwset::TxReadWriteSet,
}

/// Decodes as Go does.
///
/// # Errors
/// When Go would fail as well: what is there is no protobuf, or text that is not UTF-8.
pub fn received<M: Received>(bytes: Bytes) -> Result<M, DecodeError> {
    M::decode(bytes.clone()).or_else(|error| {
        let known = without_strangers(M::NAME, &bytes).ok_or_else(|| error.clone())?;
        M::decode(known.as_slice())
    })
}

/// What Go would encode `message` to, which was decoded from `bytes`: the fields it knows in their order, then all others
/// as they came. `None`: `bytes` is no protobuf.
pub fn reencoded<M: Received>(message: &M, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = message.encode_to_vec();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (number, wire_type, whole) = field(&mut rest)?;
        let is_known = kind(M::NAME, number).is_some_and(|kind| kind.takes(wire_type));
        if !is_known {
            out.extend_from_slice(whole);
        }
    }
    Some(out)
}

/// How a field is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "which of them there are depends on the .proto files"
)]
enum Kind {
    Varint,
    SixtyFour,
    ThirtyTwo,
    Bytes,
    Message(&'static str),
    /// Many numbers, one by one or packed.
    Numbers(WireType),
}

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

fn kind(message: &str, number: u32) -> Option<Kind> {
    let at = FIELDS.binary_search_by(|(name, _)| (*name).cmp(message));
    let (_, fields) = FIELDS.get(at.ok()?)?;
    let found = fields.iter().find(|(known, _)| *known == number);
    found.map(|(_, kind)| *kind)
}

impl Kind {
    fn takes(self, wire_type: WireType) -> bool {
        match self {
            Self::Varint => wire_type == WireType::Varint,
            Self::SixtyFour => wire_type == WireType::SixtyFourBit,
            Self::ThirtyTwo => wire_type == WireType::ThirtyTwoBit,
            Self::Bytes | Self::Message(_) => wire_type == WireType::LengthDelimited,
            Self::Numbers(one) => wire_type == one || wire_type == WireType::LengthDelimited,
        }
    }
}

/// Number and wire type of the next field, and all its bytes. `None`: no protobuf.
fn field<'a>(rest: &mut &'a [u8]) -> Option<(u32, WireType, &'a [u8])> {
    let start = *rest;
    let (number, wire_type) = decode_key(rest).ok()?;
    if wire_type == WireType::EndGroup {
        return None;
    }
    skip_field(wire_type, number, rest, DecodeContext::default()).ok()?;
    let whole = start.get(..start.len() - rest.len())?;
    Some((number, wire_type, whole))
}

/// A message and those within it, without the fields that have another wire type than their own.
fn without_strangers(message: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (number, wire_type, whole) = field(&mut rest)?;
        match kind(message, number) {
            Some(kind) if !kind.takes(wire_type) => {}
            Some(Kind::Message(inner)) => {
                let mut content = whole;
                decode_key(&mut content).ok()?;
                decode_varint(&mut content).ok()?;
                let content = without_strangers(inner, content.chunk())?;
                // Field number and wire type 2.
                encode_varint(u64::from(number << 3 | 2), &mut out);
                encode_varint(content.len() as u64, &mut out);
                out.extend_from_slice(&content);
            }
            _ => out.extend_from_slice(whole),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{Envelope, Payload};
    use crate::rwset::TxReadWriteSet;

    #[test]
    fn a_field_of_another_wire_type_is_one_that_nobody_knows() {
        // Field 1 as a number, then as bytes.
        let bytes = Bytes::from_static(&[0x08, 1, 0x0a, 1, b'x']);
        assert!(Envelope::decode(bytes.clone()).is_err());
        let envelope: Envelope = received(bytes).unwrap();
        assert_eq!(envelope.payload, &b"x"[..]);
        // In a message within the message, too: a header whose field 1 is a fixed number.
        let bytes = Bytes::from_static(&[0x0a, 8, 0x0d, 1, 2, 3, 4, 0x12, 1, b's', 0x12, 1, b'd']);
        let payload: Payload = received(bytes).unwrap();
        assert_eq!(payload.header.unwrap().signature_header, &b"s"[..]);
        assert_eq!(payload.data, &b"d"[..]);
    }

    #[test]
    fn what_is_no_protobuf_stays_none() {
        for bytes in [
            &[0x0a, 9, b'x'][..],
            b"garbage",
            &[0x08],
            &[0x0c],
            &[0x0b, 0x0a, 1, b'x'],
            &[0x00, 0x01],
        ] {
            let bytes = Bytes::copy_from_slice(bytes);
            assert!(received::<Envelope>(bytes.clone()).is_err(), "{bytes:?}");
        }
        // Text must be text: a namespace of one byte 0xff.
        let bytes = Bytes::from_static(&[0x12, 3, 0x0a, 1, 0xff]);
        assert!(received::<TxReadWriteSet>(bytes).is_err());
    }

    #[test]
    fn unknown_fields_come_last_when_encoded_again() {
        let canonical = [0x0a, 1, b'p', 0x12, 1, b's', 0x78, 5, 0x08, 1];
        let envelope: Envelope = received(Bytes::copy_from_slice(&canonical)).unwrap();
        assert_eq!(reencoded(&envelope, &canonical).unwrap(), canonical);
        let disordered = [0x78, 5, 0x0a, 1, b'p', 0x12, 1, b's'];
        let envelope: Envelope = received(Bytes::copy_from_slice(&disordered)).unwrap();
        assert_eq!(
            reencoded(&envelope, &disordered).unwrap(),
            [0x0a, 1, b'p', 0x12, 1, b's', 0x78, 5]
        );
    }
}
