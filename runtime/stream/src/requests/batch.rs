use super::{Answer, Asked, Failure, metadata};
use bytes::Bytes;
use selvedge_interface::{Change, Write};
use selvedge_protos::protos::{WriteBatchState, WriteRecord, write_record::Type};

/// Applies the records up to the first that fails. The size of a batch was the peer's advice and is not checked.
pub(super) fn write(request: WriteBatchState, asked: &mut Asked<'_>) -> Answer {
    let total = request.rec.len();
    let known: Vec<Write> = request.rec.into_iter().map_while(record).collect();
    let unknown = known.len() < total;
    asked.host.write_batch(known)?;
    if unknown {
        return Err(Failure::cause("unknown operation type"));
    }
    Ok(Bytes::new())
}

/// `None`: a type that nobody knows.
fn record(record: WriteRecord) -> Option<Write> {
    let change = match Type::try_from(record.r#type).ok()? {
        Type::PutState => Change::Put(record.value),
        Type::DelState => Change::Delete,
        Type::PurgePrivateData => Change::Purge,
        Type::PutStateMetadata => {
            Change::Metadata(metadata::entry(record.metadata.unwrap_or_default()))
        }
        Type::Undefined => return None,
    };
    Some(Write {
        collection: record.collection,
        key: record.key,
        change,
    })
}
