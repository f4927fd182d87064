use super::find::Find;
use super::names::Names;
use super::page::Page;
use crate::raw::StateIterator;
use crate::wire::{excerpt, from_json, to_json};
use crate::{Query, SdkError, Tx, View};
use selvedge_interface::{
    Bytes, Change, Host, MetadataEntry, Selection, Space, VALIDATION_PARAMETER,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Deref;

/// Where a table lies. A type of its own for public state, so that a component without private data has none of its imports.
pub(super) trait Place: Copy {
    fn space(&self) -> Space<'_>;
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Public;

impl Place for Public {
    fn space(&self) -> Space<'_> {
        Space::Public
    }
}

impl Place for Space<'_> {
    fn space(&self) -> Space<'_> {
        *self
    }
}

/// A set of keys in one space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<P> {
    pub(super) place: P,
    pub(super) names: Names,
}

impl<P> Deref for Table<P> {
    type Target = Names;

    fn deref(&self) -> &Names {
        &self.names
    }
}

impl<P: Place> Table<P> {
    pub(super) fn read(&self, view: &View, key: &str) -> Result<Option<Bytes>, SdkError> {
        let value = view
            .stub()
            .with_host(|host| Host::get_state(host, self.place.space(), key))?;
        Ok(value.filter(|bytes| !bytes.is_empty()))
    }

    pub(super) fn read_many<V: DeserializeOwned>(
        &self,
        view: &View,
        keys: &[String],
    ) -> Result<Vec<Option<V>>, SdkError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let values = view
            .stub()
            .with_host(|host| Host::get_multiple_states(host, self.place.space(), keys))?;
        let found = values.into_iter().zip(keys).map(|(value, key)| {
            value
                .filter(|bytes| !bytes.is_empty())
                .map(|value| record(key, &value))
                .transpose()
        });
        found.collect()
    }

    /// The endorsement policy of one key, if it has its own.
    pub(super) fn policy(&self, view: &View, key: &str) -> Result<Option<Bytes>, SdkError> {
        Ok(view.stub().validation_parameter(self.place.space(), key)?)
    }

    pub(super) fn set_policy(&self, tx: &Tx, key: &str, policy: Bytes) -> Result<(), SdkError> {
        let entry = MetadataEntry {
            name: VALIDATION_PARAMETER.to_owned(),
            value: policy,
        };
        self.write(tx, key, Change::Metadata(entry))
    }

    pub(super) fn page(
        &self,
        query: &Query,
        bounds: &(String, String),
        page: &Page,
    ) -> Result<selvedge_interface::Page, SdkError> {
        let selection = Selection::Range {
            space: self.place.space(),
            start: &bounds.0,
            end: &bounds.1,
        };
        Ok(query.stub().page(selection, page.size, &page.bookmark)?)
    }

    pub(super) fn put<V: Serialize>(&self, tx: &Tx, key: &str, value: &V) -> Result<(), SdkError> {
        let json = self.json(key, value)?;
        Ok(tx.stub().put(self.place.space(), key, json)?)
    }

    /// A record's bytes.
    pub(super) fn json<V: Serialize>(&self, key: &str, value: &V) -> Result<Bytes, SdkError> {
        to_json(value)
            .map_err(|error| SdkError::internal(format!("record {key:?} is not JSON: {error}")))
    }

    pub(super) fn write(&self, tx: &Tx, key: &str, change: Change) -> Result<(), SdkError> {
        Ok(tx.stub().write(self.place.space(), key, change)?)
    }

    pub(super) fn find<'v>(
        &self,
        view: &'v View,
        find: &Find,
    ) -> Result<StateIterator<'v>, SdkError> {
        Ok(view.stub().rich(self.place.space(), &find.text()?)?)
    }

    pub(super) fn scan<'v>(
        &self,
        view: &'v View,
        start: &str,
        end: &str,
    ) -> Result<StateIterator<'v>, SdkError> {
        Ok(view.stub().scan(self.place.space(), start, end)?)
    }
}

pub(super) fn record<V: DeserializeOwned>(key: &str, value: &[u8]) -> Result<V, SdkError> {
    from_json(value).map_err(|error| {
        SdkError::internal(format!("record {:?} cannot be read: {error}", excerpt(key)))
    })
}
