use super::key::Key;
use super::table::{Table, record};
use crate::SdkError;
use crate::raw::StateIterator;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Records in key order. The peer's cursor is closed when the iterator is dropped.
///
/// A scan that is not read to the end is protected against later writers only as far as the peer delivered rows.
#[derive(Debug)]
pub struct Rows<'v, K, V> {
    table: Table,
    rows: StateIterator<'v>,
    record: PhantomData<fn() -> (K, V)>,
}

impl<'v, K, V> Rows<'v, K, V> {
    pub(super) fn new(table: Table, rows: StateIterator<'v>) -> Self {
        Self {
            table,
            rows,
            record: PhantomData,
        }
    }
}

impl<K: Key, V: DeserializeOwned> Iterator for Rows<'_, K, V> {
    type Item = Result<(K, V), SdkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        Some(row.map_err(SdkError::from).and_then(|row| {
            let key = self.table.read_key(&row.key)?;
            Ok((key, record(&row.key, &row.value)?))
        }))
    }
}
