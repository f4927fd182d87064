use super::key::Key;
use super::names::Names;
use super::table::record;
use crate::SdkError;
use crate::raw::StateIterator;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Records in key order, or in the order of a rich query. The peer's cursor is closed when the iterator is dropped.
///
/// A scan that is not read to the end is protected against later writers only as far as the peer delivered rows.
#[derive(Debug)]
pub struct Rows<'v, K, V> {
    names: Names,
    rows: StateIterator<'v>,
    /// Rows of other tables may be among them.
    is_mixed: bool,
    record: PhantomData<fn() -> (K, V)>,
}

impl<'v, K, V> Rows<'v, K, V> {
    pub(super) fn new(names: Names, rows: StateIterator<'v>) -> Self {
        Self {
            names,
            rows,
            is_mixed: false,
            record: PhantomData,
        }
    }

    /// What a rich query found: it knows of values, not of tables.
    pub(super) fn found(names: Names, rows: StateIterator<'v>) -> Self {
        Self {
            is_mixed: true,
            ..Self::new(names, rows)
        }
    }
}

impl<K: Key, V: DeserializeOwned> Iterator for Rows<'_, K, V> {
    type Item = Result<(K, V), SdkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = self.rows.next()?;
        while self.is_mixed && row.as_ref().is_ok_and(|row| !self.names.holds(&row.key)) {
            row = self.rows.next()?;
        }
        Some(row.map_err(SdkError::from).and_then(|row| {
            let key = self.names.read_key(&row.key)?;
            Ok((key, record(&row.key, &row.value)?))
        }))
    }
}
