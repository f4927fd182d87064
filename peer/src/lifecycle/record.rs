//! What the lifecycle stores about one name: a type, and a key for each of its fields.
//!
//! Organisations compare approvals by the hashes of these bytes, so the encoding is canonical protobuf with one
//! exception that protobuf itself makes: the arm of a `oneof` is written even when its value is empty or zero.
//!
//! Fabric: core/chaincode/lifecycle/serializer.go.

use bytes::Bytes;
use prost::Message;
use selvedge_protos::lifecycle::{self, state_data};
use sha2::{Digest as _, Sha256};

/// A structure ready to be stored: every field as the bytes of a `lifecycle.StateData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub(super) datatype: &'static str,
    /// In declaration order, which is part of what is hashed.
    pub(super) fields: Vec<(&'static str, Bytes)>,
}

impl Record {
    /// The bytes of the `lifecycle.StateMetadata` that goes with it.
    pub fn metadata(&self) -> Bytes {
        let fields = self
            .fields
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        lifecycle::StateMetadata {
            datatype: self.datatype.to_owned(),
            fields,
        }
        .encode_to_vec()
        .into()
    }
}

/// A field holding an encoded message, or nothing.
pub(super) fn message(message: Option<&impl Message>) -> Bytes {
    bytes(
        message
            .map(Message::encode_to_vec)
            .unwrap_or_default()
            .into(),
    )
}

pub(super) fn bytes(value: Bytes) -> Bytes {
    encode(state_data::Type::Bytes(value))
}

pub(super) fn integer(value: i64) -> Bytes {
    encode(state_data::Type::Int64(value))
}

pub(super) fn string(value: &str) -> Bytes {
    encode(state_data::Type::String(value.to_owned()))
}

fn encode(value: state_data::Type) -> Bytes {
    lifecycle::StateData {
        r#type: Some(value),
    }
    .encode_to_vec()
    .into()
}

/// SHA-256.
pub(super) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
