//! Collection packages with fields that this program does not know.
//!
//! A client may be newer than a peer. Go keeps the fields that it does not know and encodes them again, behind those it
//! knows, in every message of the package; organisations compare the hashes of just these bytes.

use bytes::Bytes;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};
use std::collections::BTreeMap;

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Int32,
    Other,
    Bytes,
    Message(&'static Schema),
    Messages(&'static Schema),
}

/// The known fields of a message. Of the fields of one that is a choice, only the last to arrive counts.
struct Schema {
    fields: &'static [(u32, Kind)],
    is_choice: bool,
}

macro_rules! schema {
    ($name:ident, $is_choice:literal, [$(($number:literal, $kind:expr)),*]) => {
        static $name: Schema = Schema { fields: &[$(($number, $kind)),*], is_choice: $is_choice };
    };
}

schema!(PACKAGE, false, [(1, Kind::Messages(&CONFIG))]);
schema!(CONFIG, true, [(1, Kind::Message(&COLLECTION))]);
schema!(
    COLLECTION,
    false,
    [
        (1, Kind::Bytes),
        (2, Kind::Message(&MEMBERS)),
        (3, Kind::Int32),
        (4, Kind::Int32),
        (5, Kind::Other),
        (6, Kind::Other),
        (7, Kind::Other),
        (8, Kind::Message(&POLICY))
    ]
);
schema!(MEMBERS, true, [(1, Kind::Message(&ENVELOPE))]);
schema!(
    POLICY,
    true,
    [(1, Kind::Message(&ENVELOPE)), (2, Kind::Bytes)]
);
schema!(
    ENVELOPE,
    false,
    [
        (1, Kind::Int32),
        (2, Kind::Message(&RULE)),
        (3, Kind::Messages(&PRINCIPAL))
    ]
);
schema!(RULE, true, [(1, Kind::Int32), (2, Kind::Message(&OUT_OF))]);
schema!(
    OUT_OF,
    false,
    [(1, Kind::Int32), (2, Kind::Messages(&RULE))]
);
schema!(PRINCIPAL, false, [(1, Kind::Int32), (2, Kind::Bytes)]);

/// A message nested deeper than this is no policy; prost gives up at the same depth.
const DEPTH: u32 = 100;

/// The serialized `protos.CollectionConfigPackage` as Go encodes it again, if it holds fields that are not known here.
pub(super) fn with_unknown(package: &[u8]) -> Option<Bytes> {
    let mut found = false;
    let bytes = encoded(&PACKAGE, package, DEPTH, &mut found)?;
    found.then(|| bytes.into())
}

/// The same for the package that is field `number` of a message; several occurrences are one package.
pub(super) fn within(message: &[u8], number: u32) -> Option<Bytes> {
    let mut rest = message;
    let mut package = Vec::new();
    while !rest.is_empty() {
        let field = Field::next(&mut rest)?;
        if field.number == number && field.wire_type == WireType::LengthDelimited {
            package.extend_from_slice(field.content()?);
        }
    }
    with_unknown(&package)
}

struct Field<'a> {
    number: u32,
    wire_type: WireType,
    whole: &'a [u8],
}

impl<'a> Field<'a> {
    fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let start = *rest;
        let (number, wire_type) = decode_key(rest).ok()?;
        skip_field(wire_type, number, rest, DecodeContext::default()).ok()?;
        let whole = start.get(..start.len() - rest.len())?;
        Some(Self {
            number,
            wire_type,
            whole,
        })
    }

    fn value(&self) -> Option<&'a [u8]> {
        let mut value = self.whole;
        decode_key(&mut value).ok()?;
        Some(value)
    }

    /// Of a field with a length, what is behind it.
    fn content(&self) -> Option<&'a [u8]> {
        let mut content = self.value()?;
        decode_varint(&mut content).ok()?;
        Some(content)
    }

    fn kind(&self, schema: &Schema) -> Option<Kind> {
        let (_, kind) = schema.fields.iter().find(|(n, _)| *n == self.number)?;
        let expected = match kind {
            Kind::Int32 | Kind::Other => WireType::Varint,
            Kind::Bytes | Kind::Message(_) | Kind::Messages(_) => WireType::LengthDelimited,
        };
        (self.wire_type == expected).then_some(*kind)
    }
}

