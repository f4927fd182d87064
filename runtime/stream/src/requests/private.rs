use super::{Answer, Asked};
use bytes::Bytes;
use selvedge_interface::{Change, Space};
use selvedge_protos::protos::{DelState, GetState};

pub(super) fn hash(request: GetState, asked: &mut Asked<'_>) -> Answer {
    let hash = asked
        .host
        .get_private_data_hash(&request.collection, &request.key)?;
    Ok(hash.unwrap_or_default())
}

/// Fabric's handler reads the message that deletes; a purge has the same layout.
pub(super) fn purge(request: DelState, asked: &mut Asked<'_>) -> Answer {
    let space = Space::from_collection(&request.collection);
    asked.host.write(space, &request.key, Change::Purge)?;
    Ok(Bytes::new())
}
