//! Messages with maps, brought into one form. Go writes the entries of a map in random order and writes a key or a
//! value even when it is the default one; prost sorts by key and leaves defaults out. Both are valid encodings.

use std::collections::BTreeSet;

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};

/// Where the maps of a message are: by field number, what is inside a field or inside the value of a map entry.
pub(crate) struct Maps {
    maps: &'static [(u32, &'static Maps)],
    messages: &'static [(u32, &'static Maps)],
}

pub(crate) static NONE: Maps = Maps {
    maps: &[],
    messages: &[],
};
pub(crate) static GROUP: Maps = Maps {
    maps: &[(2, &GROUP), (3, &NONE), (4, &NONE)],
    messages: &[],
};
pub(crate) static CONFIG: Maps = Maps {
    maps: &[],
    messages: &[(2, &GROUP)],
};
pub(crate) static CONFIG_ENVELOPE: Maps = Maps {
    maps: &[],
    messages: &[(1, &CONFIG)],
};
pub(crate) static CONFIG_UPDATE: Maps = Maps {
    maps: &[(5, &NONE)],
    messages: &[(2, &GROUP), (3, &GROUP)],
};
/// A message whose one map is field 1: capabilities, ACLs, approvals.
pub(crate) static FIRST: Maps = Maps {
    maps: &[(1, &NONE)],
    messages: &[],
};
pub(crate) static READINESS: Maps = Maps {
    maps: &[(1, &NONE), (2, &NONE)],
    messages: &[],
};
pub(crate) static DEFINITION: Maps = Maps {
    maps: &[(8, &NONE)],
    messages: &[],
};
pub(crate) static PROPOSAL_PAYLOAD: Maps = Maps {
    maps: &[(2, &NONE)],
    messages: &[],
};
static INPUT: Maps = Maps {
    maps: &[(2, &NONE)],
    messages: &[],
};
static SPEC: Maps = Maps {
    maps: &[],
    messages: &[(3, &INPUT)],
};
pub(crate) static INVOCATION: Maps = Maps {
    maps: &[],
    messages: &[(1, &SPEC)],
};

/// The same message with the entries of each map sorted and their defaults left out. `None` if these bytes do not
/// have the shape that Fabric's messages have.
pub(crate) fn normalise(mut bytes: &[u8], maps: &Maps) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut entries = BTreeSet::new();
    while !bytes.is_empty() {
        let (number, content) = field(&mut bytes)?;
        match (
            inside(maps.maps, number),
            inside(maps.messages, number),
            content,
        ) {
            (Some(value), _, Content::Bytes(entry)) => {
                entries.insert((number, self::entry(entry, value)?));
            }
            (_, Some(inner), Content::Bytes(message)) => {
                write(
                    &mut out,
                    number,
                    &Content::Bytes(&normalise(message, inner)?),
                );
            }
            (_, _, content) => write(&mut out, number, &content),
        }
    }
    for (number, entry) in entries {
        write(&mut out, number, &Content::Bytes(&entry));
    }
    Some(out)
}

fn inside(fields: &[(u32, &'static Maps)], number: u32) -> Option<&'static Maps> {
    let (_, maps) = fields.iter().find(|(field, _)| *field == number)?;
    Some(maps)
}

fn entry(mut bytes: &[u8], value: &Maps) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        match field(&mut bytes)? {
            (2, Content::Bytes(inner)) => {
                let inner = normalise_value(inner, value)?;
                if !inner.is_empty() {
                    write(&mut out, 2, &Content::Bytes(&inner));
                }
            }
            (_, Content::Varint(0)) => {}
            (number, content) => write(&mut out, number, &content),
        }
    }
    Some(out)
}

/// A value without maps inside need not be a message.
fn normalise_value(bytes: &[u8], maps: &Maps) -> Option<Vec<u8>> {
    if maps.maps.is_empty() && maps.messages.is_empty() {
        return Some(bytes.to_vec());
    }
    normalise(bytes, maps)
}

enum Content<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
}

/// Fabric has no field of another wire type than these two.
fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u32, Content<'a>)> {
    let (number, wire_type) = decode_key(bytes).ok()?;
    let integer = decode_varint(bytes).ok()?;
    match wire_type {
        WireType::Varint => Some((number, Content::Varint(integer))),
        WireType::LengthDelimited => {
            let (content, rest) = bytes.split_at_checked(usize::try_from(integer).ok()?)?;
            *bytes = rest;
            Some((number, Content::Bytes(content)))
        }
        _ => None,
    }
}

fn write(out: &mut Vec<u8>, number: u32, content: &Content<'_>) {
    match content {
        Content::Varint(integer) => {
            encode_key(number, WireType::Varint, out);
            encode_varint(*integer, out);
        }
        Content::Bytes(bytes) => {
            encode_key(number, WireType::LengthDelimited, out);
            encode_varint(bytes.len() as u64, out);
            out.extend_from_slice(bytes);
        }
    }
}