/// What was collected of one known field.
enum Value {
    Number(u64),
    Bytes(Vec<u8>),
    Messages(&'static Schema, Vec<Vec<u8>>),
}

fn encoded(schema: &Schema, message: &[u8], depth: u32, found: &mut bool) -> Option<Vec<u8>> {
    let depth = depth.checked_sub(1)?;
    let mut known: BTreeMap<u32, Value> = BTreeMap::new();
    let (mut unknown, mut rest) = (Vec::new(), message);
    while !rest.is_empty() {
        let field = Field::next(&mut rest)?;
        let Some(kind) = field.kind(schema) else {
            unknown.extend_from_slice(field.whole);
            continue;
        };
        if schema.is_choice {
            known.retain(|number, _| *number == field.number);
        }
        collect(&mut known, &field, kind)?;
    }
    *found |= !unknown.is_empty();
    let mut out = Vec::with_capacity(message.len());
    for (number, value) in known {
        put(&mut out, number, value, schema.is_choice, depth, found)?;
    }
    out.extend_from_slice(&unknown);
    Some(out)
}

/// Of a number or text the last one counts; parts of one message are joined, which is how protobuf merges them.
fn collect(known: &mut BTreeMap<u32, Value>, field: &Field<'_>, kind: Kind) -> Option<()> {
    let value = match kind {
        Kind::Int32 => {
            let number = decode_varint(&mut field.value()?).ok()?;
            // As Go keeps it: 32 bits, extended by their sign when encoded.
            Value::Number(i64::from(number as i32) as u64)
        }
        Kind::Other => Value::Number(decode_varint(&mut field.value()?).ok()?),
        Kind::Bytes => Value::Bytes(field.content()?.to_vec()),
        Kind::Message(schema) => match known.remove(&field.number) {
            Some(Value::Messages(_, mut parts)) => {
                parts.first_mut()?.extend_from_slice(field.content()?);
                Value::Messages(schema, parts)
            }
            _ => Value::Messages(schema, vec![field.content()?.to_vec()]),
        },
        Kind::Messages(schema) => match known.remove(&field.number) {
            Some(Value::Messages(_, mut all)) => {
                all.push(field.content()?.to_vec());
                Value::Messages(schema, all)
            }
            _ => Value::Messages(schema, vec![field.content()?.to_vec()]),
        },
    };
    known.insert(field.number, value);
    Some(())
}

fn put(
    out: &mut Vec<u8>,
    number: u32,
    value: Value,
    is_choice: bool,
    depth: u32,
    found: &mut bool,
) -> Option<()> {
    match value {
        Value::Number(0) if !is_choice => {}
        Value::Number(value) => {
            encode_key(number, WireType::Varint, out);
            encode_varint(value, out);
        }
        Value::Bytes(bytes) if bytes.is_empty() && !is_choice => {}
        Value::Bytes(bytes) => put_bytes(out, number, &bytes),
        Value::Messages(schema, all) => {
            for message in all {
                let message = encoded(schema, &message, depth, found)?;
                put_bytes(out, number, &message);
            }
        }
    }
    Some(())
}

fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use selvedge_protos::protos::{
        ApplicationPolicy, CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig,
        StaticCollectionConfig, application_policy, collection_config, collection_policy_config,
    };

    fn package() -> CollectionConfigPackage {
        let policy =
            selvedge_identity::policy_from_string("OR('A.member', OutOf(1,'B.peer'))").unwrap();
        let collection = StaticCollectionConfig {
            name: "c".to_owned(),
            member_orgs_policy: Some(CollectionPolicyConfig {
                payload: Some(collection_policy_config::Payload::SignaturePolicy(
                    policy.clone(),
                )),
            }),
            required_peer_count: -1,
            maximum_peer_count: 2,
            block_to_live: 3,
            member_only_read: true,
            member_only_write: false,
            endorsement_policy: Some(ApplicationPolicy {
                r#type: Some(application_policy::Type::SignaturePolicy(policy)),
            }),
        };
        CollectionConfigPackage {
            config: vec![CollectionConfig {
                payload: Some(collection_config::Payload::StaticCollectionConfig(
                    collection,
                )),
            }],
        }
    }

    #[test]
    fn what_is_known_is_encoded_as_ever() {
        let bytes = package().encode_to_vec();
        let mut found = false;
        assert_eq!(
            encoded(&PACKAGE, &bytes, DEPTH, &mut found).as_ref(),
            Some(&bytes)
        );
        assert!(!found && with_unknown(&bytes).is_none());
    }

    /// Field 99 with the number 7.
    const STRANGE: [u8; 3] = [0x98, 0x06, 0x07];

    #[test]
    fn strangers_stay_behind_what_is_known() {
        let known = package().encode_to_vec();
        let strange = [&STRANGE[..], &known].concat();
        assert_eq!(
            with_unknown(&strange).unwrap(),
            [&known[..], &STRANGE].concat()
        );
        // And so in a message within.
        let inner = package().config[0].encode_to_vec();
        let inner = [&STRANGE[..], &inner].concat();
        let mut outer = Vec::new();
        put_bytes(&mut outer, 1, &inner);
        let expected = [&inner[STRANGE.len()..], &STRANGE].concat();
        let mut whole = Vec::new();
        put_bytes(&mut whole, 1, &expected);
        assert_eq!(with_unknown(&outer).unwrap(), whole);
        // The package may come in parts, as a field of a message.
        let mut message = Vec::new();
        put_bytes(&mut message, 7, &STRANGE);
        put_bytes(&mut message, 7, &known);
        put_bytes(&mut message, 2, b"name");
        assert_eq!(
            within(&message, 7).unwrap(),
            [&known[..], &STRANGE].concat()
        );
        assert!(within(&message, 2).is_none());
    }

    #[test]
    fn garbage_and_depth_are_refused() {
        assert!(with_unknown(&[0xff; 20]).is_none());
        let mut rule = Vec::new();
        for _ in 0..400 {
            let mut outer = Vec::new();
            put_bytes(&mut outer, 2, &rule);
            rule = outer;
        }
        let mut found = false;
        assert!(encoded(&RULE, &rule, DEPTH, &mut found).is_none());
    }
}
