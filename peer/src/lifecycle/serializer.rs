//! Reading and writing records, with exactly the reads that Fabric's serializer makes.
//!
//! Fabric: core/chaincode/lifecycle/serializer.go.

use super::{
    error::{Doing as _, Error},
    keys,
    record::{self, Record},
    state::{HostState, Opaque, Readable},
};
use bytes::Bytes;
use prost::Message;
use selvedge_protos::lifecycle::{StateData, StateMetadata, state_data};
use std::collections::BTreeMap;

/// Writes the fields that are absent or changed, the metadata if it is not what it was, and deletes fields that the
/// record no longer has. What did not change is not written, so that two updates conflict only where they meet.
pub(super) fn store(
    space: &str,
    name: &str,
    record: &Record,
    state: &mut HostState<'_>,
) -> Result<(), Error> {
    let existing = metadata(space, name, state)
        .doing(|| format!("could not deserialize metadata for namespace {space}/{name}"))?
        .unwrap_or_default();
    let mut stored = BTreeMap::new();
    for field in &existing.fields {
        let key = keys::field(space, name, field);
        let value = state
            .get(&key)
            .doing(|| format!("could not get value for key {key}"))?;
        stored.insert(key, value);
    }
    for (field, value) in &record.fields {
        let key = keys::field(space, name, field);
        let unchanged = stored
            .remove(&key)
            .is_some_and(|old| old.unwrap_or_default() == value);
        if !unchanged {
            state
                .put(&key, value.clone())
                .doing(|| "could not write key into state".to_owned())?;
        }
    }
    let same_shape = stored.is_empty()
        && existing.datatype == record.datatype
        && existing.fields.len() == record.fields.len();
    if !same_shape {
        state
            .put(&keys::metadata(space, name), record.metadata())
            .doing(|| format!("could not store metadata for namespace {space}/{name}"))?;
    }
    for key in stored.into_keys() {
        state
            .delete(&key)
            .doing(|| format!("could not delete unneeded key {key}"))?;
    }
    Ok(())
}

/// Which parts of `record` an organisation has *not* stored, judged by hashes alone; empty means it stored all of it.
///
/// All hashes are read before anything is compared: the reads are in the endorsement, whatever the outcome. A missing
/// or different metadata stops the comparison there.
pub(super) fn mismatches(
    space: &str,
    name: &str,
    record: &Record,
    state: &mut dyn Opaque,
) -> Result<Vec<String>, Error> {
    let mut hash_of = |key: String| {
        state
            .hash(&key)
            .doing(|| format!("could not get value for key {key}"))
    };
    let metadata = hash_of(keys::metadata(space, name))?;
    let mut fields = Vec::with_capacity(record.fields.len());
    for (field, value) in &record.fields {
        fields.push((*field, value, hash_of(keys::field(space, name, field))?));
    }
    if !is_hash_of(metadata.as_ref(), &record.metadata()) {
        return Ok(vec![record.datatype.to_owned()]);
    }
    let differs = |(field, value, hash): (&str, &Bytes, Option<Bytes>)| {
        (!is_hash_of(hash.as_ref(), value)).then(|| field.to_owned())
    };
    Ok(fields.into_iter().filter_map(differs).collect())
}

/// Whether an organisation has stored this record's metadata: the datatype and the list of fields, not the values.
pub(super) fn has_metadata(
    space: &str,
    name: &str,
    record: &Record,
    state: &mut dyn Opaque,
) -> Result<bool, Error> {
    let key = keys::metadata(space, name);
    let hash = state
        .hash(&key)
        .doing(|| format!("could not get state hash for metadata key {key}"))?;
    Ok(is_hash_of(hash.as_ref(), &record.metadata()))
}

fn is_hash_of(hash: Option<&Bytes>, value: &[u8]) -> bool {
    hash.is_some_and(|hash| hash[..] == record::hash(value))
}

/// The metadata of a name, if it has any.
pub(super) fn metadata(
    space: &str,
    name: &str,
    state: &mut dyn Readable,
) -> Result<Option<StateMetadata>, Error> {
    let key = keys::metadata(space, name);
    let found = state
        .get(&key)
        .doing(|| format!("could not query metadata for namespace {space}/{name}"))?;
    found
        .map(|bytes| decode_metadata(space, name, &bytes))
        .transpose()
}

