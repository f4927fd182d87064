use super::table::record;
use crate::SdkError;
use crate::raw::HistoryIterator;
use crate::wire::Time;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// One change of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<V> {
    /// The transaction that made it.
    pub tx_id: String,
    /// That transaction's timestamp.
    pub time: Option<Time>,
    /// What was written; `None` if the record was deleted.
    pub value: Option<V>,
}

/// Changes of one record, newest first. The peer's cursor is closed when the iterator is dropped.
#[derive(Debug)]
pub struct Changes<'v, V> {
    rows: HistoryIterator<'v>,
    record: PhantomData<fn() -> V>,
}

impl<'v, V> Changes<'v, V> {
    pub(super) fn new(rows: HistoryIterator<'v>) -> Self {
        Self {
            rows,
            record: PhantomData,
        }
    }
}

impl<V: DeserializeOwned> Iterator for Changes<'_, V> {
    type Item = Result<Change<V>, SdkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        Some(row.map_err(SdkError::from).and_then(|row| {
            let value = if row.is_delete {
                None
            } else {
                Some(record(&row.tx_id, &row.value)?)
            };
            Ok(Change {
                tx_id: row.tx_id,
                time: row.timestamp.map(Time::from),
                value,
            })
        }))
    }
}
