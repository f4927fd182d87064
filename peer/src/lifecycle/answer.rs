//! Results as Go serializes them, where that is not what our serializer writes.
//!
//! In Go an entry of a map has both its fields on the wire, whatever they hold; ours leaves out a `false`. The bytes are
//! part of an endorsement, so peers of both kinds have to agree on them. (Go orders entries at random: with one
//! organisation everybody agrees, with more not even two Go peers always do.)

use bytes::Bytes;
use prost::Message as _;
use prost::encoding::{WireType, bool, encode_key, encode_varint, string};
use selvedge_protos::lifecycle::{CheckCommitReadinessResult, QueryChaincodeDefinitionResult};
use std::collections::BTreeMap;
use std::mem;

/// Number of `approvals` in `CheckCommitReadinessResult`; its first field.
const READINESS_APPROVALS: u32 = 1;
/// Number of `approvals` in `QueryChaincodeDefinitionResult`; its last field.
const DEFINITION_APPROVALS: u32 = 8;

pub(super) fn readiness(mut result: CheckCommitReadinessResult) -> Bytes {
    let mut bytes = entries(READINESS_APPROVALS, &mem::take(&mut result.approvals));
    bytes.extend(result.encode_to_vec());
    bytes.into()
}

pub(super) fn definition(mut result: QueryChaincodeDefinitionResult) -> Bytes {
    let approvals = entries(DEFINITION_APPROVALS, &mem::take(&mut result.approvals));
    let mut bytes = result.encode_to_vec();
    bytes.extend(approvals);
    bytes.into()
}

/// A `map<string, bool>`.
fn entries(field: u32, map: &BTreeMap<String, bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in map {
        let mut entry = Vec::new();
        string::encode(1, key, &mut entry);
        bool::encode(2, value, &mut entry);
        encode_key(field, WireType::LengthDelimited, &mut bytes);
        encode_varint(entry.len() as u64, &mut bytes);
        bytes.extend(entry);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approvals() -> BTreeMap<String, bool> {
        [("A".to_owned(), false), ("B".to_owned(), true)].into()
    }

    /// As Fabric v3.1.5 answered.
    #[test]
    fn false_is_on_the_wire() {
        let result = CheckCommitReadinessResult {
            approvals: approvals(),
            ..Default::default()
        };
        let bytes = readiness(result.clone());
        let expected = [
            b"\x0a\x05\x0a\x01A\x10\x00".as_slice(),
            b"\x0a\x05\x0a\x01B\x10\x01",
        ]
        .concat();
        assert_eq!(bytes, expected);
        assert_eq!(CheckCommitReadinessResult::decode(bytes).unwrap(), result);
    }

    #[test]
    fn nothing_else_changes() {
        let result = QueryChaincodeDefinitionResult {
            sequence: 3,
            version: "1".to_owned(),
            init_required: true,
            approvals: approvals(),
            ..Default::default()
        };
        let bytes = definition(result.clone());
        assert_eq!(
            QueryChaincodeDefinitionResult::decode(bytes).unwrap(),
            result
        );
    }
}
