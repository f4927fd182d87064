use super::{Answer, Asked};
use bytes::Bytes;
use prost::Message;
use selvedge_interface::{Change, Space};
use selvedge_protos::protos::{
    DelState, GetState, GetStateMultiple, GetStateMultipleResult, PutState,
};

/// Absent and empty look the same on the wire.
pub(super) fn get(request: GetState, asked: &mut Asked<'_>) -> Answer {
    let space = Space::from_collection(&request.collection);
    Ok(asked
        .host
        .get_state(space, &request.key)?
        .unwrap_or_default())
}

pub(super) fn get_multiple(request: GetStateMultiple, asked: &mut Asked<'_>) -> Answer {
    let space = Space::from_collection(&request.collection);
    let values = asked.host.get_multiple_states(space, &request.keys)?;
    let values = values.into_iter().map(Option::unwrap_or_default).collect();
    Ok(GetStateMultipleResult { values }.encode_to_vec().into())
}

pub(super) fn put(request: PutState, asked: &mut Asked<'_>) -> Answer {
    let space = Space::from_collection(&request.collection);
    asked
        .host
        .write(space, &request.key, Change::Put(request.value))?;
    Ok(Bytes::new())
}

pub(super) fn delete(request: DelState, asked: &mut Asked<'_>) -> Answer {
    let space = Space::from_collection(&request.collection);
    asked.host.write(space, &request.key, Change::Delete)?;
    Ok(Bytes::new())
}
