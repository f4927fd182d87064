use super::find::Find;
use super::key::{Key, KeyReader, KeyWriter, ToKey};
use super::page::Page;
use super::range::{Bounds, KeyRange};
use crate::raw::{FIRST_SIMPLE, LAST, StateIterator};
use crate::wire::{excerpt, from_json, to_json};
use crate::{Query, SdkError, Tx, View};
use bytes::Bytes;
use selvedge_interface::{Change, MetadataEntry, Selection, Space, VALIDATION_PARAMETER};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A set of keys in one space: the simple keys, or the composite keys of one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    pub(super) space: Space<'static>,
    pub(super) name: Option<&'static str>,
}

impl Table {
    pub(super) fn key<K: ToKey + ?Sized>(&self, key: &K) -> Result<String, SdkError> {
        let mut writer = self
            .name
            .map_or_else(KeyWriter::simple, KeyWriter::composite);
        key.write_key(&mut writer);
        writer.finish()
    }

    /// Whether the key is one of this table, by its beginning.
    pub(super) fn holds(&self, key: &str) -> bool {
        match (self.name, key.strip_prefix('\0')) {
            (None, composite) => composite.is_none(),
            (Some(name), composite) => composite
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('\0')),
        }
    }

    pub(super) fn read_key<K: Key>(&self, key: &str) -> Result<K, SdkError> {
        let mut reader = if self.name.is_some() {
            KeyReader::composite(key)
        } else {
            KeyReader::simple(key)
        };
        K::read_key(&mut reader)
    }

    /// The half-open key range of `range`, never leaving the table.
    pub(super) fn bounds<K: Key>(
        &self,
        range: impl KeyRange<K>,
    ) -> Result<(String, String), SdkError> {
        let Bounds { start, end } = range.bounds(|key| self.key(key))?;
        let (first, last) = self.limits()?;
        // To Fabric an empty bound is an open one. Here it is a key, the least of all: nothing lies before it, and a
        // scan from it must not run into the composite keys.
        let at_least_first = |key: String| if key.is_empty() { first.clone() } else { key };
        let start = start.map_or_else(|| first.clone(), at_least_first);
        Ok((start, end.map_or(last, at_least_first)))
    }

    fn limits(&self) -> Result<(String, String), SdkError> {
        match self.name {
            None => Ok((FIRST_SIMPLE.to_owned(), String::new())),
            Some(name) => {
                let first = KeyWriter::composite(name).finish()?;
                let last = format!("{first}{LAST}");
                Ok((first, last))
            }
        }
    }

    pub(super) fn prefix_bounds<P: ToKey + ?Sized>(
        &self,
        prefix: &P,
    ) -> Result<(String, String), SdkError> {
        let start = self.key(prefix)?;
        let end = format!("{start}{LAST}");
        Ok((start, end))
    }

    pub(super) fn read(&self, view: &View, key: &str) -> Result<Option<Bytes>, SdkError> {
        let value = view
            .stub()
            .with_host(|host| host.get_state(self.space, key))?;
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
            .with_host(|host| host.get_multiple_states(self.space, keys))?;
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
        Ok(view.stub().validation_parameter(self.space, key)?)
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
            space: self.space,
            start: &bounds.0,
            end: &bounds.1,
        };
        Ok(query.stub().page(selection, page.size, &page.bookmark)?)
    }

    pub(super) fn put<V: Serialize>(&self, tx: &Tx, key: &str, value: &V) -> Result<(), SdkError> {
        let json = to_json(value)
            .map_err(|error| SdkError::internal(format!("record {key:?} is not JSON: {error}")))?;
        Ok(tx.stub().put(self.space, key, json)?)
    }

    pub(super) fn write(&self, tx: &Tx, key: &str, change: Change) -> Result<(), SdkError> {
        Ok(tx.stub().write(self.space, key, change)?)
    }

    pub(super) fn find<'v>(
        &self,
        view: &'v View,
        find: &Find,
    ) -> Result<StateIterator<'v>, SdkError> {
        Ok(view.stub().rich(self.space, &find.text()?)?)
    }

    pub(super) fn scan<'v>(
        &self,
        view: &'v View,
        start: &str,
        end: &str,
    ) -> Result<StateIterator<'v>, SdkError> {
        Ok(view.stub().scan(self.space, start, end)?)
    }
}

pub(super) fn record<V: DeserializeOwned>(key: &str, value: &[u8]) -> Result<V, SdkError> {
    from_json(value).map_err(|error| {
        SdkError::internal(format!("record {:?} cannot be read: {error}", excerpt(key)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(name: Option<&'static str>, range: impl KeyRange<String>) -> (String, String) {
        let table = Table {
            space: Space::Public,
            name,
        };
        table.bounds(range).unwrap()
    }

    fn pair(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn ranges_of_simple_keys_stay_clear_of_composite_ones() {
        assert_eq!(bounds(None, ..), pair("\u{1}", ""));
        assert_eq!(bounds(None, "a".."b"), pair("a", "b"));
        assert_eq!(bounds(None, "".."b"), pair("\u{1}", "b"));
        assert_eq!(bounds(None, "a"..), pair("a", ""));
    }

    #[test]
    fn nothing_lies_before_the_empty_key() {
        assert_eq!(bounds(None, ..""), pair("\u{1}", "\u{1}"));
    }

    #[test]
    fn ranges_of_composite_keys_stay_in_their_table() {
        assert_eq!(bounds(Some("t"), ..), pair("\0t\0", "\0t\0\u{10FFFF}"));
        assert_eq!(bounds(Some("t"), "a".."b"), pair("\0t\0a\0", "\0t\0b\0"));
        assert_eq!(bounds(Some("t"), "".."b"), pair("\0t\0\0", "\0t\0b\0"));
    }

    #[test]
    fn a_table_holds_its_own_keys() {
        let named = Table {
            space: Space::Public,
            name: Some("t"),
        };
        let plain = Table {
            space: Space::Public,
            name: None,
        };
        let keys = ["a", "\0t\0a\0", "\0tt\0a\0", "\0t"];
        assert_eq!(
            keys.map(|key| named.holds(key)),
            [false, true, false, false]
        );
        assert_eq!(
            keys.map(|key| plain.holds(key)),
            [true, false, false, false]
        );
    }

    #[test]
    fn a_bound_in_the_composite_keys_is_refused() {
        let table = Table {
            space: Space::Public,
            name: None,
        };
        assert_eq!(table.bounds::<String>("\0t\0"..).unwrap_err().status(), 400);
    }
}
