use super::{Answer, Asked, Failure};
use bytes::Bytes;
use prost::Message;
use selvedge_interface::{Change, MetadataEntry, Space};
use selvedge_protos::protos::{
    GetStateMetadata, PutStateMetadata, StateMetadata, StateMetadataResult,
};

pub(super) fn get(request: GetStateMetadata, asked: &mut Asked<'_>) -> Answer {
    let space = Space::from_collection(&request.collection);
    let entries = asked.host.get_state_metadata(space, &request.key)?;
    let entries = entries.into_iter().map(|entry| StateMetadata {
        metakey: entry.name,
        value: entry.value,
    });
    let result = StateMetadataResult {
        entries: entries.collect(),
    };
    Ok(result.encode_to_vec().into())
}

pub(super) fn put(request: PutStateMetadata, asked: &mut Asked<'_>) -> Answer {
    let metadata = request.metadata.ok_or_else(Failure::panic)?;
    let space = Space::from_collection(&request.collection);
    asked
        .host
        .write(space, &request.key, Change::Metadata(entry(metadata)))?;
    Ok(Bytes::new())
}

pub(super) fn entry(metadata: StateMetadata) -> MetadataEntry {
    MetadataEntry {
        name: metadata.metakey,
        value: metadata.value,
    }
}