fn decode_metadata(space: &str, name: &str, bytes: &Bytes) -> Result<StateMetadata, Error> {
    StateMetadata::decode(bytes.clone())
        .doing(|| format!("could not unmarshal metadata for namespace {space}/{name}"))
}

/// The metadata of every name in a space, in key order.
pub(super) fn all_metadata(
    space: &str,
    state: &mut HostState<'_>,
) -> Result<Vec<(String, StateMetadata)>, Error> {
    let prefix = keys::metadata_prefix(space);
    let rows = state
        .range(&prefix)
        .doing(|| format!("could not get state range for namespace {space}"))?;
    rows.into_iter()
        .map(|(name, value)| {
            let metadata = StateMetadata::decode(value)
                .doing(|| format!("error unmarshalling metadata for key {prefix}{name}"))?;
            Ok((name, metadata))
        })
        .collect()
}

/// Refuses metadata of another type than the one about to be read.
pub(super) fn expect_type(expected: &'static str, metadata: &StateMetadata) -> Result<(), Error> {
    if metadata.datatype == expected {
        return Ok(());
    }
    Err(Error::TypeMismatch {
        expected,
        found: metadata.datatype.clone(),
    })
}

/// An absent field is zero.
pub(super) fn integer(
    space: &str,
    name: &str,
    field: &str,
    state: &mut dyn Readable,
) -> Result<i64, Error> {
    match value(space, name, field, state)? {
        None => Ok(0),
        Some(state_data::Type::Int64(value)) => Ok(value),
        Some(other) => Err(wrong_arm(space, name, field, "Int64", &other)),
    }
}

/// An absent field is the empty string.
pub(super) fn string(
    space: &str,
    name: &str,
    field: &str,
    state: &mut dyn Readable,
) -> Result<String, Error> {
    match value(space, name, field, state)? {
        None => Ok(String::new()),
        Some(state_data::Type::String(value)) => Ok(value),
        Some(other) => Err(wrong_arm(space, name, field, "String", &other)),
    }
}

/// An absent field is the empty message.
pub(super) fn message<M: Message + Default>(
    name: &str,
    field: &str,
    go_type: &str,
    state: &mut dyn Readable,
) -> Result<M, Error> {
    Ok(message_and_bytes(name, field, go_type, state)?.0)
}

/// A message, and what it was decoded from.
pub(super) fn message_and_bytes<M: Message + Default>(
    name: &str,
    field: &str,
    go_type: &str,
    state: &mut dyn Readable,
) -> Result<(M, Bytes), Error> {
    let space = keys::NAMESPACES;
    let bytes = match value(space, name, field, state)? {
        None => Bytes::new(),
        Some(state_data::Type::Bytes(value)) => value,
        Some(other) => return Err(wrong_arm(space, name, field, "[]byte", &other)),
    };
    let message = M::decode(bytes.clone()).doing(|| {
        format!(
            "could not unmarshal key {} to {go_type}",
            keys::field(space, name, field)
        )
    })?;
    Ok((message, bytes))
}

fn value(
    space: &str,
    name: &str,
    field: &str,
    state: &mut dyn Readable,
) -> Result<Option<state_data::Type>, Error> {
    let key = keys::field(space, name, field);
    let bytes = state
        .get(&key)
        .doing(|| format!("could not get state for key {key}"))?
        .unwrap_or_default();
    let data =
        StateData::decode(bytes).doing(|| format!("could not unmarshal state for key {key}"))?;
    Ok(data.r#type)
}

fn wrong_arm(
    space: &str,
    name: &str,
    field: &str,
    expected: &'static str,
    found: &state_data::Type,
) -> Error {
    let found = match found {
        state_data::Type::Int64(_) => "*lifecycle.StateData_Int64",
        state_data::Type::Bytes(_) => "*lifecycle.StateData_Bytes",
        state_data::Type::String(_) => "*lifecycle.StateData_String_",
    };
    Error::WrongArm {
        key: keys::field(space, name, field),
        expected,
        found,
    }
}
