//! Reads and writes of keys.

use super::StreamHost;
use bytes::Bytes;
use selvedge_interface::{Change, HostError, HostResult, MetadataEntry, Space, Write};
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::write_record::Type as RecordType;
use selvedge_protos::protos::{
    DelState, GetState, GetStateMetadata, GetStateMultiple, GetStateMultipleResult, PutState,
    PutStateMetadata, StateMetadata, StateMetadataResult, WriteBatchState, WriteRecord,
};

/// On the wire absent and empty are the same.
fn present(value: Bytes) -> Option<Bytes> {
    (!value.is_empty()).then_some(value)
}

impl StreamHost {
    pub(super) fn read_one(&self, space: Space<'_>, key: &str) -> HostResult<Option<Bytes>> {
        let request = GetState {
            key: key.to_owned(),
            collection: space.collection().to_owned(),
        };
        self.ask(Type::GetState, &request).map(present)
    }

    pub(super) fn read_hash(&self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        let request = GetState {
            key: key.to_owned(),
            collection: collection.to_owned(),
        };
        self.ask(Type::GetPrivateDataHash, &request).map(present)
    }

    /// In messages of the size the peer offered, or key by key where it offered none.
    pub(super) fn read_many(
        &self,
        space: Space<'_>,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        let Some(size) = self.ticket.offers().multiple_keys else {
            return keys.iter().map(|key| self.read_one(space, key)).collect();
        };
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(size) {
            values.extend(self.read_chunk(space, keys)?);
        }
        Ok(values)
    }

    fn read_chunk(&self, space: Space<'_>, keys: &[String]) -> HostResult<Vec<Option<Bytes>>> {
        let request = GetStateMultiple {
            keys: keys.to_vec(),
            collection: space.collection().to_owned(),
        };
        let result: GetStateMultipleResult = self.ask_for(Type::GetStateMultiple, &request)?;
        // A Fabric peer whose database fails answers with no values at all.
        if result.values.len() != keys.len() {
            return Err(HostError::verbatim(format!(
                "the peer answered GET_STATE_MULTIPLE for {} keys with {} values",
                keys.len(),
                result.values.len()
            )));
        }
        Ok(result.values.into_iter().map(present).collect())
    }

    pub(super) fn read_metadata(
        &self,
        space: Space<'_>,
        key: &str,
    ) -> HostResult<Vec<MetadataEntry>> {
        let request = GetStateMetadata {
            key: key.to_owned(),
            collection: space.collection().to_owned(),
        };
        let result: StateMetadataResult = self.ask_for(Type::GetStateMetadata, &request)?;
        let mut entries: Vec<_> = result
            .entries
            .into_iter()
            .map(|entry| MetadataEntry {
                name: entry.metakey,
                value: entry.value,
            })
            .collect();
        // Fabric's peer sends them in random order.
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    pub(super) fn write_one(&self, space: Space<'_>, key: &str, change: Change) -> HostResult<()> {
        let (key, collection) = (key.to_owned(), space.collection().to_owned());
        let done = match change {
            Change::Put(value) => {
                let request = PutState {
                    key,
                    value,
                    collection,
                };
                self.ask(Type::PutState, &request)
            }
            Change::Delete => self.ask(Type::DelState, &DelState { key, collection }),
            Change::Purge => self.ask(Type::PurgePrivateData, &DelState { key, collection }),
            Change::Metadata(entry) => {
                let request = PutStateMetadata {
                    key,
                    collection,
                    metadata: Some(metadata(entry)),
                };
                self.ask(Type::PutStateMetadata, &request)
            }
        };
        done.map(drop)
    }

    /// In messages of the size the peer offered, or write by write where it offered none.
    pub(super) fn write_many(&self, writes: Vec<Write>) -> HostResult<()> {
        let Some(size) = self.ticket.offers().write_batch else {
            return writes.into_iter().try_for_each(|write| {
                self.write_one(
                    Space::from_collection(&write.collection),
                    &write.key,
                    write.change,
                )
            });
        };
        let mut writes = writes.into_iter().map(record);
        loop {
            let rec: Vec<_> = writes.by_ref().take(size).collect();
            if rec.is_empty() {
                return Ok(());
            }
            self.ask(Type::WriteBatchState, &WriteBatchState { rec })?;
        }
    }
}

fn metadata(entry: MetadataEntry) -> StateMetadata {
    StateMetadata {
        metakey: entry.name,
        value: entry.value,
    }
}

fn record(write: Write) -> WriteRecord {
    let mut record = WriteRecord {
        key: write.key,
        collection: write.collection,
        ..WriteRecord::default()
    };
    let kind = match write.change {
        Change::Put(value) => {
            record.value = value;
            RecordType::PutState
        }
        Change::Delete => RecordType::DelState,
        Change::Purge => RecordType::PurgePrivateData,
        Change::Metadata(entry) => {
            record.metadata = Some(metadata(entry));
            RecordType::PutStateMetadata
        }
    };
    record.set_type(kind);
    record
}
