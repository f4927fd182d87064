use super::updates::{Pending, Updates};
use crate::error::Result;
use crate::store::{Column, View, hashed_namespace, state_key};
use crate::{Version, VersionedValue};
use bytes::Bytes;

/// The state a transaction of the block meets: the committed one under what earlier valid transactions of the same
/// block left.
pub(super) struct State<'a> {
    pub(super) view: &'a View,
    pub(super) updates: &'a Updates,
}

impl State<'_> {
    pub(super) fn pending(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
    ) -> Option<&Pending> {
        self.updates.get(namespace, collection, key)
    }

    pub(super) fn committed_version(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
    ) -> Result<Option<Version>> {
        let (column, key) = place(namespace, collection, key);
        self.view.version(column, &key)
    }

    pub(super) fn committed(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
    ) -> Result<Option<VersionedValue>> {
        let (column, key) = place(namespace, collection, key);
        self.view.get(column, &key)
    }

    /// The value as of now; `None` when the key is absent or was deleted in this block. A committed one is as CouchDB gives
    /// it back, where that is followed: Fabric's peers read it from there, and it goes into the commit hash.
    pub(super) fn latest_value(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
    ) -> Result<Option<Bytes>> {
        match self.pending(namespace, collection, key) {
            Some(pending) => Ok(pending.value.clone()),
            None => {
                let found = self.committed(namespace, collection, key)?;
                Ok(found.map(|found| match collection {
                    "" => self.view.rules().shown(found.value),
                    // A hash.
                    _ => found.value,
                }))
            }
        }
    }

    pub(super) fn latest_metadata(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
    ) -> Result<Bytes> {
        if let Some(pending) = self.pending(namespace, collection, key) {
            return Ok(pending.metadata.clone());
        }
        let known = if collection.is_empty() {
            self.view.with_metadata.contains(namespace)
        } else {
            self.view
                .with_metadata
                .contains(&hashed_namespace(namespace, collection))
        };
        if !known {
            return Ok(Bytes::new());
        }
        Ok(self
            .committed(namespace, collection, key)?
            .map(|found| found.metadata)
            .unwrap_or_default())
    }
}

/// Column family and key of a public or hashed key.
pub(super) fn place(namespace: &str, collection: &str, key: &[u8]) -> (Column, Vec<u8>) {
    if collection.is_empty() {
        (Column::State, state_key(namespace, key))
    } else {
        (
            Column::Hashed,
            state_key(&hashed_namespace(namespace, collection), key),
        )
    }
}
