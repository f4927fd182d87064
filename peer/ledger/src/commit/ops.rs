use super::state::State;
use super::updates::{Pending, Updates};
use crate::Version;
use crate::error::Result;
use crate::rwset::{NsSet, TxSet, is_hash_delete, is_write_delete};
use crate::store::View;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::kvrwset;
use std::collections::BTreeMap;

const VALUE: u8 = 1;
const METADATA: u8 = 2;
const METADATA_DELETE: u8 = 4;
const DELETE: u8 = 8;

/// What one transaction does to one key.
///
/// Fabric *adds* the flags up in eight bits instead of joining them, so a set that names a key twice means something
/// else: two writes make a metadata update. All peers must agree on that, so it is kept (Fabric:
/// core/ledger/kvledger/txmgmt/validation/tx_ops.go).
#[derive(Debug, Default)]
struct KeyOps {
    flags: u8,
    value: Bytes,
    metadata: Bytes,
}

impl KeyOps {
    fn add(&mut self, flag: u8) {
        self.flags = self.flags.wrapping_add(flag);
    }

    fn is_delete(&self) -> bool {
        self.flags & DELETE != 0
    }

    fn replaces_both(&self) -> bool {
        self.flags & VALUE != 0 && self.flags & (METADATA | METADATA_DELETE) != 0
    }

    fn is_value_only(&self) -> bool {
        self.flags & !VALUE == 0
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    namespace: &'a str,
    collection: &'a str,
    key: Bytes,
}

type Ops<'a> = BTreeMap<Place<'a>, KeyOps>;

/// Merges a valid transaction's writes into the block's.
pub(super) fn apply(
    set: &TxSet,
    version: Version,
    view: &View,
    updates: &mut Updates,
) -> Result<()> {
    let mut ops = Ops::new();
    for namespace in &set.namespaces {
        collect(namespace, &mut ops);
    }
    let mut merged = Vec::with_capacity(ops.len());
    for (place, ops) in ops {
        let state = State { view, updates };
        merged.extend(merge(&state, &place, ops, version)?.map(|pending| (place, pending)));
    }
    for (place, pending) in merged {
        updates.put(place.namespace, place.collection, place.key, pending);
    }
    Ok(())
}

fn collect<'a>(set: &'a NsSet, ops: &mut Ops<'a>) {
    let namespace = set.namespace.as_str();
    for write in &set.public.writes {
        let place = Place {
            namespace,
            collection: "",
            key: Bytes::copy_from_slice(write.key.as_bytes()),
        };
        note_write(
            ops.entry(place).or_default(),
            is_write_delete(write),
            &write.value,
        );
    }
    for write in &set.public.metadata_writes {
        let place = Place {
            namespace,
            collection: "",
            key: Bytes::copy_from_slice(write.key.as_bytes()),
        };
        note_metadata(ops.entry(place).or_default(), &write.entries);
    }
    for hashed in &set.collections {
        let collection = hashed.collection.as_str();
        for write in &hashed.hashed.hashed_writes {
            let place = Place {
                namespace,
                collection,
                key: write.key_hash.clone(),
            };
            note_write(
                ops.entry(place).or_default(),
                is_hash_delete(write),
                &write.value_hash,
            );
        }
        for write in &hashed.hashed.metadata_writes {
            let place = Place {
                namespace,
                collection,
                key: write.key_hash.clone(),
            };
            note_metadata(ops.entry(place).or_default(), &write.entries);
        }
    }
}

fn note_write(ops: &mut KeyOps, is_delete: bool, value: &Bytes) {
    if is_delete {
        ops.add(DELETE);
    } else {
        ops.add(VALUE);
        ops.value = value.clone();
    }
}

fn note_metadata(ops: &mut KeyOps, entries: &[kvrwset::KvMetadataEntry]) {
    if entries.is_empty() {
        ops.add(METADATA_DELETE);
        return;
    }
    ops.add(METADATA);
    let stored = kvrwset::KvMetadataWrite {
        entries: entries.to_vec(),
        ..Default::default()
    };
    ops.metadata = stored.encode_to_vec().into();
}

/// `None`: a metadata write of a key that does not exist. Where an earlier transaction of the block deleted the key, Go
/// peers panic; here the deletion stands.
fn merge(
    state: &State<'_>,
    place: &Place<'_>,
    ops: KeyOps,
    version: Version,
) -> Result<Option<Pending>> {
    let Place {
        namespace,
        collection,
        key,
    } = place;
    if ops.is_delete() {
        return Ok(Some(Pending {
            value: None,
            metadata: Bytes::new(),
            version,
        }));
    }
    if ops.replaces_both() {
        return Ok(Some(Pending {
            value: Some(ops.value),
            metadata: ops.metadata,
            version,
        }));
    }
    if ops.is_value_only() {
        let metadata = state.latest_metadata(namespace, collection, key)?;
        return Ok(Some(Pending {
            value: Some(ops.value),
            metadata,
            version,
        }));
    }
    let latest = state.latest_value(namespace, collection, key)?;
    Ok(latest.map(|value| Pending {
        value: Some(value),
        metadata: ops.metadata,
        version,
    }))
}
